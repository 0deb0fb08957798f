/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: prints what the map had as a table. */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>

#include <linux/types.h>

#include "stats.h"

/* The map's contents: counts[i] is the value of keys[i]. */
struct counted {
	bool by_process; /* the keys are processes, not system calls */
	__u32 size;      /* so many entries are filled in */
	struct counter_key keys[MAX_ENTRIES];
	struct counter counts[MAX_ENTRIES];
};

/* Prints the table, the largest count first. On a terminal each row has a bar, and the table
 * replaces the one before it, cut to the terminal's height unless it is the last. Returns 0, or
 * -EPIPE where the output could not be written. */
int table_print(const struct counted *counted, bool last);

/* Prints on stderr how many calls were counted, and how many were not. */
void table_print_sum(const struct counted *counted, unsigned long long not_counted);

#endif
