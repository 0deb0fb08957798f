/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: the system calls, their names and how their arguments are written. */
#ifndef CALLS_H
#define CALLS_H

#include <stdbool.h>

#include <linux/types.h>

#include "common.h"
#include "trace.h"

struct kind; /* of an argument: see decode.c */

struct call {
	const char *name;   /* NULL: no system call has this number */
	unsigned int count; /* of arguments */
	const struct kind *kinds[ARGS];
	const struct kind *result; /* NULL: a plain number */
	struct plan plan;
};

/* Fills in what is known about each call. To be called once, and first. */
void calls_init(void);

/* What is known about the call in this slot. */
const struct call *call_of(__u32 slot);

/* What the kernel side has to read for it. */
const struct plan *call_plan(__u32 slot);

/* The slot of the call with this name, or -1. */
int call_slot(const char *name);

/* The name of the call in this slot; NULL where there is none. */
const char *call_name(__u32 slot);

/* Collects the names of all calls. Returns 0 or a negative error number. */
int call_all_names(struct names *names);

#endif
