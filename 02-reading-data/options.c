// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "options.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	unsigned long pid;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->common;
		return 0;
	case 'p':
		errno = 0;
		pid = strtoul(arg, &end, 10);
		if (errno || *end || arg[0] == '-' || pid < 1 || pid > INT_MAX)
			argp_error(state, "'%s' is no process ID", arg);
		options->pid = (unsigned int)pid;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is one word too many", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option own_options[] = {
	{ "pid", 'p', "PID", 0, "Trace only this process", 0 },
	{ 0 },
};

static const struct argp argp = {
	.options = own_options,
	.parser = parse,
	.doc = "Shows each file that some process opens, or fails to open.",
	.children = common_argp,
};

void parse_command_line(int argc, char **argv, struct options *options)
{
	parse_options(&argp, argc, argv, &options->common, options);
}
