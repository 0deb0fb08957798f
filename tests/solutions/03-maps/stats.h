/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is in the map: stats.bpf.c writes it, stats.c reads it. */
#ifndef STATS_H
#define STATS_H

enum {
	COMM_SIZE = 16,      /* the kernel's limit for a process's name, its final NUL included */
	MAX_ENTRIES = 10240, /* how many keys the map has room for */
};

/* Which counter: one for each system call, or one for each process. The other field is 0. */
struct counter_key {
	__u64 syscall; /* the system call's number */
	__u32 pid;
	/* Here the compiler adds 4 bytes without a name: the struct's size is 16, not 12. */
};

struct counter {
	__u64 calls;
	char comm[COMM_SIZE]; /* the process's name, where the key is a process */
};

#endif
