/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: events as lines of text. */
#ifndef PRINT_H
#define PRINT_H

#include "format.h"
#include "tracepoint.h"

void print_heading(void);

/* Prints a record with its fields as NAME=VALUE. */
void print_hit(const struct hit *hit, const struct format *format);

void print_exec(const struct exec *e);
void print_end(const struct end *e);
void print_openat(const struct openat *e);

#endif
