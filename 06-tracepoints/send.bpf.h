/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: what all programs of tracepoint.bpf.c do. Lessons 03 and 04 have explained it. */
#ifndef SEND_BPF_H
#define SEND_BPF_H

#include "tracepoint.h"

const volatile __u32 own_pid;
const volatile __u32 target_pid; /* -p; 0: all processes */
const volatile bool count_only;  /* -c */
const volatile __u64 wakes_at;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096); /* the user side sets it */
} ring SEC(".maps");

/* One counter for each CPU: exact, and no CPU waits for another. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} hits SEC(".maps");

/* Where an event is put together. The stack is too small: it has 512 bytes. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(
		value, union {
			struct hit hit;
			struct exec exec;
			struct end end;
			struct openat openat;
		});
} scratch SEC(".maps");

__u64 lost; /* events that did not fit into the ring buffer, or another map */

/* Is the process that runs one to be traced? */
static __always_inline bool is_wanted(void)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;

	if (target_pid)
		return pid == target_pid;
	return pid != own_pid;
}

static __always_inline void count_hit(void)
{
	__u32 first = 0;
	__u64 *counter = bpf_map_lookup_elem(&hits, &first);

	if (counter)
		(*counter)++;
}

/* Counts a hit that will never be shown. */
static __always_inline void lose_hit(void)
{
	count_hit();
	__sync_fetch_and_add(&lost, 1);
}

/* Counts a hit. Returns memory for its event, with the head filled in; NULL with -c. */
static __always_inline void *new_event(void)
{
	__u32 first = 0;
	struct head *head;
	__u64 id;

	count_hit();
	if (count_only)
		return NULL;
	head = bpf_map_lookup_elem(&scratch, &first);
	if (!head)
		return NULL;
	id = bpf_get_current_pid_tgid();
	head->time = bpf_ktime_get_ns();
	head->pid = id >> 32;
	head->tid = id;
	bpf_get_current_comm(head->comm, sizeof(head->comm));
	return head;
}

/* Sends so many bytes of an event. The reader looks by itself every 100 ms, and is woken only when
 * the ring buffer has become half full: a wake-up for each event would cost more than all the rest.
 */
static __always_inline void send(void *event, __u64 size)
{
	__u64 waiting = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA), flags = BPF_RB_NO_WAKEUP;

	if (waiting >= wakes_at && waiting < wakes_at + wakes_at / 4)
		flags = BPF_RB_FORCE_WAKEUP;
	if (bpf_ringbuf_output(&ring, event, size, flags))
		__sync_fetch_and_add(&lost, 1);
}

#endif
