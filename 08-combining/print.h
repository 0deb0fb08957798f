/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: one call as a line of text, or of JSON. */
#ifndef PRINT_H
#define PRINT_H

#include <stdbool.h>

#include <linux/types.h>

#include "trace.h"

/* Prints a call. when: its start in nanoseconds since 1970; micros: how many microseconds it took.
 * Returns 0 or a negative error number. */
int print_call(const struct record *r, long long when, unsigned long long micros, bool json);

#endif
