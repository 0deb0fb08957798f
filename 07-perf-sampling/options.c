// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "options.h"

enum { STACKS = 256 };

static const struct argp_option own_options[] = {
	{ "frequency", 'F', "HZ", 0, "Samples a second on each CPU (99)", 0 },
	{ "pid", 'p', "PID", 0, "Only this process", 0 },
	{ "folded", 'f', NULL, 0,
	  "Print a line for each stack, with its functions from the outermost to the innermost and "
	  "the number of samples",
	  0 },
	{ "svg", 's', "FILE", 0,
	  "Write a flame graph to FILE (-: to the standard output), to look at in a browser", 0 },
	{ "stacks", STACKS, "N", 0,
	  "Room for so many different stacks (16384), and half as many counts", 0 },
	{ 0 },
};

/* A whole number from 1 up, or 0. */
static unsigned int number(const char *text, unsigned long most)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	return errno || *end || text[0] < '0' || text[0] > '9' || value > most
		       ? 0
		       : (unsigned int)value;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->common;
		return 0;
	case 'F':
		options->hz = number(arg, 1000000);
		if (!options->hz)
			argp_error(state, "'%s' is no number of samples a second", arg);
		return 0;
	case 'p':
		options->pid = number(arg, INT_MAX);
		if (!options->pid)
			argp_error(state, "'%s' is no PID", arg);
		return 0;
	case 'f':
		options->folded = true;
		return 0;
	case 's':
		options->svg = arg;
		return 0;
	case STACKS:
		options->stacks = number(arg, 1 << 20);
		if (!options->stacks)
			argp_error(state, "'%s' is no number of stacks from 1 to 1048576", arg);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "what is '%s'? There are only options", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp profile_argp = {
	.options = own_options,
	.parser = parse,
	.doc = "Says where the processor's time goes: looks at each CPU many times a second, and "
	       "prints the functions that were found at work most often.",
	.children = common_argp,
};

int find_process(unsigned int pid, int *fd)
{
	if (check_process((pid_t)pid))
		return -1;
	*fd = (int)syscall(SYS_pidfd_open, pid, 0);
	return *fd < 0 ? report(errno, "cannot watch process %u", pid) : 0;
}

bool has_ended(int fd)
{
	struct pollfd process = { .fd = fd, .events = POLLIN };

	return poll(&process, 1, 0) > 0;
}
