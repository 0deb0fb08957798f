/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: what the kernel side remembers, and what trace.c tells it. */
#ifndef MAPS_BPF_H
#define MAPS_BPF_H

#include "trace.h"

/* trace.c sets these before the kernel loads the program; from then on they are constants. */
const volatile __u32 own_pid;
const volatile bool by_target;              /* only the processes in targets */
const volatile char only_name[COMM_SIZE];   /* only processes of this name */
const volatile bool ignored[CALLS];         /* the system calls not to show */
const volatile bool summary_only;           /* -c */
const volatile struct plan plans[CALLS];    /* what to read from a process's memory */
const volatile __u32 exec_slots[2];         /* execve and execveat, which are read at their start */
const volatile __u64 wake_at = 1024 * 1024; /* wake the reader when so many bytes wait for it */

/* Each thread that is traced, by its ID. An entry is made at a thread's first call and removed
 * when the thread ends, not at each call: to find one costs a tenth of making one. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, DEFAULT_THREADS);
	__type(key, __u32);
	__type(value, struct thread);
} threads SEC(".maps");

/* The processes to trace, by PID, if by_target. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, DEFAULT_THREADS);
	__type(key, __u32);
	__type(value, __u8);
} targets SEC(".maps");

/* On a newer kernel on_end() may run in the middle of an on_return() of another thread, on the same
 * CPU. So what they write to is not only there for each CPU, but also for each of the two programs.
 * The kernel never runs the same program twice at the same time on a CPU: so there each is alone,
 * and needs no atomics. */
enum { PROGRAMS = 2 };

/* The sums, by slot: on_end()'s, and behind them on_return()'s. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PROGRAMS *CALLS);
	__type(key, __u32);
	__type(value, struct total);
} totals SEC(".maps");

/* The processes that have ended, by PID. The key 0 is for all that found no room. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MOST_PROCESSES);
	__type(key, __u32);
	__type(value, struct process);
} processes SEC(".maps");

/* The way to the user side. trace.c sets its size. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} records SEC(".maps");

/* Calls whose record found no room there. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PROGRAMS);
	__type(key, __u32);
	__type(value, __u64);
} lost SEC(".maps");

/* Calls of threads, and whole processes, that found no room in the maps above. */
__u64 not_followed;

/* A record is too large for the stack. A piece may begin at the last byte, so one more fits. */
struct scratch {
	struct record head;
	char data[DATA_SIZE + PIECE_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PROGRAMS);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* What an exec was called with, by thread. */
struct exec {
	__u32 path_size;
	__u32 argv_size;
	char path[PIECE_SIZE];
	char argv[2 * PIECE_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct exec);
} execs SEC(".maps");

/* on_enter()'s, and on_return()'s. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PROGRAMS);
	__type(key, __u32);
	__type(value, struct exec);
} exec_scratch SEC(".maps");

#endif
