/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: what execsnoop.bpf.c writes and execsnoop.c reads. Both sides include this one definition,
 * so that they agree on where each member lies. */
#ifndef EVENT_H
#define EVENT_H

enum {
	COMM_SIZE = 16,
	FILENAME_SIZE = 256,
	ARGS_SIZE = 2048, /* what is longer is cut, and marked with "..." */
};

/* The longest members come last, and of the last one only the part in use is sent. */
struct event {
	__u64 time; /* nanoseconds since boot */
	__u32 pid;
	__u32 ppid; /* the parent's PID */
	__u32 uid;
	__s32 result;    /* of a failed exec: -ENOENT and so on */
	__u32 args_size; /* how many bytes of args are in use */
	__u32 args_cut;  /* not 0: there were more arguments than that */
	char comm[COMM_SIZE];
	char filename[FILENAME_SIZE];
	char args[ARGS_SIZE]; /* each ends with a NUL */
};

/* The size of an event without its arguments. */
enum { HEAD_SIZE = sizeof(struct event) - ARGS_SIZE };

#endif
