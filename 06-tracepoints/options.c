// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

enum { MOST_PAGES = 1 << 15 };

static const struct {
	const char *category, *name;
	enum view view;
} views[] = {
	{ "sched", "exec", EXEC },
	{ "sched", "exit", EXIT },
	{ "syscalls", "openat", OPENAT },
};

/* Category and name become folders in a path. Refuse all that no tracepoint is called. */
static void check_name(struct argp_state *state, const char *what, const char *name)
{
	size_t good = strspn(name, "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

	if (!*name)
		argp_error(state, "the %s is empty", what);
	if (name[good])
		argp_error(state, "'%s' is no %s: it has letters, digits, '_' and '-' only", name,
			   what);
}

static void check_all(struct argp_state *state, struct options *options)
{
	if (options->mode == LIST) {
		if (options->category && options->name)
			argp_error(state, "one PATTERN at a time");
		options->pattern = options->category;
		return;
	}
	if (!options->category || !options->name) {
		argp_error(state, "which tracepoint? Say CATEGORY and NAME; --list shows all");
		return;
	}
	check_name(state, "CATEGORY", options->category);
	check_name(state, "NAME", options->name);
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]) && options->mode == TRACE; i++) {
		if (!strcmp(views[i].category, options->category) &&
		    !strcmp(views[i].name, options->name))
			options->view = views[i].view;
	}
	if (options->only_failed && options->view != OPENAT)
		argp_error(state, "-x is for 'syscalls openat' only");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	unsigned long number;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->common;
		return 0;
	case 'l':
		options->mode = LIST;
		return 0;
	case 'f':
		options->mode = FORMAT;
		return 0;
	case 'c':
		options->count_only = true;
		return 0;
	case 'x':
		options->only_failed = true;
		return 0;
	case 'p':
		number = strtoul(arg, &end, 10);
		if (*end || arg[0] == '-' || number < 1 || number > INT_MAX)
			argp_error(state, "'%s' is no PID", arg);
		options->pid = (unsigned int)number;
		return 0;
	case 'b':
		number = strtoul(arg, &end, 10);
		if (*end || arg[0] == '-' || number < 1 || number > MOST_PAGES ||
		    number & (number - 1))
			argp_error(state,
				   "'%s' is no number of pages: 1, 2, 4, 8 and so on up to %d", arg,
				   MOST_PAGES);
		options->pages = (unsigned int)number;
		return 0;
	case ARGP_KEY_ARG:
		if (options->name)
			argp_error(state, "what is '%s'? One tracepoint at a time", arg);
		if (!options->category)
			options->category = arg;
		else
			options->name = arg;
		return 0;
	case ARGP_KEY_END:
		check_all(state, options);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option own_options[] = {
	{ "pid", 'p', "PID", 0, "Trace this process only, with all its threads", 0 },
	{ "count", 'c', NULL, 0, "Show nothing but the number of hits at the end", 0 },
	{ "failed", 'x', NULL, 0, "Of 'syscalls openat' show only the calls that failed", 0 },
	{ "buffer", 'b', "PAGES", 0, "Size of the ring buffer in pages (a power of two; 256)", 0 },
	{ "list", 'l', NULL, 0, "List the tracepoints that match PATTERN, or all", 1 },
	{ "format", 'f', NULL, 0, "Show the tracepoint's fields", 1 },
	{ 0 },
};

static const struct argp argp = {
	.options = own_options,
	.parser = parse,
	.args_doc = "CATEGORY NAME\n--list [PATTERN]\n--format CATEGORY NAME",
	.doc = "Logs each hit of a tracepoint of the kernel, with its fields by name.\v"
	       "Three names stand for more than a tracepoint: 'syscalls openat' shows the calls "
	       "with their results, 'sched exec' the programs that were started, and 'sched exit' "
	       "the processes that ended.\n\nCOMM, PID and TID are of whoever was running.",
	.children = common_argp,
};

int read_options(int argc, char **argv, struct options *options)
{
	parse_options(&argp, argc, argv, &options->common, options);
	return check_process((pid_t)options->pid);
}
