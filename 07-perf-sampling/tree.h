/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: the counted stacks as a tree, whose paths are who called whom; and its text forms. */
#ifndef TREE_H
#define TREE_H

#include "symbols.h"

struct node {
	struct function *function; /* NULL in the root */
	struct node *children, *next;
	unsigned long long self, total; /* samples */
};

/* Adds a path of functions, the outermost first. Returns 0, or -ENOMEM. */
int tree_add(struct node *root, struct function **path, size_t length, unsigned long long samples);

/* How many functions the longest path has. */
unsigned int tree_depth(const struct node *root);

/* Prints the functions that most samples were in. */
void tree_print_table(struct node *root, const struct symbols *symbols);

/* Prints a line "process;function;function COUNT" for each path, as flame graph tools take it.
 * Returns 0, or -1 after it has reported that there is no memory. */
int tree_print_folded(const struct node *root);

void tree_free(struct node *root);

#endif
