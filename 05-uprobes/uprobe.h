/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: what uprobe.bpf.c writes and uprobe.c reads. Both sides include this one definition. */
#ifndef UPROBE_H
#define UPROBE_H

enum {
	COMM_SIZE = 16,
	MOST_ARGS = 4,
	TEXT_SIZE = 64,
	MOST_DEPTH = 64,      /* deeper than this the kernel reports no returns */
	MOST_THREADS = 10240, /* that call the function, while they live */
	MOST_CALLS = 32768,   /* that are kept of them */
	SLOTS = 64,           /* of the histogram: slot n has latencies from 2^n ns on */
};

/* Which call: a thread can be in the function more than once if the function calls itself. All
 * members have 64 bits, so that there is no padding between them. */
struct call_key {
	__u64 thread; /* process and thread, as bpf_get_current_pid_tgid() tells them */
	__u64 depth;  /* in how many outer calls this one is */
};

/* What is kept of a call until it returns. */
struct call {
	__u64 start; /* nanoseconds since boot */
	__u64 args[MOST_ARGS];
	__s64 text_size;      /* negative: there is no such memory */
	char text[TEXT_SIZE]; /* what the argument that --string names points to */
};

/* What is sent for a line of output. */
struct event {
	struct call call;
	__u64 latency;
	__u64 result;
	__u64 thread;
	char comm[COMM_SIZE];
};

/* What the kernel side counts. */
enum count {
	CALLS,
	RETURNED,
	LOST,    /* events that found the ring buffer full */
	UNTIMED, /* calls that could not be kept until their return */
	COUNTS,
};

#endif
