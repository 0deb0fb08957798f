/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: makes a tree of functions of what the kernel side has counted. */
#ifndef COLLECT_H
#define COLLECT_H

#include "maps.h"
#include "symbols.h"
#include "tree.h"

/* In profile.c: where this address of a process's memory is in the file's own addresses. */
__u64 address_in_file(__u64 address, const struct mapping *mapping, const struct segment *segment);

/* Reads the maps counts and stacks, by their file descriptors; a stack has at most so many frames.
 * Returns 0, or -1 and has reported why. */
int collect(struct node *root, int counts_fd, int stacks_fd, size_t frames, struct maps *maps,
	    struct symbols *symbols);

#endif
