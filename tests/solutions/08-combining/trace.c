// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The user side: tells the kernel side what to trace, and prints what it sends. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "calls.h"
#include "command.h"
#include "common.h"
#include "options.h"
#include "print.h"
#include "summary.h"
#include "text.h"
#include "trace.h"
#include "trace.skel.h"

enum { LOOK_EVERY_MS = 100 };

/* What main() and the callbacks share. */
struct output {
	bool json;
	bool is_rest; /* no new records come: the reading ends by itself */
	unsigned long long shown;
	long long boot; /* when the clock of the kernel side was 0, in nanoseconds since 1970 */
};

static long long now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* Called for each record. A negative result ends the reading. */
static int on_record(void *ctx, void *data, size_t size)
{
	struct output *output = ctx;
	const struct record *r = data;
	unsigned long long micros = 0;
	long long when = 0;
	int err;

	/*
	 * TODO 6: say when it began, and how long it took.
	 *
	 * - r->start is in nanoseconds, on a clock that began when the machine was switched on.
	 *   People want the time of day. output->boot is when that clock was 0, in nanoseconds
	 *   since 1970; main() has found it. So when is the sum of both.
	 * - r->duration is in nanoseconds, and micros is in microseconds.
	 */
#ifdef SOLVED_6
	when = output->boot + (long long)r->start;
	micros = r->duration / 1000;
#endif
	/* end of TODO 6 */
	err = print_call(r, when, micros, output->json);
	output->shown++;
	if (err)
		return err;
	return stopping && !output->is_rest ? -EINTR : 0;
}

/* Called for each call that has not ended at the end. */
static int print_unfinished(void *ctx, const struct record *r)
{
	struct output *output = ctx;

	return print_call(r, output->boot + (long long)r->start, 0, output->json);
}

/* Says which processes to trace: those of -p, or the command. */
static int add_targets(struct trace_bpf *skel, const struct options *options, pid_t child)
{
	__u32 pid = (__u32)child;
	__u8 yes = 1;
	int fd = bpf_map__fd(skel->maps.targets);

	if (summary_prepare(bpf_map__fd(skel->maps.processes)))
		return report(errno, "cannot write to a map");
	if (child && bpf_map_update_elem(fd, &pid, &yes, BPF_ANY))
		return report(errno, "cannot trace the command");
	for (size_t i = 0; i < options->pids_count; i++) {
		pid = options->pids[i];
		if (check_process((pid_t)pid))
			return -1;
		if (bpf_map_update_elem(fd, &pid, &yes, BPF_ANY))
			return report(errno, "cannot trace process %u", pid);
	}
	return 0;
}

/* Have all processes that we were to trace ended? */
static bool all_ended(struct trace_bpf *skel)
{
	__u32 pid;

	return skel->rodata->by_target &&
	       bpf_map_get_next_key(bpf_map__fd(skel->maps.targets), NULL, &pid);
}

/* How many calls are missing: from the buffer, as on_end() and on_return() have counted on each
 * CPU, and those of threads that found no room in the kernel side's maps. */
static unsigned long long count_lost(struct trace_bpf *skel)
{
	int cpus = libbpf_num_possible_cpus(), fd = bpf_map__fd(skel->maps.lost);
	__u64 *each = cpus > 0 ? calloc((size_t)cpus, sizeof(*each)) : NULL;
	unsigned long long sum = skel->bss->not_followed;

	for (__u32 program = 0; each && program < 2; program++) {
		if (bpf_map_lookup_elem(fd, &program, each))
			continue;
		for (int i = 0; i < cpus; i++) {
			if (each[i])
				report(0, "%llu lost on CPU %d", each[i], i);
			sum += each[i];
		}
	}
	free(each);
	return sum;
}

/* Prints what comes, until it is time to end. Returns 0, or a negative error number. */
static int print_all(struct trace_bpf *skel, struct ring_buffer *ring)
{
	bool ended = false;
	int err = 0;

	while (!stopping && !ended && err >= 0) {
		/* (before the look into the buffer: what they did last may still be there) */
		ended = all_ended(skel);
		err = ring_buffer__poll(ring, ended ? 0 : LOOK_EVERY_MS);
		if (err >= 0)
			err = ring_buffer__consume(ring);
		if (err == -EINTR) /* a signal: Ctrl-C, or the command has ended */
			err = 0;
		if (err >= 0)
			err = text_flush();
	}
	return err;
}

