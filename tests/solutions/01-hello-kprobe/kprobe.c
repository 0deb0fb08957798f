// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The user side: loads the program, attaches it to the function and prints what it reports. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>
#include <linux/types.h>

#include "common.h"
#include "kprobe.h"
#include "kprobe.skel.h"
#include "symbol.h"

struct options {
	struct common_options common;
	bool argument;
	const char *function;
};

static volatile sig_atomic_t told_to_stop;

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->common;
		return 0;
	case 'a':
		options->argument = true;
		return 0;
	case ARGP_KEY_ARG:
		if (options->function)
			argp_error(state, "one FUNCTION at a time");
		options->function = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which FUNCTION?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option own_options[] = {
	{ "argument", 'a', NULL, 0, "Show the function's first argument, too", 0 },
	{ 0 },
};

static const struct argp argp = {
	.options = own_options,
	.parser = parse,
	.args_doc = "FUNCTION",
	.doc = "Logs each call of a kernel function, or of a system call by its plain name.",
	.children = common_argp,
};

/* What main() and the callback share. */
struct output {
	const struct options *options;
	unsigned long long calls;
};

/* Called by ring_buffer__poll() for each event. A negative result makes the poll return it. */
static int print_event(void *ctx, void *data, size_t size)
{
	struct output *output = ctx;
	const struct event *e = data;

	output->calls++;
	printf("%s called by PID %u (", output->options->function, e->pid);
	print_escaped(e->comm, sizeof(e->comm)); /* any letters may be in there */
	putchar(')');
	if (output->options->argument)
		printf(", argument 0x%llx", e->argument);
	return putchar('\n') == EOF ? -EPIPE : 0;
}

/*
 * TODO 4: end well.
 *
 * Ctrl-C sends SIGINT, kill sends SIGTERM, and the end of -d sends SIGALRM. Each of them kills
 * a program on the spot unless it has a handler: no summary, and an exit status such as 130.
 * Write a handler, a function that takes an int and only sets told_to_stop to 1. In
 * end_on_signals() name it in a struct sigaction, with SA_RESTART in its sa_flags: a write that is
 * under way then goes on, and no line is lost. Install it for all three signals with sigaction().
 * The loop in main() sees told_to_stop and ends.
 */
#ifdef SOLVED_4
static void stop(int signal)
{
	told_to_stop = 1;
}

static void end_on_signals(void)
{
	struct sigaction action = { .sa_handler = stop, .sa_flags = SA_RESTART };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
}
#else
static void end_on_signals(void)
{
}
#endif
/* end of TODO 4 */

int main(int argc, char **argv)
{
	struct options options = { 0 };
	struct output output = { .options = &options };
	struct symbol symbol;
	struct kprobe_bpf *skel = NULL;
	struct ring_buffer *events = NULL;
	struct bpf_link *link = NULL;
	int err;

	parse_options(&argp, argc, argv, &options.common, &options);
	err = find_symbol(options.function, &symbol);
	if (err)
		goto cleanup;

	/* Open, set the constants, load: they can't be changed after the load. */
	skel = kprobe_bpf__open();
	if (!skel) {
		err = report_load(errno);
		goto cleanup;
	}
	skel->rodata->own_pid = getpid();
	skel->rodata->is_syscall = symbol.is_syscall;
	err = kprobe_bpf__load(skel);
	if (err) {
		report_load(err);
		goto cleanup;
	}

	events = ring_buffer__new(bpf_map__fd(skel->maps.events), print_event, &output, NULL);
	if (!events) {
		err = report(errno, "cannot open the ring buffer");
		goto cleanup;
	}
	end_on_signals();

	/*
	 * TODO 2: attach the program.
	 *
	 * Loaded is not attached: the program is in the kernel now, but nothing calls it yet.
	 * bpf_program__attach_kprobe(program, retprobe, function) puts a kprobe on the function
	 * and returns a link. The program is skel->progs.on_call. retprobe is false, because we
	 * want the call and not the return. The function's name is symbol.name. Keep the result
	 * in link: the kprobe lives as long as the link does, and that ends with this process.
	 *
	 * If the result is NULL, errno has the reason. Then:
	 *	err = report_attach(&symbol, errno);
	 *	goto cleanup;
	 */
#ifdef SOLVED_2
	link = bpf_program__attach_kprobe(skel->progs.on_call, false, symbol.name);
	if (!link) {
		err = report_attach(&symbol, errno);
		goto cleanup;
	}
#else
	fprintf(stderr, "Nothing is attached yet: that is TODO 2.\n");
#endif
	/* end of TODO 2 */

	print_ready(options.function);
	alarm(options.common.duration);
	while (!told_to_stop) {
		err = ring_buffer__poll(events, 100 /* ms */);
		if (err >= 0)
			err = flush_output();
		if (err < 0 && err != -EINTR)
			break;
	}

	/* No new events from here on; print those that still wait. */
	bpf_link__destroy(link);
	link = NULL;
	if (err >= 0 || err == -EINTR)
		err = ring_buffer__consume(events);
	if (err >= 0)
		err = flush_output();
	err = report_end(err, "the ring buffer");
	report_skipped(skel->obj);
	fprintf(stderr, "%llu calls, %llu lost\n", output.calls, skel->bss->lost);

cleanup:
	bpf_link__destroy(link);
	ring_buffer__free(events);
	kprobe_bpf__destroy(skel);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
