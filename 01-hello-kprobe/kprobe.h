/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What kprobe.bpf.c writes and kprobe.c reads: both sides include this one definition. */
#ifndef KPROBE_H
#define KPROBE_H

enum { COMM_SIZE = 16 }; /* the kernel's limit for a thread's name, its final NUL included */

struct event {
	__u64 argument;       /* the function's first argument */
	__u32 pid;            /* the process that called it */
	char comm[COMM_SIZE]; /* the name of its thread that called */
};

#endif
