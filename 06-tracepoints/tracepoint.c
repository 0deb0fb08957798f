// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The user side: attaches the kernel side to a tracepoint and prints what it sends. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "common.h"
#include "counts.h"
#include "events.h"
#include "format.h"
#include "options.h"
#include "print.h"
#include "tracepoint.h"
#include "tracepoint.skel.h"

enum { LOOK_EVERY_MS = 100 };

/* What main() and the callback share. */
struct output {
	enum view view;
	const struct format *format;
	unsigned long long shown;
	bool ending; /* detached: what is left in the buffer is to be shown */
};

/* Called for each event in the ring buffer. A negative result makes the reading end. */
static int print_event(void *ctx, void *data, size_t size)
{
	struct output *output = ctx;

	output->shown++;
	if (output->view == RECORDS)
		print_hit(data, output->format);
	else if (output->view == EXEC)
		print_exec(data);
	else if (output->view == EXIT)
		print_end(data);
	else
		print_openat(data);
	if (ferror(stdout))
		return -EPIPE;
	/* Where events come faster than they can be printed, the buffer is never empty. */
	return stopping && !output->ending ? -EINTR : 0;
}

/* Between open and load: which programs are needed, and what they have to know. */
static void prepare(struct tracepoint_bpf *skel, const struct options *options,
		    const struct format *format)
{
	__u32 ring_size = options->pages * (__u32)getpagesize();

	bpf_program__set_autoload(skel->progs.on_any, options->view == RECORDS);
	bpf_program__set_autoload(skel->progs.on_exec, options->view == EXEC);
	bpf_program__set_autoload(skel->progs.on_exit, options->view == EXIT);
	bpf_program__set_autoload(skel->progs.on_openat, options->view == OPENAT);
	bpf_program__set_autoload(skel->progs.on_openat_return, options->view == OPENAT);
	bpf_map__set_max_entries(skel->maps.ring, ring_size);
	skel->rodata->wakes_at = ring_size / 2;
	skel->rodata->own_pid = (__u32)getpid();
	skel->rodata->target_pid = options->pid;
	skel->rodata->count_only = options->count_only;
	skel->rodata->only_failed = options->only_failed;
	skel->rodata->fixed_size = format->fixed_size;
	skel->rodata->dynamics = format->dynamics;
	memcpy((void *)skel->rodata->dynamic, format->dynamic, sizeof(format->dynamic));
}

static void print_summary(struct tracepoint_bpf *skel, const struct output *output, bool count_only)
{
	unsigned long long hits = sum_of_cpus(skel->maps.hits);

	report_skipped(skel->obj);
	if (count_only)
		fprintf(stderr, "%llu hits\n", hits);
	else
		fprintf(stderr, "%llu hits: %llu shown, %llu lost\n", hits, output->shown,
			skel->bss->lost);
}

int main(int argc, char **argv)
{
	struct options options = { .pages = 256 };
	struct format format = { 0 };
	struct output output = { .format = &format };
	struct tracepoint_bpf *skel = NULL;
	struct ring_buffer *ring = NULL;
	struct bpf_link *link = NULL;
	char what[256];
	int err = 0;

	if (read_options(argc, argv, &options))
		return EXIT_FAILURE;
	output.view = options.view;
	if (options.mode == LIST) {
		err = list_events(options.pattern);
		goto cleanup;
	}
	if (options.view == RECORDS)
		err = format_read(&format, options.category, options.name);
	else if (!tracefs())
		err = -1;
	if (!err && options.mode == FORMAT) {
		err = format_print(&format);
		goto cleanup;
	}
	if (err)
		goto cleanup;

	skel = tracepoint_bpf__open();
	if (!skel) {
		err = report_load(errno);
		goto cleanup;
	}
	prepare(skel, &options, &format);
	err = tracepoint_bpf__load(skel);
	if (err) {
		report_load(err);
		goto cleanup;
	}
	ring = ring_buffer__new(bpf_map__fd(skel->maps.ring), print_event, &output, NULL);
	if (!ring) {
		err = report(errno, "cannot open the ring buffer");
		goto cleanup;
	}
	stop_on_signals(options.common.duration);

	if (options.view == RECORDS) {
		/*
		 * TODO 1: attach the program to the tracepoint.
		 *
		 * on_any() could be for any tracepoint, so its SEC("tp") names none, and the
		 * skeleton cannot attach it. We know which one only now.
		 *
		 * link = bpf_program__attach_tracepoint(PROGRAM, CATEGORY, NAME) does it. The
		 * program is skel->progs.on_any; options.category and options.name are the others.
		 * If link is NULL, errno has the reason. Then:
		 *	err = report(errno, "cannot attach to '%s %s'", options.category,
		 *		     options.name);
		 *	goto cleanup;
		 */
		fprintf(stderr, "Nothing is attached yet: that is TODO 1.\n");
		/* end of TODO 1 */
	} else {
		/* These name their tracepoints in SEC(). */
		err = tracepoint_bpf__attach(skel);
		if (err) {
			report(err, "cannot attach to the tracepoints of '%s %s'%s",
			       options.category, options.name,
			       err == -EACCES ? ": a program reads beyond the record" : "");
			goto cleanup;
		}
	}

	if (!options.count_only)
		print_heading();
	snprintf(what, sizeof(what), "%s %s", options.category, options.name);
	print_ready(what);
	while (!stopping && err >= 0) {
		err = ring_buffer__poll(ring, LOOK_EVERY_MS);
		if (err >= 0)
			err = ring_buffer__consume(ring);
		if (err >= 0)
			err = flush_output();
	}

	/* No new events from here on; show those that still wait. */
	bpf_link__destroy(link);
	link = NULL;
	tracepoint_bpf__detach(skel);
	output.ending = true;
	if (err >= 0 || err == -EINTR)
		err = ring_buffer__consume(ring);
	if (err >= 0)
		err = flush_output();
	err = report_end(err, "the ring buffer");
	print_summary(skel, &output, options.count_only);

cleanup:
	bpf_link__destroy(link);
	ring_buffer__free(ring);
	tracepoint_bpf__destroy(skel);
	format_free(&format);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
