/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: the command line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "common.h"

struct options {
	struct common_options common;
	unsigned int pid; /* -p: trace this process only; 0: all */
};

/* Fills in options. A usage error ends the program with status 2, --help with 0. */
void parse_command_line(int argc, char **argv, struct options *options);

#endif
