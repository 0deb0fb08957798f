/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: writes arguments and results the way people read them. */
#ifndef DECODE_H
#define DECODE_H

#include "calls.h"
#include "trace.h"

/* Readies the tables. To be called once, and first. */
void kinds_init(void);

/* The kind of argument that a word in calls.c stands for. */
const struct kind *kind_of(const char *word);

/* What has to be read for an argument of this kind, the call's argument number arg. */
struct piece kind_piece(const struct kind *kind, unsigned int arg);

/* How many arguments this call has: some have more with some flags. */
unsigned int decode_count(const struct call *call, const struct record *r);

/* Puts argument number arg of the call into the text. */
void decode_argument(const struct call *call, const struct record *r, unsigned int arg);

/* Puts the result: "3", "-1 ENOENT (No such file or directory)", "?". */
void decode_result(const struct call *call, const struct record *r);

/* The name of the error of this call: "ENOENT"; NULL where there was none. */
const char *error_name(__s64 result);

#endif
