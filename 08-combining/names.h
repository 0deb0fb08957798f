/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: the names that this system's headers give to numbers. The script "names" makes the tables
 * when the program is built. */
#ifndef NAMES_H
#define NAMES_H

struct name {
	const char *name;
	unsigned long long value;
};

/* The table of one kind of names, such as the flags of open. */
struct names_of {
	const char *kind;
	struct name *names;
	unsigned int count;
};

extern struct names_of names_tables[];
extern const unsigned int names_tables_count;

/* The system calls by number, and those of 32-bit programs. */
extern const char *const call_names[512];
extern const char *const call_names_32[512];

#endif
