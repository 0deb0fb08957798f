/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: where a function is, from the symbol tables of an ELF file (a program or a library). */
#ifndef SYMBOL_H
#define SYMBOL_H

#include <limits.h>
#include <stddef.h>

/* A program header: this part of the file is mapped to memory when the program starts. */
struct segment {
	unsigned long address; /* where it begins in memory, as the linker planned it */
	unsigned long offset;  /* where it begins in the file */
	unsigned long size;
};

enum { MOST_SEGMENTS = 16 };

struct symbol {
	char path[PATH_MAX];
	unsigned long address; /* of the function, as the linker planned it */
	struct segment segments[MOST_SEGMENTS];
	size_t count;
};

/* Finds a function in the file that binary means (see find_binary()). Its address lies in one of
 * the segments. Returns 0; or -1 after it has reported what is wrong, with the nearest names. */
int find_symbol(const char *binary, const char *function, struct symbol *symbol);

/* Reports why a uprobe could not be attached (err: an errno value). Returns -1. */
int report_attach(const struct symbol *symbol, const char *function, int pid, int err);

#endif
