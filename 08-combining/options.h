/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: the command line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <signal.h>

#include <linux/types.h>

#include "common.h"
#include "trace.h"

enum { MOST_PIDS = 64 };

struct options {
	struct common_options common;
	__u32 pids[MOST_PIDS]; /* -p */
	size_t pids_count;
	const char *process; /* --process; NULL: any */
	bool ignored[CALLS]; /* -s: the slots of the calls not to show */
	bool summary_only;   /* -c */
	bool json;
	const char *output;   /* -o; NULL: standard output */
	unsigned int pages;   /* -b: the buffer's size */
	unsigned int threads; /* -t: room for so many */
	char **command;       /* NULL: none */
	sighandler_t on_pipe; /* what SIGPIPE did before we were there */
};

void read_options(int argc, char **argv, struct options *options);

#endif
