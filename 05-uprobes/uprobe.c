// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The user side: finds the function, attaches to it and prints its calls. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "common.h"
#include "print.h"
#include "symbol.h"
#include "uprobe.h"
#include "uprobe.skel.h"

enum { LOOK_EVERY_MS = 100, BUFFER_SIZE = 1 << 16 };

struct options {
	struct common_options common;
	struct style style; /* has the function's name */
	const char *binary;
	bool quiet;
	int pid; /* 0: every process */
};

/* A number from least to most. */
static int parse_number(const char *arg, long least, long most, struct argp_state *state)
{
	long number;
	char *end;

	errno = 0;
	number = strtol(arg, &end, 10);
	if (errno || end == arg || *end || number < least || number > most)
		argp_error(state, "'%s' is no number from %ld to %ld", arg, least, most);
	return (int)number;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->common;
		return 0;
	case 'p':
		options->pid = parse_number(arg, 1, 1 << 22, state);
		return 0;
	case 'a':
		options->style.args = (unsigned int)parse_number(arg, 0, MOST_ARGS, state);
		return 0;
	case 's':
		options->style.string = (unsigned int)parse_number(arg, 1, MOST_ARGS, state);
		return 0;
	case 'e':
		options->style.entry_only = true;
		return 0;
	case 'q':
		options->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		if (!options->binary)
			options->binary = arg;
		else if (!options->style.function)
			options->style.function = arg;
		else
			argp_error(state, "one FUNCTION at a time");
		return 0;
	case ARGP_KEY_END:
		if (!options->style.function)
			argp_error(state, options->binary ? "which FUNCTION?"
							  : "which BINARY, and which FUNCTION?");
		if (options->style.args < options->style.string)
			options->style.args = options->style.string;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option own_options[] = {
	{ "pid", 'p', "PID", 0, "Only calls by this process", 0 },
	{ "arguments", 'a', "N", 0, "Show the first N arguments, up to 4 (default: 2)", 0 },
	{ "string", 's', "N", 0, "The Nth argument points to a text: show that", 0 },
	{ "entry", 'e', NULL, 0, "Do not wait for the return: no result, no latency", 0 },
	{ "quiet", 'q', NULL, 0, "Print no line for each call: only the histogram", 0 },
	{ 0 },
};

static const struct argp argp = {
	.options = own_options,
	.parser = parse,
	.args_doc = "BINARY FUNCTION",
	.doc = "Logs the calls of a function in a program or a library, with its result and its "
	       "latency, and prints a histogram of the latencies.\vBINARY is a path, a command on "
	       "PATH or a library such as libc.so.6.",
	.children = common_argp,
};

/* What main() and the callback share. */
struct output {
	const struct style *style;
	unsigned long long shown;
	bool ending; /* detached: what is left in the buffer is to be shown */
};

/* Called for each event. A negative result makes the reading end. */
static int on_event(void *ctx, void *data, size_t size)
{
	struct output *output = ctx;

	output->shown++;
	print_call(data, output->style);
	if (ferror(stdout))
		return -EPIPE;
	/* Where calls come faster than they can be printed, the buffer is never empty. */
	return stopping && !output->ending ? -EINTR : 0;
}

/* Where the function begins in the file. */
static size_t file_offset(const struct symbol *symbol)
{
	unsigned long address = symbol->address;

	for (size_t i = 0; i < symbol->count; i++) {
		const struct segment *segment = &symbol->segments[i];
		/*
		 * TODO 1: from the address to the place in the file.
		 *
		 * The kernel is told a file, and how many bytes from its beginning the function is.
		 * Whoever runs that file gets there. The symbol has the address in memory that the
		 * linker planned for the function.
		 *
		 * The program headers tell how the two belong together. Each describes a segment:
		 * segment->size bytes of the file, from segment->offset on, are mapped to memory,
		 * from segment->address on.
		 *
		 * If address lies in this segment (not below its beginning, and below its end),
		 * the function is as far from the segment's beginning in the file as it is in
		 * memory. Return that place.
		 */
		(void)address;
		(void)segment;
		/* end of TODO 1 */
	}
	fprintf(stderr, "Where the function is in the file is not known yet: that is TODO 1.\n");
	return 0;
}

/* Attaches the programs, with a link for each. Returns 0, or -1 after it has reported the error. */
static int attach(struct uprobe_bpf *skel, const struct options *options, const char *path,
		  size_t offset, struct bpf_link *links[2])
{
	/*
	 * TODO 2: attach the two programs.
	 *
	 * The skeleton cannot do it: SEC("uprobe") names no function, so it passes them over.
	 *
	 *	bpf_program__attach_uprobe(program, retprobe, pid, path, offset)
	 *
	 * puts a uprobe there, and returns a link.
	 *
	 * - The pid is that of one process, or 0 for this process itself, or -1 for everyone.
	 *   options->pid is 0 if the user has named no process: that means everyone.
	 * - The first one is skel->progs.on_return, with retprobe true. Its link is links[0]. Leave
	 *   it out if options->style.entry_only is set.
	 * - The second one is skel->progs.on_entry, with retprobe false. Its link is links[1].
	 * - If a link is NULL, return -errno. Then main() says why.
	 */
	fprintf(stderr, "Nothing is attached yet: that is TODO 2.\n");
	/* end of TODO 2 */
	return 0;
}

/* Sums up what each CPU has counted: the values of a per-CPU array with size entries. */
static int read_counts(const struct bpf_map *map, __u64 *sums, __u32 size)
{
	int cpus = libbpf_num_possible_cpus(), err = 0;
	__u64 *values = cpus > 0 ? calloc((size_t)cpus, sizeof(*values)) : NULL;

	if (!values)
		return report(cpus < 0 ? cpus : ENOMEM, "cannot read the counts");
	for (__u32 i = 0; i < size && !err; i++) {
		err = bpf_map__lookup_elem(map, &i, sizeof(i), values,
					   (size_t)cpus * sizeof(*values), 0);
		sums[i] = 0;
		for (int cpu = 0; cpu < cpus; cpu++)
			sums[i] += values[cpu];
	}
	free(values);
	return err ? report(err, "cannot read the counts") : 0;
}

static int print_summary(struct uprobe_bpf *skel, const struct options *options,
			 unsigned long long shown)
{
	__u64 counts[COUNTS] = { 0 }, slots[SLOTS] = { 0 };

	if (read_counts(skel->maps.counts, counts, COUNTS) ||
	    read_counts(skel->maps.histogram, slots, SLOTS))
		return -1;
	print_histogram(slots);
	if (report_end(flush_output(), NULL))
		return -1;
	if (counts[UNTIMED])
		fprintf(stderr, "%llu calls were not timed: too deep, or too many at once\n",
			(unsigned long long)counts[UNTIMED]);
	fprintf(stderr, "%llu calls", (unsigned long long)counts[CALLS]);
	if (!options->style.entry_only)
		fprintf(stderr, ", %llu returned", (unsigned long long)counts[RETURNED]);
	if (!options->quiet)
		fprintf(stderr, ", %llu shown, %llu lost", shown, (unsigned long long)counts[LOST]);
	fputc('\n', stderr);
	return 0;
}

int main(int argc, char **argv)
{
	struct options options = { .style.args = 2 };
	struct output output = { .style = &options.style };
	struct bpf_link *links[2] = { NULL };
	struct uprobe_bpf *skel = NULL;
	struct ring_buffer *ring = NULL;
	struct symbol symbol;
	size_t offset;
	int err;

	parse_options(&argp, argc, argv, &options.common, &options);
	setvbuf(stdout, NULL, _IOFBF, BUFFER_SIZE);
	err = find_symbol(options.binary, options.style.function, &symbol);
	if (err)
		goto cleanup;
	offset = file_offset(&symbol);
	if (offset)
		fprintf(stderr, "%s: address 0x%lx, offset 0x%lx in %s\n", options.style.function,
			symbol.address, offset, symbol.path);

	skel = uprobe_bpf__open();
	if (!skel) {
		err = report_load(errno);
		goto cleanup;
	}
	skel->rodata->own_pid = (__u32)getpid();
	skel->rodata->quiet = options.quiet;
	skel->rodata->entry_only = options.style.entry_only;
	skel->rodata->string = options.style.string;
	skel->rodata->ring_wakes_at = bpf_map__max_entries(skel->maps.ring) / 2;
	err = uprobe_bpf__load(skel);
	if (err) {
		report_load(err);
		goto cleanup;
	}
	ring = ring_buffer__new(bpf_map__fd(skel->maps.ring), on_event, &output, NULL);
	if (!ring) {
		err = report(errno, "cannot open the ring buffer");
		goto cleanup;
	}

	stop_on_signals(options.common.duration);
	/* These are the programs in depth.bpf.h, whose SEC() says where they belong. */
	err = uprobe_bpf__attach(skel);
	if (err) {
		report(err, "cannot see when threads end");
		goto cleanup;
	}
	if (offset) {
		err = attach(skel, &options, symbol.path, offset, links);
		if (err) {
			report_attach(&symbol, options.style.function, options.pid, -err);
			goto cleanup;
		}
	}

	if (!options.quiet)
		print_heading();
	print_ready(options.style.function);
	while (!stopping && err >= 0) {
		err = ring_buffer__poll(ring, LOOK_EVERY_MS);
		if (err >= 0)
			err = ring_buffer__consume(ring);
		if (err >= 0)
			err = flush_output();
	}

	/* No new events from here on; print those that still wait. */
	bpf_link__destroy(links[1]);
	bpf_link__destroy(links[0]);
	links[0] = links[1] = NULL;
	output.ending = true;
	if (err >= 0 || err == -EINTR)
		err = ring_buffer__consume(ring);
	err = report_end(err, "the ring buffer");
	if (!err)
		err = print_summary(skel, &options, output.shown);

cleanup:
	bpf_link__destroy(links[1]);
	bpf_link__destroy(links[0]);
	ring_buffer__free(ring);
	uprobe_bpf__destroy(skel);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
