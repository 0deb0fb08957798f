/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: the names of functions. */
#ifndef SYMBOLS_H
#define SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include "maps.h"

/* A function, or a process as the root of its functions. The same one has one struct. */
struct function {
	const char *name;
	const char *module; /* its file without the folder, or "[kernel]" and the like */
	enum { USER, KERNEL, UNKNOWN, PROCESS } kind;
	unsigned long long self;  /* samples in it */
	unsigned long long total; /* samples in it and in what it called */
	unsigned int entered;     /* for tree.c */
	struct function *next;
};

/* An address that wants a name. The same one has one struct. */
struct place {
	enum { IN_FILE, IN_KERNEL, NOWHERE } kind;
	struct file *file;
	__u64 address; /* in the file, as its symbol table has it; or in the kernel */
	struct function *function;
	char *name; /* what the symbol table says */
	char *module;
	__u64 start; /* of that symbol */
	int rank;
	struct place *next;
};

struct symbols;

struct symbols *symbols_new(void);

/* The segment of the file that a mapping shows. */
const struct segment *symbols_segment(const struct mapping *mapping);

/* Note down an address. NULL: no memory. */
struct place *symbols_place(struct symbols *symbols, struct place wanted);

/* Finds the functions of all places. Returns 0, or -ENOMEM. */
int symbols_resolve(struct symbols *symbols);

/* The struct for a function or process. NULL: no memory. */
struct function *symbols_function(struct symbols *symbols, struct function wanted);

/* All functions, linked by their member next. */
struct function *symbols_functions(const struct symbols *symbols);

void symbols_free(struct symbols *symbols);

#endif
