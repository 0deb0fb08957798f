/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: from what the user typed to the file. */
#ifndef BINARY_H
#define BINARY_H

#include <limits.h>

/* Finds the file that name means: a path if there is a slash in it, or a command on PATH, or a
 * library as the loader would find it. Writes the path, without symbolic links, into path. Returns
 * 0; or -1 after it has reported why not. */
int find_binary(const char *name, char path[PATH_MAX]);

/* The same for a library only. Returns -1 without a report. */
int find_library(const char *name, char path[PATH_MAX]);

#endif
