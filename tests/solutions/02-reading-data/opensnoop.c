// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The user side: loads and attaches both programs and prints what they report. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>
#include <linux/types.h>

#include "common.h"
#include "flags.h"
#include "opensnoop.h"
#include "opensnoop.skel.h"
#include "options.h"

/*
 * TODO 5: name the errors.
 *
 * The kernel returns an error as a negative number: -2 is ENOENT, "no such file or directory".
 * strerrorname_np(NUMBER) returns the name of a positive error number, "ENOENT" for 2. It returns
 * NULL for a number that it does not know. (The kernel has a few of its own: -512 is an open that
 * a signal broke off.) Print the name if result is negative and has one, and the number if not.
 * A name is printed with "%-8s ", to fit under the heading.
 */
static void print_result(int result)
{
#ifdef SOLVED_5
	const char *name = result < 0 ? strerrorname_np(-result) : NULL;

	if (name)
		printf("%-8s ", name);
	else
		printf("%-8d ", result);
#else
	printf("%-8d ", result);
#endif
}
/* end of TODO 5 */

/* Prints a name or a path of another process, which may hold any bytes, on one line. */
static void print_path(const struct event *e)
{
	if (e->path_size < 0) {
		printf("(unreadable)");
		return;
	}
	putchar('"');
	print_escaped(e->path, (size_t)e->path_size);
	putchar('"');
}

/* Called for each event. A negative result makes the loop in main() end. */
static int print_event(void *ctx, void *data, size_t size)
{
	unsigned long long *printed = ctx;
	const struct event *e = data;
	char flags[FLAGS_SIZE];

	++*printed;
	format_flags(e->flags, flags, sizeof(flags));
	printf("%7u %7u %5u ", e->pid, e->ppid, e->uid);
	print_escaped(e->comm, sizeof(e->comm));
	printf("%*s ", COMM_SIZE - 1 - (int)strnlen(e->comm, COMM_SIZE - 1), "");
	print_result(e->result);
	printf("%-18s ", flags);
	print_path(e);
	return putchar('\n') == EOF ? -EPIPE : 0;
}

static int print_header(void)
{
	printf("%7s %7s %5s %-*s %-8s %-18s %s\n", "PID", "PPID", "UID", COMM_SIZE - 1, "COMM",
	       "RESULT", "FLAGS", "PATH");
	return flush_output();
}

/* on_return() first: then no call is seen to begin whose end would be missed. */
static int attach(struct opensnoop_bpf *skel)
{
	skel->links.on_return = bpf_program__attach(skel->progs.on_return);
	if (skel->links.on_return)
		skel->links.on_open = bpf_program__attach(skel->progs.on_open);
	if (skel->links.on_return && skel->links.on_open)
		return 0;
	if (errno == ENOENT)
		return report(0, "this kernel has no kprobes, or no function do_sys_openat2: "
				 "00-setup/check says what to do");
	return report(errno, "cannot attach to do_sys_openat2");
}

/* In the opposite order, for the same reason. */
static void detach(struct opensnoop_bpf *skel)
{
	bpf_link__destroy(skel->links.on_open);
	skel->links.on_open = NULL;
	bpf_link__destroy(skel->links.on_return);
	skel->links.on_return = NULL;
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	unsigned long long printed = 0;
	struct opensnoop_bpf *skel = NULL;
	struct ring_buffer *events = NULL;
	int err;

	parse_command_line(argc, argv, &options);
	err = check_process((pid_t)options.pid);
	if (err)
		goto cleanup;

	skel = opensnoop_bpf__open();
	if (!skel) {
		err = report_load(errno);
		goto cleanup;
	}
	skel->rodata->target_pid = options.pid;
	err = opensnoop_bpf__load(skel);
	if (err) {
		report_load(err);
		goto cleanup;
	}
	events = ring_buffer__new(bpf_map__fd(skel->maps.events), print_event, &printed, NULL);
	if (!events) {
		err = report(errno, "cannot open the ring buffer");
		goto cleanup;
	}
	err = attach(skel);
	if (err)
		goto cleanup;

	stop_on_signals(options.common.duration);
	print_ready("files that are opened");
	err = print_header();
	while (!err && !stopping) {
		/* Mostly nobody wakes us (see wake_up() in opensnoop.bpf.c): look by ourselves. */
		ring_buffer__poll(events, 50 /* ms */);
		err = ring_buffer__consume(events);
		if (err >= 0)
			err = flush_output();
	}

	/* No new events from here on; print those that still wait. */
	detach(skel);
	if (!err)
		err = ring_buffer__consume(events);
	if (err >= 0)
		err = flush_output();
	err = report_end(err, "the ring buffer");
	report_skipped(skel->obj);
	fprintf(stderr, "%llu calls, %llu lost\n", printed, skel->bss->seen - printed);
	if (!printed && skel->bss->seen)
		fprintf(stderr, "None of them was seen to return: does keep() keep them?\n");

cleanup:
	ring_buffer__free(events);
	opensnoop_bpf__destroy(skel);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
