// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The user side: tells the kernel side what to trace, and prints what it sends. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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
	long long when = 0;
	unsigned long long micros = 0;
	int err;

#ifdef SOLVED_6
	when = output->boot + (long long)r->start;
	micros = r->duration / 1000;
#endif
	err = print_call(r, when, micros, output->json);
	output->shown++;
	return err ? err : stopping ? -EINTR : 0;
}

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

	if (child && bpf_map_update_elem(fd, &pid, &yes, BPF_ANY))
		return report(errno, "cannot trace the command");
	for (size_t i = 0; i < options->pids_count; i++) {
		pid = options->pids[i];
		if (kill((pid_t)pid, 0) && errno == ESRCH)
			return report(0, "there is no process %u", pid);
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

/* How many records found no room, on all CPUs. */
static unsigned long long count_lost(struct trace_bpf *skel)
{
	int cpus = libbpf_num_possible_cpus();
	unsigned long long sum = 0;
	__u64 each[cpus];
	__u32 zero = 0;

	if (bpf_map_lookup_elem(bpf_map__fd(skel->maps.lost), &zero, each))
		return 0;
	for (int i = 0; i < cpus; i++)
		sum += each[i];
	return sum;
}

int main(int argc, char **argv)
{
	static struct options options;
	struct output output = { 0 };
	struct trace_bpf *skel = NULL;
	struct ring_buffer *ring = NULL;
	struct total all = { 0 };
	struct sums sums;
	pid_t child = 0;
	int fd, err, status = EXIT_FAILURE, unfinished;

	calls_init();
	read_options(argc, argv, &options);
	output.json = options.json;
	output.boot = now(CLOCK_REALTIME) - now(CLOCK_MONOTONIC);

	if (options.command) {
		child = command_start(options.command);
		if (child < 0)
			goto cleanup;
	}
	if (options.output) {
		fd = open(options.output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (fd < 0) {
			report(errno, "cannot write to %s", options.output);
			goto cleanup;
		}
		text_to(fd);
	}

	skel = trace_bpf__open();
	if (!skel) {
		report_load(errno);
		goto cleanup;
	}
	bpf_map__set_max_entries(skel->maps.records, options.pages * (__u32)getpagesize());
	skel->rodata->wake_at = options.pages * (__u64)getpagesize() / 4;
	skel->rodata->exec_slots[0] = (__u32)call_slot("execve");
	skel->rodata->exec_slots[1] = (__u32)call_slot("execveat");
	for (__u32 slot = 0; slot < CALLS; slot++)
		skel->rodata->plans[slot] = call_of(slot)->plan;
	skel->rodata->own_pid = (__u32)getpid();
#ifdef SOLVED_4
	skel->rodata->summary_only = options.summary_only;
	skel->rodata->by_target = child || options.pids_count;
	if (options.process)
		strcpy((char *)skel->rodata->only_name, options.process);
	memcpy((void *)skel->rodata->chosen, options.chosen, sizeof(options.chosen));
#endif
	err = trace_bpf__load(skel);
	if (err) {
		report_load(err);
		goto cleanup;
	}
	sums = (struct sums){ bpf_map__fd(skel->maps.totals), bpf_map__fd(skel->maps.processes),
			      bpf_map__fd(skel->maps.threads) };
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
	while (!stopping && !err) {
		bool ended = all_ended(skel);

		err = ring_buffer__poll(ring, ended ? 0 : LOOK_EVERY_MS);
		if (err >= 0)
			err = ring_buffer__consume(ring);
		if (err >= 0 || err == -EINTR)
			err = text_flush();
		if (ended)
			break;
		command_status();
	}
	status = stopping ? EXIT_SUCCESS : command_status();

	trace_bpf__detach(skel);
	stopping = 0;
	if (!err)
		err = ring_buffer__consume(ring);
	if (err > 0)
		err = 0;
	unfinished = summary_unfinished(&sums, print_unfinished, &output);
	if (!err)
		err = text_flush();
	if (!options.summary_only)
		text_to(STDERR_FILENO);
	if (!err)
		err = summary_print(&sums, options.json && options.summary_only, &all);
	if (err == -EPIPE)
		err = 0;
	if (err)
		status = EXIT_FAILURE, report(err, "cannot write");
	fprintf(stderr, "%llu calls, %llu shown, %llu lost, %d not finished\n", all.calls,
		output.shown, count_lost(skel) + skel->bss->not_followed, unfinished);

cleanup:
	command_cancel();
	ring_buffer__free(ring);
	trace_bpf__destroy(skel);
	return status < 0 ? EXIT_SUCCESS : status;
}
