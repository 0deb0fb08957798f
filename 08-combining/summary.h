/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: what is told at the end. */
#ifndef SUMMARY_H
#define SUMMARY_H

#include <stdbool.h>

#include <linux/types.h>

#include "trace.h"

/* The maps' file descriptors. */
struct sums {
	int totals, processes, threads;
};

/* Makes the entry for the processes that will find no room. Returns 0 or a negative error number.
 */
int summary_prepare(int processes);

/* Prints a table of the calls, and one of the processes. Adds up all calls in *all. Returns 0 or a
 * negative error number. */
int summary_print(const struct sums *sums, bool json, struct total *all);

/* Calls print, where that is not NULL, for each call that has begun and not ended. Returns how many
 * there are, or a negative error number. */
int summary_unfinished(const struct sums *sums, int (*print)(void *ctx, const struct record *r),
		       void *ctx);

#endif
