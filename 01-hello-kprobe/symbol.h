/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: from the name that the user types to the kernel's own symbol. */
#ifndef SYMBOL_H
#define SYMBOL_H

#include <stdbool.h>

struct symbol {
	char name[128];  /* as the kernel calls it */
	bool is_syscall; /* a system call's wrapper: its arguments are behind a pointer */
};

/* Finds a kernel function, or the wrapper of a system call by the call's plain name, and says
 * on stderr which wrapper that is. Returns 0; or -1 after it has reported the error, with the
 * nearest names. */
int find_symbol(const char *function, struct symbol *symbol);

/* Reports why a kprobe could not be attached (err: an errno value). Returns -1. */
int report_attach(const struct symbol *symbol, int err);

#endif
