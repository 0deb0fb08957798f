// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel side: joins the beginning and the end of each system call. */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "collect.bpf.h"
#include "maps.bpf.h"
#include "sums.bpf.h"
#include "trace.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

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
	 * When it ends, on_return() has to know when it began and what it was called with. A thread
	 * is in one call at a time, so there is one entry for each thread in the map threads.
	 *
	 * - If ignored[slot], return 0: this call is not to be shown.
	 * - Look up tid in threads, and put the result into t.
	 * - If t is NULL, this is the thread's first call. If is_wanted(pid) is false, return 0. If
	 *   it is true, set t to new_thread(pid, tid). If that is NULL, there is no room: return 0.
	 * - A name may change at any time. So if only_name[0] is not 0, ask is_wanted(pid) at each
	 *   call, whether there is an entry or not.
	 * - Put slot into t->slot, number into t->number, and bpf_ktime_get_ns() into t->start. The
	 *   arguments are read below.
	 */
#ifdef SOLVED_1
	if (ignored[slot])
		return 0;
	t = bpf_map_lookup_elem(&threads, &tid);
	if ((!t || only_name[0]) && !is_wanted(pid))
		return 0;
	if (!t)
		t = new_thread(pid, tid);
	if (!t)
		return 0;
	t->slot = slot;
	t->number = number;
	t->start = bpf_ktime_get_ns();
#else
	(void)pid;
#endif
	/* end of TODO 1 */
	if (!t || summary_only)
		return 0;
	read_args(regs, slot, t->args);
	if (is_exec(slot))
		remember_exec(tid, t->args, slot, false);
	return 0;
}

/* Sends a call that has ended to the user side. returned: it did, with this result. */
static __always_inline void send(const struct thread *t, bool returned, __s64 result,
				 __u64 duration)
{
	__u32 own = returned, size;
	struct scratch *s = bpf_map_lookup_elem(&scratches, &own);
	__u64 *missing = bpf_map_lookup_elem(&lost, &own);

	if (!s || !missing)
		return;
	fill_in(&s->head, t, returned, result, duration);
	/*
	 * TODO 4: send the record.
	 *
	 * s->head is filled in. Still missing is what the arguments point to: paths and the like.
	 *
	 * - If the call has returned, collect(s, t, result) reads that into s->data, right behind
	 *   the head, and returns how many bytes it has read. Take 0 if it has not returned.
	 * - size is that number plus sizeof(s->head).
	 * - Be sure that size bytes are there: return if size is larger than
	 *   sizeof(s->head) + DATA_SIZE.
	 * - bpf_ringbuf_output(&records, s, size, wakeup()) copies them into the ring buffer, and
	 *   wakes the reader only if a lot waits for it. If it returns anything but 0, there was no
	 *   room: add 1 to *missing. Nobody else writes to it meanwhile, so a plain += will do.
	 */
#ifdef SOLVED_4
	size = sizeof(s->head) + (returned ? collect(s, t, result) : 0);
	if (size > sizeof(s->head) + DATA_SIZE)
		return;
	if (bpf_ringbuf_output(&records, s, size, wakeup()))
		*missing += 1;
#else
	(void)size;
#endif
	/* end of TODO 4 */
}

/* A call has ended: counts it, and sends it. */
static __always_inline void finish(struct thread *t, bool returned, __s64 result, __u64 duration)
{
	count(t, returned, result, duration);
	if (!summary_only)
		send(t, returned, result, duration);
	t->start = 0;
}

/* A system call ends. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_return, struct pt_regs *regs, long result)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct thread *t;

	/*
	 * TODO 2: join the end to the beginning.
	 *
	 * - Look up tid in threads, and put the result into t.
	 * - Return 0 if t is NULL, or if t->start is 0: then nobody has seen this call begin. It is
	 *   not wanted, or it began before you were there.
	 * - finish(t, true, result, duration) counts the call, sends it, and puts t->start back
	 *   to 0. The duration is bpf_ktime_get_ns() minus t->start.
	 */
#ifdef SOLVED_2
	t = bpf_map_lookup_elem(&threads, &tid);
	if (!t || !t->start)
		return 0;
	finish(t, true, result, bpf_ktime_get_ns() - t->start);
#else
	(void)tid;
	(void)t;
#endif
	/* end of TODO 2 */
	return 0;
}

/* A process starts another one, or a thread. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	__u32 pid = parent->tgid, child_pid = child->tgid;
	__u8 yes = 1;

	/*
	 * TODO 5: follow the children.
	 *
	 * The child has not run yet. If it is added here, not one of its calls is missed.
	 *
	 * - Look up pid in targets. Return 0 if it is not there: then the parent is not traced, or
	 *   all processes are.
	 * - bpf_map_update_elem(&targets, &child_pid, &yes, BPF_ANY) adds the child. (For a new
	 *   thread child_pid is pid, and that changes nothing.) If it does not return 0, the map is
	 *   full: add 1 to not_followed with __sync_fetch_and_add(), because other CPUs write to
	 *   it, too.
	 */
#ifdef SOLVED_5
	if (!bpf_map_lookup_elem(&targets, &pid))
		return 0;
	if (bpf_map_update_elem(&targets, &child_pid, &yes, BPF_ANY))
		__sync_fetch_and_add(&not_followed, 1);
#else
	(void)pid;
	(void)child_pid;
	(void)yes;
#endif
	/* end of TODO 5 */
	return 0;
}

/* An exec has succeeded, and will return soon. If a thread that is not the first one has done it,
 * that now has the first one's ID: its entries go with it. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, pid_t old_tid, struct linux_binprm *bprm)
{
	__u32 tid = task->pid, old = old_tid;
	struct thread *t = bpf_map_lookup_elem(&threads, &old), moved;
	struct exec *e = bpf_map_lookup_elem(&execs, &old);

	if (e)
		complete_exec(e, task, bprm);
	if (!t || tid == old)
		return 0;
	moved = *t;
	moved.tid = tid;
	bpf_map_update_elem(&threads, &tid, &moved, BPF_ANY);
	bpf_map_delete_elem(&threads, &old);
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
		/* It is in a call that never returns, such as exit. */
		if (t->start)
			finish(t, false, 0, 0);
		add_to_process(t);
		bpf_map_delete_elem(&threads, &tid);
	}
	if (by_target && !BPF_CORE_READ(task, signal, live.counter))
		bpf_map_delete_elem(&targets, &pid);
	return 0;
}
