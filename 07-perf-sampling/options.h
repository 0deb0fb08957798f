/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: the command line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "common.h"

struct options {
	struct common_options common;
	unsigned int hz;     /* -F */
	unsigned int pid;    /* -p; 0: all processes */
	unsigned int stacks; /* --stacks */
	bool folded;
	const char *svg; /* the file's name, or NULL */
};

extern const struct argp profile_argp;

/* Gets a file descriptor for a process. Returns 0, or -1 and has reported what is wrong with it. */
int find_process(unsigned int pid, int *fd);

/* Has that process ended? */
bool has_ended(int fd);

#endif
