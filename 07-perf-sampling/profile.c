// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The user side: has every CPU sampled, and says which functions the samples were in. */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "collect.h"
#include "common.h"
#include "cpus.h"
#include "options.h"
#include "profile.skel.h"
#include "sample.h"
#include "svg.h"

enum { LOOK_EVERY_MS = 200 };

/* Opens an event on this CPU that fires hz times a second. Returns its file descriptor, or a
 * negative number, and errno has the reason. */
static int open_event(unsigned int hz, int cpu)
{
	struct perf_event_attr attr = { .size = sizeof(attr) };

	/*
	 * TODO 1: what is an event?
	 *
	 * attr says what to count, and how often to take a sample:
	 * - attr.type = PERF_TYPE_SOFTWARE: an event that the kernel counts. (Those of type
	 *   PERF_TYPE_HARDWARE are counted by the CPU, and many virtual machines have none.)
	 * - attr.config = PERF_COUNT_SW_CPU_CLOCK: this one counts nanoseconds.
	 * - attr.freq = 1 and attr.sample_freq = hz: hz samples a second. Without freq = 1
	 *   the number is a period: a sample every 99 nanoseconds.
	 *
	 * C libraries have no function for this system call. Return the result of
	 *	(int)syscall(SYS_perf_event_open, &attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC)
	 * where a pid of -1 stands for all processes. (The other -1: this event is in no group.)
	 */
	(void)attr;
	fprintf(stderr, "No event is open yet: that is TODO 1.\n");
	return 0;
	/* end of TODO 1 */
}

/* Has on_sample() run at each sample of this CPU, for as long as the link lives. */
static int sample_cpu(struct bpf_program *on_sample, unsigned int hz, int cpu,
		      struct bpf_link **link)
{
	int fd = open_event(hz, cpu);

	if (fd == 0) /* (standard input: before TODO 1 there is no event) */
		return 0;
	if (fd < 0)
		return report_open(errno, hz, cpu);
	*link = bpf_program__attach_perf_event(on_sample, fd);
	if (*link)
		return 0;
	report(errno, "cannot attach to the event of CPU %d", cpu);
	close(fd);
	return -1;
}

/* The links go into an array with room for one for each CPU. */
static int sample_all(struct bpf_program *on_sample, unsigned int hz, const struct cpus *cpus,
		      struct bpf_link **links)
{
	int err = 0;

	/*
	 * TODO 2: sample every CPU.
	 *
	 * An event for all processes is for one CPU: the kernel refuses a pid of -1 together with a
	 * cpu of -1. So each CPU needs an event of its own. Which CPUs? Some may be switched off,
	 * and an event on one of those cannot be opened. The numbers of those that are online
	 * stand in cpus->list, and there are cpus->count of them: perhaps 0, 1 and 3.
	 *
	 * Call sample_cpu() for each of them, and keep each one's link in a place of its own in
	 * links. If it returns anything but 0, return that: it has said why.
	 */
	err = sample_cpu(on_sample, hz, cpus->list[0], &links[0]);
	fprintf(stderr, "At most one CPU is sampled yet: that is TODO 2.\n");
	/* end of TODO 2 */
	return err;
}

/*
 * TODO 6: from a process's memory back to the file.
 *
 * The names of functions stand in the program's file, with the addresses that the linker gave them.
 * An ordinary program is loaded to these, but most of today's can be moved (PIE), as libraries can,
 * and are at another place each time. There are three numberings of the same bytes:
 *
 *	in memory	mapping->start + n	mapping shows the file's bytes from
 *	in the file	mapping->offset + n	mapping->offset on
 *	for the linker	the byte at segment->offset in the file has segment->address
 *
 * Return the linker's number for address. Two steps: from memory to the file, and on to the linker.
 */
__u64 address_in_file(__u64 address, const struct mapping *mapping, const struct segment *segment)
{
	return address;
}
/* end of TODO 6 */

/* What main() sets up and the functions below use. */
struct profile {
	struct options options;
	int process;           /* -p's, as a file descriptor */
	struct cpus cpus;      /* those that are sampled */
	struct cpus last_cpus; /* those that were online at the last look */
	struct profile_bpf *skel;
	size_t frames; /* of a stack, at most */
	struct maps *maps;
	struct bpf_link **links; /* one for each CPU */
	struct symbols *symbols;
	struct node root;
};

