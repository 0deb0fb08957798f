/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: how a call and the histogram look. */
#ifndef PRINT_H
#define PRINT_H

#include <stdbool.h>

#include <linux/types.h>

#include "uprobe.h"

struct style {
	const char *function;
	unsigned int args;   /* how many arguments to show */
	unsigned int string; /* which of them is a text, from 1 on; 0: none */
	bool entry_only;
};

void print_heading(void);

/* Prints one line for a call. */
void print_call(const struct event *e, const struct style *style);

/* Prints how many calls took how long; nothing if there are none. */
void print_histogram(const __u64 slots[SLOTS]);

#endif
