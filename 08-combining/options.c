// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "options.h"

enum { MOST_BYTES = 1 << 30, MOST_THREADS = 1 << 22, PROCESS = 256, JSON };

static void read_pids(char *list, struct options *options, struct argp_state *state)
{
	char *word, *end;

	while ((word = strsep(&list, ","))) {
		unsigned long pid = strtoul(word, &end, 10);

		if (!*word || *end || *word == '-' || pid < 1 || pid > INT_MAX)
			argp_error(state, "'%s' is not a process ID", word);
		if (options->pids_count == MOST_PIDS)
			argp_error(state, "more than %d process IDs", MOST_PIDS);
		options->pids[options->pids_count++] = (__u32)pid;
	}
}

static void read_calls(char *list, struct options *options, struct argp_state *state)
{
	bool others = *list == '!';
	char *word;

	list += others;
	memset(options->ignored, !others, sizeof(options->ignored));
	while ((word = strsep(&list, ","))) {
		bool known = call_slot(word) >= 0;

		for (__u32 slot = 0; slot < CALLS; slot++) {
			const char *name = call_name(slot);

			if (name && !strcmp(name, word)) {
				options->ignored[slot] = others;
				known = true;
			}
		}
		if (!known) {
			struct names names = { 0 };
			char nearest[256] = "";

			if (!call_all_names(&names))
				names_nearest(&names, word, nearest, sizeof(nearest));
			names_free(&names);
			if (*nearest)
				argp_error(state, "there is no system call '%s'; did you mean %s?",
					   word, nearest);
			else
				argp_error(state, "there is no system call '%s'", word);
		}
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	unsigned long pages, threads, most = MOST_BYTES / (unsigned long)getpagesize();
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->common;
		return 0;
	case 'p':
		read_pids(arg, options, state);
		return 0;
	case PROCESS:
		if (!*arg || strlen(arg) >= COMM_SIZE)
			argp_error(state, "'%s' is not a process's name: it has 1 to %d characters",
				   arg, COMM_SIZE - 1);
		options->process = arg;
		return 0;
	case 's':
		read_calls(arg, options, state);
		return 0;
	case 'c':
		options->summary_only = true;
		return 0;
	case JSON:
		options->json = true;
		return 0;
	case 'o':
		options->output = arg;
		return 0;
	case 'b':
		pages = strtoul(arg, &end, 10);
		if (*end || arg[0] == '-' || pages < 1 || pages > most || pages & (pages - 1))
			argp_error(state,
				   "'%s' is not a number of pages: 1, 2, 4, 8 and so on up to %lu",
				   arg, most);
		options->pages = (unsigned int)pages;
		return 0;
	case 't':
		threads = strtoul(arg, &end, 10);
		if (*end || arg[0] == '-' || threads < 1 || threads > MOST_THREADS)
			argp_error(state, "'%s' is not a number of threads from 1 to %d", arg,
				   MOST_THREADS);
		options->threads = (unsigned int)threads;
		return 0;
	case ARGP_KEY_ARGS:
		options->command = state->argv + state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		if (state->quoted)
			argp_error(state, "there is no COMMAND behind --");
		return 0;
	case ARGP_KEY_END:
		if (!!options->pids_count + !!options->process + !!options->command > 1)
			argp_error(state, "one of -p, --process and COMMAND at a time");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option own_options[] = {
	{ "pid", 'p', "PID,...", 0, "Trace only these processes, and those that they start", 0 },
	{ "process", PROCESS, "NAME", 0, "Trace only processes with this name", 0 },
	{ "syscalls", 's', "CALL,...", 0,
	  "Show only these system calls; or, with ! in front, all but these", 0 },
	{ "count", 'c', NULL, 0, "Only sum up", 0 },
	{ "json", JSON, NULL, 0, "Print an object of JSON on each line", 0 },
	{ "output", 'o', "FILE", 0, "Print to this file", 0 },
	{ "buffer", 'b', "PAGES", 0,
	  "Size of the buffer between kernel and tool, in pages (a power of two; 1024)", 0 },
	{ "threads", 't', "NUMBER", 0, "How many threads can be traced at the same time (16384)",
	  0 },
	{ 0 },
};

static const struct argp argp = {
	.options = own_options,
	.parser = parse,
	.args_doc = "[-- COMMAND [ARGUMENT...]]",
	.doc = "Shows system calls with their arguments, results and durations, and sums them up. "
	       "With a COMMAND, runs it and traces it and all that it starts. Without, and without "
	       "-p and --process, traces all processes.",
	.children = common_argp,
};

void read_options(int argc, char **argv, struct options *options)
{
	bool posix = getenv("POSIXLY_CORRECT");
	struct sigaction pipe;

	options->pages = 1024;
	options->threads = DEFAULT_THREADS;
	sigaction(SIGPIPE, NULL, &pipe);
	options->on_pipe = pipe.sa_handler;
	/* The command's own options are not for us: so options come first. */
	setenv("POSIXLY_CORRECT", "1", 0);
	parse_options(&argp, argc, argv, &options->common, options);
	if (!posix)
		unsetenv("POSIXLY_CORRECT");
}
