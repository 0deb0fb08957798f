// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The user side: opens the buffer, and prints the events that come through it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "batch.h"
#include "common.h"
#include "event.h"
#include "execsnoop.skel.h"
#include "print.h"

enum { MOST_PAGES = 1 << 15, LOOK_EVERY_MS = 100 };

struct options {
	struct common_options common;
	unsigned int pages;
	bool ringbuf;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	unsigned long pages;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->common;
		return 0;
	case 'b':
		pages = strtoul(arg, &end, 10);
		if (*end || arg[0] == '-' || pages < 1 || pages > MOST_PAGES || pages & (pages - 1))
			argp_error(state,
				   "'%s' is no number of pages: 1, 2, 4, 8 and so on up to %d", arg,
				   MOST_PAGES);
		options->pages = (unsigned int)pages;
		return 0;
	case 'r':
		options->ringbuf = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "what is '%s'? There are only options", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option own_options[] = {
	{ "buffer", 'b', "PAGES", 0,
	  "Size of each CPU's buffer, or of the ring buffer, in pages (a power of two; 64)", 0 },
	{ "ringbuf", 'r', NULL, 0, "Use a ring buffer in place of the perf buffer", 0 },
	{ 0 },
};

static const struct argp argp = {
	.options = own_options,
	.parser = parse,
	.doc = "Shows each exec as it happens: who became which program, with which arguments, and "
	       "which attempts failed. Arguments are shown whole up to 2048 bytes, and \"...\" marks "
	       "what was cut.",
	.children = common_argp,
};

/* What main() and the callbacks share. */
struct output {
	unsigned long long shown;
};

/* Called for each event in a CPU's buffer. The size may be up to 7 bytes more than what was sent:
 * the kernel fills up the buffer's records to multiples of 8. So never ask for an exact size. */
static void on_event(void *ctx, int cpu, void *data, __u32 size)
{
	struct output *output = ctx;
	const struct event *e = data;

	if (size < HEAD_SIZE || size < HEAD_SIZE + e->args_size) {
		report(0, "an event of %u bytes is too short", size);
		return;
	}
	output->shown++;
	print_exec(e);
}

/* The same for the ring buffer: one for all CPUs, so there is no CPU to tell. */
static int on_ring_event(void *ctx, void *data, size_t size)
{
	on_event(ctx, -1, data, (__u32)size);
	return 0;
}

/*
 * TODO 4: tell the user where events are missing.
 *
 * If a buffer is full, events are lost. The kernel counts them, and writes the count into the
 * buffer, in front of the next event that fits. There on_lost() is called: count events of this CPU
 * are missing between the line above and the next one. Say so:
 *	report(0, "%llu lost on CPU %d", count, cpu);
 * Mind that count: one call can stand for thousands of events.
 */
static void on_lost(void *ctx, int cpu, __u64 count)
{
#ifdef SOLVED_4
	report(0, "%llu lost on CPU %d", count, cpu);
#endif
}
/* end of TODO 4 */

/* Prints what comes within 100 ms. Returns 0, or a negative error number. */
static int read_perf_buffer(struct perf_buffer *buffer)
{
	int err = 0;

	/*
	 * TODO 3: read the buffer.
	 *
	 * - err = perf_buffer__poll(buffer, LOOK_EVERY_MS) sleeps until the kernel wakes it, and
	 *   then calls on_event() for each event that has come; or it returns when the time is
	 *   over.
	 * - err is negative if that failed. It is -EINTR if a signal came: Ctrl-C. That is no
	 *   failure: return 0 then, and err if it is any other negative number.
	 * - The kernel wakes us only when a buffer is half full. So ask for the others:
	 *   err = perf_buffer__consume(buffer) does not sleep, and calls on_event() for all that
	 *   is there.
	 */
#ifdef SOLVED_3
	err = perf_buffer__poll(buffer, LOOK_EVERY_MS);
	if (err < 0)
		return err == -EINTR ? 0 : err;
	err = perf_buffer__consume(buffer);
#else
	usleep(LOOK_EVERY_MS * 1000);
#endif
	/* end of TODO 3 */
	return err < 0 ? err : 0;
}

/* The same for the ring buffer. */
static int read_ring_buffer(struct ring_buffer *buffer)
{
	int err = ring_buffer__poll(buffer, LOOK_EVERY_MS);

	if (err >= 0)
		err = ring_buffer__consume(buffer);
	return err < 0 && err != -EINTR ? err : 0;
}

int main(int argc, char **argv)
{
	struct options options = { .pages = 64 };
	struct output output = { 0 };
	struct execsnoop_bpf *skel = NULL;
	struct perf_buffer *perf = NULL;
	struct ring_buffer *ring = NULL;
	__u32 ring_size;
	int err;

	parse_options(&argp, argc, argv, &options.common, &options);
	ring_size = options.pages * (__u32)getpagesize();

	skel = execsnoop_bpf__open();
	if (!skel) {
		err = report_load(errno);
		goto cleanup;
	}
	skel->rodata->use_ring = options.ringbuf;
	skel->rodata->ring_wakes_at = ring_size / 2;
	if (options.ringbuf)
		bpf_map__set_max_entries(skel->maps.ring, ring_size);
	else /* kernels before 5.8 have none */
		bpf_map__set_autocreate(skel->maps.ring, false);
	err = execsnoop_bpf__load(skel);
	if (err) {
		report_load(err);
		goto cleanup;
	}

	if (options.ringbuf) {
		ring = ring_buffer__new(bpf_map__fd(skel->maps.ring), on_ring_event, &output, NULL);
		if (!ring) {
			err = report(errno, "cannot open the ring buffer");
			goto cleanup;
		}
	} else {
		/*
		 * TODO 2: open the perf buffer.
		 *
		 * libbpf's perf_buffer__new() opens a buffer for each CPU and puts them into the
		 * map. It lets the kernel wake us for each event, and that costs more than all the
		 * rest. new_batched_buffer() in batch.c does the same, but has us woken when a
		 * buffer is half full. It takes
		 * - the map's file descriptor: bpf_map__fd(skel->maps.events),
		 * - how many pages each buffer has: options.pages. It has to be a power of two;
		 *   the page that the kernel needs on top is added for you,
		 * - the function to call for each event: on_event,
		 * - the function to call where events were lost: on_lost,
		 * - what to pass to both as ctx: &output.
		 * Keep the result in perf. If it is NULL, errno has the reason. Then:
		 *	err = report(errno, "cannot open the perf buffer");
		 *	goto cleanup;
		 */
#ifdef SOLVED_2
		perf = new_batched_buffer(bpf_map__fd(skel->maps.events), options.pages, on_event,
					  on_lost, &output);
		if (!perf) {
			err = report(errno, "cannot open the perf buffer");
			goto cleanup;
		}
#else
		fprintf(stderr, "No buffer is open yet: that is TODO 2.\n");
		(void)on_lost;
#endif
		/* end of TODO 2 */
	}

	/* Only now: events that come before there is a buffer would be lost. */
	stop_on_signals(options.common.duration);
	err = execsnoop_bpf__attach(skel);
	if (err) {
		report(err, "cannot attach to the tracepoints of exec");
		goto cleanup;
	}

	print_heading();
	print_ready("exec");
	while (!stopping && !err) {
		if (perf)
			err = read_perf_buffer(perf);
		else if (ring)
			err = read_ring_buffer(ring);
		else
			usleep(LOOK_EVERY_MS * 1000);
		if (!err)
			err = flush_output();
	}

	/* No new events from here on. */
	execsnoop_bpf__detach(skel);
	/*
	 * TODO 5: print the events that still wait.
	 *
	 * Since the last look some may have come. They are in the buffer, and would be gone with
	 * it. If err is 0, consume once more what there is: perf_buffer__consume(perf) if perf is
	 * not NULL, ring_buffer__consume(ring) if ring is not NULL. Keep a negative result in err.
	 *
	 * Why here? Before the line above new events could still come; and below, the buffers are
	 * freed.
	 */
#ifdef SOLVED_5
	if (!err && perf)
		err = perf_buffer__consume(perf);
	if (!err && ring)
		err = ring_buffer__consume(ring);
#endif
	/* end of TODO 5 */
	if (err >= 0)
		err = flush_output();
	err = report_end(err, "the buffer");
	report_skipped(skel->obj);
	fprintf(stderr, "%llu execs shown, %llu lost\n", output.shown, skel->bss->lost);

cleanup:
	perf_buffer__free(perf);
	ring_buffer__free(ring);
	execsnoop_bpf__destroy(skel);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