static int load(struct profile *p)
{
	int err;

	p->skel = profile_bpf__open();
	if (!p->skel)
		return report_load(errno);
	p->skel->rodata->own_pid = (__u32)getpid();
	p->skel->rodata->only_pid = p->options.pid;
	bpf_map__set_value_size(p->skel->maps.stacks, (__u32)(p->frames * sizeof(__u64)));
	bpf_map__set_max_entries(p->skel->maps.stacks, p->options.stacks);
	bpf_map__set_max_entries(p->skel->maps.counts, (p->options.stacks + 1) / 2);
	err = profile_bpf__load(p->skel);
	return err ? report_load(err) : 0;
}

/* Sleeps until it is time to stop, and keeps an eye on what processes map. */
static int wait_for_end(struct profile *p)
{
	int err = 0;

	print_ready("the CPUs");
	while (!stopping && !err) {
		err = maps_poll(p->maps, LOOK_EVERY_MS);
		cpus_watch(&p->cpus, &p->last_cpus);
		if (p->options.pid && has_ended(p->process))
			break;
	}
	/* No new samples from here on. */
	for (int i = 0; i < p->cpus.count; i++) {
		bpf_link__destroy(p->links[i]);
		p->links[i] = NULL;
	}
	if (!err)
		err = maps_poll(p->maps, 0);
	return err ? report(err, "cannot read what processes map") : 0;
}

static int print_profile(struct profile *p)
{
	int err;

	p->symbols = symbols_new();
	if (!p->symbols)
		return report(ENOMEM, "cannot name functions");
	err = collect(&p->root, bpf_map__fd(p->skel->maps.counts),
		      bpf_map__fd(p->skel->maps.stacks), p->frames, p->maps, p->symbols);
	if (!err && p->options.svg)
		err = svg_write(p->options.svg, &p->root);
	if (!err && p->options.folded)
		err = tree_print_folded(&p->root);
	else if (!err && !p->options.svg)
		tree_print_table(&p->root, p->symbols);
	return err ? err : report_end(flush_output(), NULL);
}

static void print_summary(const struct profile *p)
{
	const struct profile_bpf__bss *bss = p->skel->bss;

	if (maps_lost(p->maps))
		report(0, "%llu messages about what processes map were lost: names may be missing",
		       maps_lost(p->maps));
	if (bss->lost_stacks || bss->lost_counts)
		report(0, "%llu stacks and %llu counts found no room: --stacks makes more",
		       bss->lost_stacks, bss->lost_counts);
	fprintf(stderr, "%llu samples: %llu counted, %llu lost, %llu idle, %llu of %s\n",
		bss->samples, p->root.total, bss->lost_stacks + bss->lost_counts, bss->idle,
		bss->left_out, p->options.pid ? "other processes" : "profile itself");
}

int main(int argc, char **argv)
{
	struct profile p = { .options = { .hz = 99, .stacks = 16384 }, .process = -1 };
	int err;

	parse_options(&profile_argp, argc, argv, &p.options.common, &p.options);
	p.frames = (size_t)kernel_setting("perf_event_max_stack", MOST_FRAMES);
	err = p.options.pid ? find_process(p.options.pid, &p.process) : 0;
	if (!err)
		err = cpus_online(&p.cpus);
	if (!err)
		err = cpus_online(&p.last_cpus);
	if (!err)
		err = load(&p);
	if (err)
		goto cleanup;

	p.links = calloc((size_t)p.cpus.count, sizeof(struct bpf_link *));
	p.maps = maps_new(bpf_map__fd(p.skel->maps.mappings), (pid_t)p.options.pid);
	err = p.maps && p.links ? 0 : -1;
	if (!err) {
		stop_on_signals(p.options.common.duration);
		err = sample_all(p.skel->progs.on_sample, p.options.hz, &p.cpus, p.links);
	}
	if (!err)
		err = wait_for_end(&p);
	if (!err)
		err = print_profile(&p);
	if (!err)
		print_summary(&p);

cleanup:
	for (int i = 0; p.links && i < p.cpus.count; i++)
		bpf_link__destroy(p.links[i]);
	free(p.links);
	tree_free(&p.root);
	symbols_free(p.symbols);
	maps_free(p.maps);
	profile_bpf__destroy(p.skel);
	cpus_free(&p.cpus);
	cpus_free(&p.last_cpus);
	if (p.process >= 0)
		close(p.process);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
