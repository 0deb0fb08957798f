// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Draws a flame graph of known stacks with the drawing part of lesson 07: flame FILE. */
#include <stdlib.h>
#include <string.h>

#include "svg.h"

static int add(struct node *root, struct symbols *symbols, const char *names, int kind,
	       unsigned long long samples)
{
	struct function *path[16];
	char *copy = strdup(names), *rest = copy, *name;
	size_t length = 0;

	while (copy && length < 16 && (name = strsep(&rest, ";")))
		path[length] = symbols_function(
			symbols, (struct function){ .name = name,
						    .module = length ? "app" : "",
						    .kind = length ? kind : PROCESS }),
		length++;
	free(copy);
	return tree_add(root, path, length, samples);
}

int main(int argc, char **argv)
{
	struct symbols *symbols = symbols_new();
	struct node root = { 0 };
	int err;

	if (argc != 2 || !symbols)
		return 2;
	err = add(&root, symbols, "app;main;parse;read_file", USER, 30) ||
	      add(&root, symbols, "app;main;parse", USER, 10) ||
	      add(&root, symbols, "app;main;std::map<int, char&>::find(\"x\")", USER, 40) ||
	      add(&root, symbols, "other;vfs_read;read_file", KERNEL, 20) ||
	      svg_write(argv[1], &root);
	tree_free(&root);
	symbols_free(symbols);
	return err;
}
