/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: writes what an argument points to: strings, buffers and structs. The kernel side has read
 * it. Where it could not, these write the address. */
#ifndef POINTED_H
#define POINTED_H

#include "values.h"

enum {
	SHOWN = 32, /* bytes of a buffer */
	LISTED = 8, /* elements of an array */
};

/* Readies the tables of names. To be called once, after values_init(). */
void pointed_init(void);

void put_string(const struct argument *a);
void put_in(const struct argument *a);  /* a buffer: the next argument is its length */
void put_out(const struct argument *a); /* a buffer: the result is its length */
void put_argv(const struct argument *a);
void put_pair(const struct argument *a);
void put_pointed_int(const struct argument *a);
void put_option_in(const struct argument *a);
void put_option_out(const struct argument *a);
void put_status(const struct argument *a);
void put_timespec(const struct argument *a);
void put_timespec_left(const struct argument *a);
void put_timespec_rest(const struct argument *a);
void put_timeval(const struct argument *a);
void put_timeval_left(const struct argument *a);
void put_rlimit(const struct argument *a);
void put_sigset(const struct argument *a);
void put_sigaction(const struct argument *a);
void put_stat(const struct argument *a);
void put_statx(const struct argument *a);
void put_openhow(const struct argument *a);
void put_cloneargs(const struct argument *a);
void put_sockaddr(const struct argument *a);
void put_pollfds(const struct argument *a);
void put_epollevent(const struct argument *a);
void put_epollevents(const struct argument *a);

#endif
