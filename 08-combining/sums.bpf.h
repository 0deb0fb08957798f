/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: who is traced, and the sums. Lesson 03 has explained how to count. */
#ifndef SUMS_BPF_H
#define SUMS_BPF_H

#include "collect.bpf.h"
#include "maps.bpf.h"

/* Is this process one of those to trace? Never ourselves. */
static __always_inline bool is_wanted(__u32 pid)
{
	if (pid == own_pid)
		return false;
	if (by_target)
		return bpf_map_lookup_elem(&targets, &pid);
	return !only_name[0] || has_name();
}

/* Makes the entry of a thread that is traced from now on. */
static __always_inline struct thread *new_thread(__u32 pid, __u32 tid)
{
	struct thread none = { .pid = pid, .tid = tid };

	if (bpf_map_update_elem(&threads, &tid, &none, BPF_ANY))
		__sync_fetch_and_add(&not_followed, 1);
	return bpf_map_lookup_elem(&threads, &tid);
}

/* Counts a call that has ended. */
static __always_inline void count(struct thread *t, bool returned, __s64 result, __u64 duration)
{
	__u32 own = returned * CALLS + t->slot;
	struct total *total = bpf_map_lookup_elem(&totals, &own);

	t->calls++;
	t->time += duration;
	if (!total)
		return;
	total->calls++;
	total->time += duration;
	if (duration > total->longest)
		total->longest = duration;
	/* Addresses may look negative: only the last page's are errors. */
	if (result < 0 && result >= -4095)
		total->errors++;
}

/* Waking the reader costs more than all the rest, and the reader looks by itself ten times a
 * second. So it is woken only if a lot waits for it. */
static __always_inline __u64 wakeup(void)
{
	return bpf_ringbuf_query(&records, BPF_RB_AVAIL_DATA) < wake_at ? BPF_RB_NO_WAKEUP
									: BPF_RB_FORCE_WAKEUP;
}

/* A thread that ends adds what it has done to its process. */
static __always_inline void add_to_process(const struct thread *t)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct process none = {}, *p;
	__u32 pid = t->pid, others = 0;

	p = bpf_map_lookup_elem(&processes, &pid);
	if (!p) {
		bpf_map_update_elem(&processes, &pid, &none, BPF_NOEXIST);
		p = bpf_map_lookup_elem(&processes, &pid);
	}
	if (p) /* its name is its first thread's: others may have their own */
		BPF_CORE_READ_STR_INTO(&p->comm, task, group_leader, comm);
	else
		p = bpf_map_lookup_elem(&processes, &others);
	if (!p)
		return;
	__sync_fetch_and_add(&p->calls, t->calls);
	__sync_fetch_and_add(&p->time, t->time);
}

#endif
