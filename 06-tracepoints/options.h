/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: the command line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "common.h"

enum mode { TRACE, LIST, FORMAT };

/* What is shown: any tracepoint's record, or what a program made for one purpose sends. */
enum view { RECORDS, EXEC, EXIT, OPENAT };

struct options {
	struct common_options common;
	enum mode mode;
	enum view view;
	const char *category, *name, *pattern;
	unsigned int pid; /* 0: all processes */
	bool count_only;
	bool only_failed;
	unsigned int pages; /* of the ring buffer */
};

/* Parses the command line. A usage error ends the program with status 2. Returns 0, or -1 after a
 * report. */
int read_options(int argc, char **argv, struct options *options);

#endif
