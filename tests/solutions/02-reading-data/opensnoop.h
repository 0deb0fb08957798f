/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What opensnoop.bpf.c writes and opensnoop.c reads: both sides include this one definition. */
#ifndef OPENSNOOP_H
#define OPENSNOOP_H

enum {
	COMM_SIZE = 16,   /* the kernel's limit for a process's name, its final NUL included */
	PATH_SIZE = 4096, /* its limit for a path, the NUL included, too */
};

struct event {
	__u64 flags;          /* O_RDONLY, O_CREAT and so on */
	__s32 result;         /* a file descriptor, or the negative number of an error */
	__u32 pid;            /* the process that opened the file */
	__u32 ppid;           /* its parent */
	__u32 uid;            /* the user that it runs as */
	__s32 path_size;      /* bytes of the path; negative: it could not be read */
	char comm[COMM_SIZE]; /* the name of the process */
	char path[PATH_SIZE]; /* last, because only path_size bytes of it are sent */
};

#endif
