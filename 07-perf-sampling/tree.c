// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "tree.h"

enum { ROWS = 25 };

int tree_add(struct node *root, struct function **path, size_t length, unsigned long long samples)
{
	struct node *node = root, *child;

	node->total += samples;
	for (size_t i = 0; i < length; i++) {
		for (child = node->children; child; child = child->next) {
			if (child->function == path[i])
				break;
		}
		if (!child) {
			child = calloc(1, sizeof(*child));
			if (!child)
				return -ENOMEM;
			child->function = path[i];
			child->next = node->children;
			node->children = child;
		}
		node = child;
		node->total += samples;
	}
	node->self += samples;
	return 0;
}

unsigned int tree_depth(const struct node *node)
{
	unsigned int deepest = 0, depth;

	for (const struct node *child = node->children; child; child = child->next) {
		depth = 1 + tree_depth(child);
		if (depth > deepest)
			deepest = depth;
	}
	return deepest;
}

/* A function that calls itself is on a path more than once, and its samples count once. */
static void add_up(struct node *node)
{
	struct function *function = node->function;

	if (function) {
		function->self += node->self;
		if (function->entered++ == 0)
			function->total += node->total;
	}
	for (struct node *child = node->children; child; child = child->next)
		add_up(child);
	if (function)
		function->entered--;
}

static int compare_hottest(const void *a, const void *b)
{
	const struct function *f = *(struct function *const *)a;
	const struct function *g = *(struct function *const *)b;

	if (f->self != g->self)
		return f->self > g->self ? -1 : 1;
	if (f->total != g->total)
		return f->total > g->total ? -1 : 1;
	return strcmp(f->name, g->name);
}

void tree_print_table(struct node *root, const struct symbols *symbols)
{
	double all = root->total ? (double)root->total / 100 : 1;
	struct function **list, *function;
	size_t count = 0, i;

	add_up(root);
	for (function = symbols_functions(symbols); function; function = function->next)
		count++;
	list = calloc(count + 1, sizeof(struct function *));
	if (!list) {
		report(ENOMEM, "cannot sort the functions");
		return;
	}
	count = 0;
	for (function = symbols_functions(symbols); function; function = function->next) {
		if (function->self)
			list[count++] = function;
	}
	qsort(list, count, sizeof(struct function *), compare_hottest);

	printf("%8s %7s %7s  %-40s %s\n", "SAMPLES", "SELF", "TOTAL", "FUNCTION", "IN");
	for (i = 0; i < count && i < ROWS; i++) {
		int width = 40 - (int)strlen(list[i]->name);

		printf("%8llu %6.1f%% %6.1f%%  ", list[i]->self, (double)list[i]->self / all,
		       (double)list[i]->total / all);
		print_escaped(list[i]->name, strlen(list[i]->name));
		printf("%*s ", width > 0 ? width : 0, "");
		print_escaped(list[i]->kind == PROCESS ? "[process]" : list[i]->module, 255);
		putchar('\n');
	}
	if (i < count)
		printf("(and %zu more functions)\n", count - i);
	free(list);
}

/* A ";" ends a name in the folded form. */
static void print_name(const struct function *function)
{
	const char *name = function->name;

	for (size_t n; *name; name += n) {
		n = strcspn(name, ";");
		print_escaped(name, n);
		if (name[n]) {
			putchar(':');
			n++;
		}
	}
	if (function->kind == KERNEL)
		fputs("_[k]", stdout);
}

static void print_paths(const struct node *node, const struct function **path, size_t depth)
{
	if (node->function)
		path[depth++] = node->function;
	if (node->self) {
		for (size_t i = 0; i < depth; i++) {
			if (i)
				putchar(';');
			print_name(path[i]);
		}
		printf(" %llu\n", node->self);
	}
	for (const struct node *child = node->children; child; child = child->next)
		print_paths(child, path, depth);
}

int tree_print_folded(const struct node *root)
{
	const struct function **path = calloc(tree_depth(root) + 1, sizeof(struct function *));

	if (!path)
		return report(ENOMEM, "cannot print the stacks");
	print_paths(root, path, 0);
	free(path);
	return 0;
}

void tree_free(struct node *node)
{
	struct node *child;

	while ((child = node->children)) {
		node->children = child->next;
		tree_free(child);
		free(child);
	}
}
