/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: writes numbers, names and flags. None of these looks at a process's memory. */
#ifndef VALUES_H
#define VALUES_H

#include "names.h"
#include "trace.h"

/* What there is to know about an argument. */
struct argument {
	__u64 value;
	const char *data; /* what it points to; NULL: not read */
	size_t size;
	const struct record *record;
	unsigned int number;          /* the call's first argument is number 0 */
	const struct names_of *names; /* those that it may have */
};

/* Readies the tables of names. To be called once, and first. */
void values_init(void);

/* The table of this kind of names; NULL where there is none. */
const struct names_of *table_of(const char *kind);

/* What an argument may be; decode.c says in which calls. */
void put_hex(const struct argument *a);
void put_ptr(const struct argument *a);
void put_int(const struct argument *a);
void put_uint(const struct argument *a);
void put_long(const struct argument *a);
void put_size(const struct argument *a);
void put_dirfd(const struct argument *a);
void put_one(const struct argument *a);  /* one of the names */
void put_bits(const struct argument *a); /* some of the names, with | between them */
void put_oflags(const struct argument *a);
void put_mode(const struct argument *a);
void put_filemode(const struct argument *a);
void put_signal(const struct argument *a);
void put_clone(const struct argument *a);
void put_socktype(const struct argument *a);
void put_sockopt(const struct argument *a);
void put_futex(const struct argument *a);
void put_fcntlarg(const struct argument *a);

/* The same for values that stand elsewhere, as in a struct. */
void put_name(const struct names_of *table, __u64 value);
void put_bits_of(const struct names_of *table, __u64 value);
void put_oflags_value(__u64 flags);
void put_file_type(unsigned int mode);
void put_signal_number(int number);

#endif
