// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The user side: loads the program, reads the map and prints it as a table. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/types.h>

#include "common.h"
#include "stats.h"
#include "stats.skel.h"
#include "table.h"

struct options {
	struct common_options common;
	unsigned int pid, interval;
	bool by_process;
};

static unsigned int parse_number(const char *text, const char *what, struct argp_state *state)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || number < 1 || number > INT_MAX)
		argp_error(state, "'%s' is no %s from 1 up", text, what);
	return (unsigned int)number;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->common;
		return 0;
	case 'p':
		options->pid = parse_number(arg, "process ID", state);
		return 0;
	case 'i':
		options->interval = parse_number(arg, "number of seconds", state);
		return 0;
	case 'b':
		options->by_process = !strcmp(arg, "process");
		if (!options->by_process && strcmp(arg, "syscall") != 0)
			argp_error(state, "--by takes syscall or process, not '%s'", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option own_options[] = {
	{ "pid", 'p', "PID", 0, "Count this process only", 0 },
	{ "interval", 'i', "SECONDS", 0, "Print the table every SECONDS seconds", 0 },
	{ "by", 'b', "WHAT", 0, "Count by syscall (the default) or by process", 0 },
	{ 0 },
};

static const struct argp argp = {
	.options = own_options,
	.parser = parse,
	.doc = "Counts system calls in the kernel and prints how many there were.",
	.children = common_argp,
};

/*
 * TODO 5: read the map, one key after the other.
 *
 * On the user side a map is a file descriptor: map. Two functions are enough:
 * - bpf_map_get_next_key(map, previous, next) writes the key that follows *previous to *next.
 *   With NULL as previous it writes the map's first key. It returns 0; or -ENOENT behind the last
 *   key; or another negative number if it fails.
 * - bpf_map_lookup_elem(map, key, value) copies the value of *key to *value. It returns 0, or a
 *   negative number if it fails.
 * Put the keys into counted->keys[0], [1] and so on, their values into counted->counts[0], [1] and
 * so on, and how many there are into counted->size. The arrays have room for MAX_ENTRIES. Return 0
 * when all are read, or the negative number.
 */
static int read_one_by_one(int map, struct counted *counted)
{
	fprintf(stderr, "Nothing is read from the map yet: that is TODO 5.\n");
	return 0;
}
/* end of TODO 5 */

/*
 * TODO 6: read the map in one system call.
 *
 * One by one takes two system calls for each key. This takes one for all, on Linux 5.6 and newer:
 *	bpf_map_lookup_batch(map, NULL, &position, keys, values, &size, NULL)
 * keys and values are arrays: counted->keys and counted->counts. size is a __u32: set it to the
 * room that they have, MAX_ENTRIES, and afterwards it is the number of entries that were read.
 * position is a __u32, too; it tells where a further call would go on.
 * The result is -ENOENT when it has read the map to its end, which is what we want here. On
 * success set counted->size and return 0. If it fails, return the negative number:
 * then read_counts() tries it one by one.
 */
static int read_at_once(int map, struct counted *counted)
{
	return -ENOTSUP;
}
/* end of TODO 6 */

static int read_counts(int map, struct counted *counted)
{
	counted->size = 0;
	if (!read_at_once(map, counted))
		return 0;
	counted->size = 0;
	return read_one_by_one(map, counted);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Returns at that time (0: never), or when it is time to stop. */
static void wait_until(double end)
{
	enum { MOMENT = 50 * 1000 /* us */ };

	while (!stopping && (end == 0 || now() < end))
		usleep(MOMENT);
}

/* Reads the map and prints it. Returns 0; or -1 after it has reported the error; or -EPIPE where
 * nobody reads our output any more. */
static int show(int map, struct counted *counted, bool last)
{
	int err = read_counts(map, counted);

	if (err)
		return report(err, "cannot read the map");
	return table_print(counted, last);
}

int main(int argc, char **argv)
{
	static struct counted counted; /* too large for the stack */
	struct options options = { 0 };
	struct stats_bpf *skel = NULL;
	char what[64];
	double next;
	int err, map;

	parse_options(&argp, argc, argv, &options.common, &options);
	err = check_process((pid_t)options.pid);
	if (err)
		goto cleanup;

	/* Open, set the constants, load: they can't be changed after the load. */
	skel = stats_bpf__open();
	if (!skel) {
		err = report_load(errno);
		goto cleanup;
	}
	skel->rodata->own_pid = (__u32)getpid();
	skel->rodata->only_pid = options.pid;
	skel->rodata->by_process = options.by_process;
	err = stats_bpf__load(skel);
	if (err) {
		report_load(err);
		goto cleanup;
	}
	map = bpf_map__fd(skel->maps.counts);

	stop_on_signals(options.common.duration);
	/* The program's SEC() names its tracepoint, so the skeleton can attach it. */
	err = stats_bpf__attach(skel);
	if (err) {
		report(err, "cannot attach to the tracepoint sys_enter");
		goto cleanup;
	}
	if (options.pid)
		snprintf(what, sizeof(what), "system calls of PID %u", options.pid);
	else
		snprintf(what, sizeof(what), "system calls");
	print_ready(what);

	counted.by_process = options.by_process;
	next = options.interval ? now() + options.interval : 0;
	while (!err && !stopping) {
		wait_until(next);
		if (!stopping)
			err = show(map, &counted, false);
		while (options.interval && next <= now()) /* more than once if we were stopped */
			next += options.interval;
	}
	/* No new calls are counted from here on: what is read now is all. */
	stats_bpf__detach(skel);
	if (!err)
		err = show(map, &counted, true);
	if (err == -EPIPE)
		err = report_end(err, NULL);
	if (!err) {
		report_skipped(skel->obj);
		table_print_sum(&counted, skel->bss->not_counted);
	}

cleanup:
	stats_bpf__destroy(skel);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
