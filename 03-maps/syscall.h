/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: from a system call's number to its name. */
#ifndef SYSCALL_H
#define SYSCALL_H

/* Prints a system call's name; or "syscall NUMBER" where the library does not know one. */
void print_syscall(unsigned long long number);

#endif
