/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: what tracepoint.bpf.c sends and print.c prints. One struct for each view of the tool, and
 * all begin with the same head. */
#ifndef TRACEPOINT_H
#define TRACEPOINT_H

enum {
	COMM_SIZE = 16,
	TEXT_SIZE = 256,    /* of a path, with its NUL; what is longer is cut */
	RECORD_SIZE = 2048, /* of a tracepoint's record */
	MOST_DYNAMIC = 16,  /* fields of it that have their data behind the others */
};

/* Who was running, and when. */
struct head {
	__u64 time; /* nanoseconds since boot */
	__u32 pid;
	__u32 tid;
	char comm[COMM_SIZE];
};

/* Any tracepoint: its record, as the kernel has filled it in. */
struct hit {
	struct head head;
	__u32 size; /* how many bytes of the record are there */
	__u32 unused;
	char record[RECORD_SIZE];
};

/* A program that was started: `tracepoint sched exec`. */
struct exec {
	struct head head;
	char filename[TEXT_SIZE];
};

/* A process that has ended: `tracepoint sched exit`. */
struct end {
	struct head head;
	__s32 status; /* as wait() has it: the signal, and above that the exit status */
	__u32 unused;
};

/* A system call with its result: `tracepoint syscalls openat`. */
struct openat {
	struct head head;
	__s64 result; /* a file descriptor, or -ENOENT and so on */
	__s32 dfd;    /* the folder that the path begins at; AT_FDCWD, the current one, is -100 */
	__u32 flags;
	__s32 path_size; /* negative: the path could not be read */
	char path[TEXT_SIZE];
};

/* Where a field of the record says where its data is. */
struct dynamic {
	__u32 offset; /* of the field in the record: 16 bits of offset, and above them 16 of size */
	__u32 base;   /* what that offset counts from: the record's first byte, mostly */
};

#endif
