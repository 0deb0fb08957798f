// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Attaches programs of floor.bpf.c until it is told to stop.
 *
 *   floor [-p PID] PROGRAM[=TARGET]...
 *
 * TARGET is CATEGORY/NAME for tracepoint, BINARY:FUNCTION for function and function_return.
 */
#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "floor.skel.h"

enum { MAX_PROGRAMS = 8 };

static struct {
	int pid;
	struct {
		char *name, *target;
	} programs[MAX_PROGRAMS];
	int count;
} options;

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	char *target;

	switch (key) {
	case 'p':
		options.pid = atoi(arg);
		return 0;
	case ARGP_KEY_ARG:
		if (options.count == MAX_PROGRAMS)
			argp_error(state, "too many programs");
		target = strchr(arg, '=');
		if (target)
			*target++ = '\0';
		options.programs[options.count].name = arg;
		options.programs[options.count++].target = target;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
	}
	return ARGP_ERR_UNKNOWN;
}

static struct bpf_link *attach(struct bpf_program *program, char *target)
{
	LIBBPF_OPTS(bpf_uprobe_opts, uprobe);
	char *name;

	if (!target)
		return bpf_program__attach(program);
	name = strpbrk(target, "/:");
	if (strstr(bpf_program__section_name(program), "probe")) {
		name = strrchr(target, ':');
		if (!name)
			return NULL;
		*name++ = '\0';
		uprobe.func_name = name;
		uprobe.retprobe = bpf_program__section_name(program)[1] == 'r';
		return bpf_program__attach_uprobe_opts(program, -1, target, 0, &uprobe);
	}
	if (!name)
		return NULL;
	*name++ = '\0';
	return bpf_program__attach_tracepoint(program, target, name);
}

int main(int argc, char **argv)
{
	static const struct argp_option known[] = {
		{ "pid", 'p', "PID", 0, "count only this process", 0 },
		{},
	};
	static const struct argp argp = {
		known, parse_option, "PROGRAM[=TARGET]...", "Attaches empty programs.", NULL,
		NULL,  NULL
	};
	struct bpf_link *links[MAX_PROGRAMS] = {};
	struct bpf_program *program;
	struct floor_bpf *skel;
	sigset_t ends;
	int err = 1, signal;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	argp_parse(&argp, argc, argv, 0, NULL, NULL);

	skel = floor_bpf__open();
	if (!skel)
		return 1;
	skel->rodata->only_pid = (__u32)options.pid;
	bpf_object__for_each_program(program, skel->obj) bpf_program__set_autoload(program, false);
	for (int i = 0; i < options.count; i++) {
		program = bpf_object__find_program_by_name(skel->obj, options.programs[i].name);
		if (!program) {
			fprintf(stderr, "floor: there is no program %s\n",
				options.programs[i].name);
			goto cleanup;
		}
		bpf_program__set_autoload(program, true);
	}
	if (floor_bpf__load(skel))
		goto cleanup;
	for (int i = 0; i < options.count; i++) {
		program = bpf_object__find_program_by_name(skel->obj, options.programs[i].name);
		links[i] = attach(program, options.programs[i].target);
		if (!links[i])
			goto cleanup;
	}
	fprintf(stderr, "Tracing %s... Press Ctrl-C to stop\n", options.programs[0].name);
	sigwait(&ends, &signal);
	err = 0;
cleanup:
	for (int i = 0; i < options.count; i++)
		bpf_link__destroy(links[i]);
	floor_bpf__destroy(skel);
	return err;
}
