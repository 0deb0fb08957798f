// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel side: joins the beginning and the end of each system call. */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "collect.bpf.h"
#include "maps.bpf.h"
#include "trace.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

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

/* A system call begins. */
SEC("tp_btf/sys_enter")
int BPF_PROG(on_enter, struct pt_regs *regs, long number)
{
	__u64 id = bpf_get_current_pid_tgid();
	__u32 pid = id >> 32, tid = (__u32)id;
	__u32 slot = slot_of(regs, number);
	struct thread *t = NULL;

	/*
	 * TODO 1: remember the call.
	 *
	 */
#ifdef SOLVED_1
	t = bpf_map_lookup_elem(&threads, &tid);
	if (!t || only_name[0]) {
		if (!is_wanted(pid))
			return 0;
		if (!t)
			t = new_thread(pid, tid);
	}
	if (!t || !chosen[slot])
		return 0;
	t->slot = slot;
	t->number = number;
	t->start = bpf_ktime_get_ns();
#endif
	/* end of TODO 1 */
	if (!t || summary_only)
		return 0;
	read_args(regs, slot, t->args);
	if (is_exec(slot))
		remember_exec(tid, t->args, slot);
	return 0;
}

/* Counts a call that has ended. */
static __always_inline void count(struct thread *t, __s64 result, __u64 duration)
{
	struct total *total;

	t->calls++;
	t->time += duration;
	total = bpf_map_lookup_elem(&totals, &t->slot);
	if (!total)
		return;
		/*
		 * TODO 3: sum up.
		 */
#ifdef SOLVED_3
	total->calls++;
	total->time += duration;
	if (duration > total->longest)
		total->longest = duration;
	if (result < 0 && result >= -4095)
		total->errors++;
#endif
	/* end of TODO 3 */
}

/* Sends a call that has ended to the user side. */
static __always_inline void send(const struct thread *t, bool returned, __s64 result,
				 __u64 duration)
{
	__u32 zero = 0, size;
	struct scratch *s = bpf_map_lookup_elem(&scratches, &zero);
	__u64 *missing = bpf_map_lookup_elem(&lost, &zero), wakeup;

	if (!s || !missing)
		return;
	s->head.start = t->start;
	s->head.duration = duration;
	s->head.result = result;
	__builtin_memcpy(s->head.args, t->args, sizeof(t->args));
	s->head.slot = t->slot;
	s->head.number = t->number;
	s->head.pid = t->pid;
	s->head.tid = t->tid;
	bpf_get_current_comm(s->head.comm, COMM_SIZE);
	__builtin_memset(s->head.sizes, 0, sizeof(s->head.sizes));
	s->head.returned = returned;
	size = sizeof(s->head);
	if (returned)
		size += collect(s, t, result);
	if (size > sizeof(s->head) + DATA_SIZE)
		return;
	wakeup = bpf_ringbuf_query(&records, BPF_RB_AVAIL_DATA) < wake_at ? BPF_RB_NO_WAKEUP
									  : BPF_RB_FORCE_WAKEUP;
	if (bpf_ringbuf_output(&records, s, size, wakeup))
		*missing += 1;
}

/* A system call ends. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_exit, struct pt_regs *regs, long result)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct thread *t;
	__u64 duration;

	t = bpf_map_lookup_elem(&threads, &tid);
	if (!t || !t->start)
		return 0;
	duration = bpf_ktime_get_ns() - t->start;
	count(t, result, duration);
	if (!summary_only)
		send(t, true, result, duration);
	t->start = 0;
	return 0;
}

/* A process starts another one, or a thread. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	__u32 pid = parent->tgid, child_pid = child->tgid;
	__u8 yes = 1;

	if (!by_target || pid == child_pid)
		return 0;
	if (bpf_map_lookup_elem(&targets, &pid) &&
	    bpf_map_update_elem(&targets, &child_pid, &yes, BPF_ANY))
		__sync_fetch_and_add(&not_followed, 1);
	return 0;
}

/* An exec by a thread that is not the first one: it gets the first one's ID. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, pid_t old_tid)
{
	__u32 tid = task->pid, old = old_tid;
	struct thread *t, moved;
	struct exec *e;

	if (tid == old)
		return 0;
	t = bpf_map_lookup_elem(&threads, &old);
	if (!t)
		return 0;
	moved = *t;
	moved.tid = tid;
	bpf_map_update_elem(&threads, &tid, &moved, BPF_ANY);
	bpf_map_delete_elem(&threads, &old);
	e = bpf_map_lookup_elem(&execs, &old);
	if (e) {
		bpf_map_update_elem(&execs, &tid, e, BPF_ANY);
		bpf_map_delete_elem(&execs, &old);
	}
	return 0;
}

/* A thread ends. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_end, struct task_struct *task)
{
	__u32 pid = task->tgid, tid = task->pid;
	struct thread *t = bpf_map_lookup_elem(&threads, &tid);

	if (t) {
		/* In a call that never returns, such as exit. */
		if (t->start) {
			count(t, 0, 0);
			if (!summary_only)
				send(t, false, 0, 0);
		}
		add_to_process(t);
		bpf_map_delete_elem(&threads, &tid);
	}
	if (by_target && !BPF_CORE_READ(task, signal, live.counter))
		bpf_map_delete_elem(&targets, &pid);
	return 0;
}
