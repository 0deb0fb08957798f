/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: what trace.bpf.c writes and trace.c reads. */
#ifndef TRACE_H
#define TRACE_H

enum {
	COMM_SIZE = 16,
	ARGS = 6, /* no system call has more arguments */

	/* System calls by number. 32-bit programs have other numbers: those stand behind the
	 * others. The last slot is for numbers that no system call has. */
	CALLS = 1024,
	CALLS_32 = 512,
	CALL_OTHER = CALLS - 1,

	DEFAULT_THREADS = 16384, /* that can be traced at the same time; -t */
	MOST_PROCESSES = 8192,   /* of which each has its own sum */

	SHOWN_ARGS = 32, /* arguments of an exec */

	/* What is read from a process's memory for one call. */
	PIECES = 3,
	PIECE_SIZE = 4096,
	DATA_SIZE = PIECES * PIECE_SIZE,
};

/* A thread, and the call that it is in. Only this thread's own calls write to it. */
struct thread {
	__u64 start; /* when the call began, in nanoseconds since boot; 0: in none */
	__u64 args[ARGS];
	__u32 slot;   /* which call it is */
	__s32 number; /* the same as the process said it */
	__u32 pid;
	__u32 tid;
	__u64 calls; /* how many it has made, and */
	__u64 time;  /* how long they took together */
};

/* What all calls of one kind sum up to. */
struct total {
	__u64 calls;
	__u64 errors;
	__u64 time;
	__u64 longest;
};

/* The same for a process, added up when its threads end. */
struct process {
	__u64 calls;
	__u64 time;
	char comm[COMM_SIZE];
};

/* One call, as it is sent to the user side. Behind it stands what was read from memory. */
struct record {
	__u64 start;
	__u64 duration;
	__s64 result;
	__u64 args[ARGS];
	__u32 slot;
	__s32 number;
	__u32 pid;
	__u32 tid;
	char comm[COMM_SIZE];
	__u16 sizes[PIECES]; /* of the pieces of data; 0: not read */
	__u8 returned;       /* 0: the call never did, as exit does not */
	__u8 reserved;       /* the data begins right behind it */
};

/* What to read for a call: how much from which argument's address. */
enum piece_kind {
	PIECE_NONE,
	PIECE_STRING,  /* up to its NUL */
	PIECE_FIXED,   /* so many bytes */
	PIECE_COUNTED, /* so many bytes, times another argument */
	PIECE_RESULT,  /* so many bytes, times the result */
	PIECE_POINTED, /* as many bytes as the number that another argument points to */
};

struct piece {
	__u8 kind;
	__u8 arg;
	__u8 count_arg;
	__u8 if_succeeded; /* the kernel has written it: there is nothing where the call failed */
	__u16 size;
	__u16 most; /* never more bytes than that */
};

struct plan {
	struct piece pieces[PIECES];
};

#endif