/* No new calls come: prints those that still wait, those that have not ended, and the sums. */
static int print_rest(struct trace_bpf *skel, struct ring_buffer *ring, struct output *output,
		      bool summary_only)
{
	struct sums sums = { bpf_map__fd(skel->maps.totals), bpf_map__fd(skel->maps.processes),
			     bpf_map__fd(skel->maps.threads) };
	struct total all = { 0 };
	unsigned long long forks;
	int err, unfinished;

	output->is_rest = true;
	err = ring_buffer__consume(ring);
	if (err < 0)
		return err;
	unfinished = summary_unfinished(&sums, summary_only ? NULL : print_unfinished, output);
	err = text_flush();
	if (!err) {
		/* The lines are the output, and the sums come after it; with -c they are it. */
		if (!summary_only)
			text_to(STDERR_FILENO);
		err = summary_print(&sums, output->json && summary_only, &all);
	}
	report_skipped(skel->obj);
	forks = count_skipped(skel->progs.on_fork);
	if (forks)
		report(0, "among them up to %llu new processes: their calls are missing", forks);
	fprintf(stderr,
		"%llu calls, %llu.%03llu us on average; %llu shown, %llu lost, %d unfinished\n",
		all.calls, all.calls ? all.time / all.calls / 1000 : 0,
		all.calls ? all.time / all.calls % 1000 : 0, output->shown, count_lost(skel),
		unfinished);
	return err;
}

int main(int argc, char **argv)
{
	static struct options options;
	struct output output = { 0 };
	struct trace_bpf *skel = NULL;
	struct ring_buffer *ring = NULL;
	int err = 0, status = EXIT_FAILURE;
	bool is_early;
	pid_t child = 0;

	calls_init();
	read_options(argc, argv, &options);
	output.json = options.json;
	output.boot = now(CLOCK_REALTIME) - now(CLOCK_MONOTONIC);
	if (options.command) {
		child = command_start(options.command, options.on_pipe);
		if (child < 0)
			goto cleanup;
	}
	if (options.output && text_to_file(options.output)) {
		report(errno, "cannot write to %s", options.output);
		goto cleanup;
	}

	skel = trace_bpf__open();
	if (!skel) {
		report_load(errno);
		goto cleanup;
	}
	bpf_map__set_max_entries(skel->maps.records, options.pages * (__u32)getpagesize());
	bpf_map__set_max_entries(skel->maps.threads, options.threads);
	bpf_map__set_max_entries(skel->maps.targets, options.threads);
	skel->rodata->wake_at = options.pages * (__u64)getpagesize() / 4;
	skel->rodata->exec_slots[0] = (__u32)call_slot("execve");
	skel->rodata->exec_slots[1] = (__u32)call_slot("execveat");
	for (__u32 slot = 0; slot < CALLS; slot++)
		skel->rodata->plans[slot] = *call_plan(slot);
	skel->rodata->own_pid = (__u32)getpid();
	/*
	 * TODO 3: tell the kernel side what to trace.
	 *
	 * It has constants for that: see the top of maps.bpf.h. Constants are set between open and
	 * load, that is, here: from the load on they are read-only. Set these in skel->rodata:
	 *
	 * - summary_only to options.summary_only;
	 * - by_target to whether only certain processes are wanted: there is a command (child is
	 *   not 0) or a -p (options.pids_count is not 0);
	 * - only_name to options.process, if that is not NULL. It is an array of COMM_SIZE bytes:
	 *   snprintf((char *)skel->rodata->only_name, COMM_SIZE, "%s", ...) copies it;
	 * - ignored to options.ignored. It is an array, too: memcpy((void *)skel->rodata->ignored,
	 *   options.ignored, sizeof(options.ignored)).
	 *
	 * The casts are there because the arrays are const.
	 */
#ifdef SOLVED_3
	skel->rodata->summary_only = options.summary_only;
	skel->rodata->by_target = child || options.pids_count;
	if (options.process)
		snprintf((char *)skel->rodata->only_name, COMM_SIZE, "%s", options.process);
	memcpy((void *)skel->rodata->ignored, options.ignored, sizeof(options.ignored));
#else
	fprintf(stderr,
		"All processes and all calls are traced, until Ctrl-C: to choose is TODO 3.\n");
#endif
	/* end of TODO 3 */
	err = trace_bpf__load(skel);
	if (err) {
		report_load(err);
		goto cleanup;
	}
	if (add_targets(skel, &options, child))
		goto cleanup;
	ring = ring_buffer__new(bpf_map__fd(skel->maps.records), on_record, &output, NULL);
	if (!ring) {
		report(errno, "cannot open the ring buffer");
		goto cleanup;
	}
	stop_on_signals(options.common.duration);
	err = trace_bpf__attach(skel);
	if (err) {
		report(err, "cannot attach to the tracepoints of system calls");
		goto cleanup;
	}

	print_ready(options.command ? options.command[0] : "system calls");
	command_go();
	err = print_all(skel, ring);
	trace_bpf__detach(skel);
	is_early = stopping || err;
	if (!err)
		err = print_rest(skel, ring, &output, options.summary_only);
	/* The command's status is ours. If we end before it does, it has to end, too. */
	status = options.command ? command_end(is_early) : EXIT_SUCCESS;
	if (report_end(err, "what the kernel side sends"))
		status = EXIT_FAILURE;

cleanup:
	command_cancel();
	ring_buffer__free(ring);
	trace_bpf__destroy(skel);
	return status;
}
