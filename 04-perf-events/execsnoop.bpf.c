// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel side: runs at each exec, and sends an event to the user side. */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "collect.bpf.h"
#include "event.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile bool use_ring; /* --ringbuf */
const volatile __u64 ring_wakes_at;

/* A perf buffer: one buffer for each CPU. This map only holds the way to them, and the user side
 * opens them. libbpf makes room for all CPUs. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(int));
	__uint(value_size, sizeof(int));
} events SEC(".maps");

/* A ring buffer: one for all CPUs. The user side sets its size. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

/* An event is too large for the stack, which has 512 bytes. It is put together here, in memory of
 * this CPU's own. Each program has its own entry: on newer kernels one may interrupt the other. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct event);
} scratch SEC(".maps");

__u64 lost; /* events that did not get through; execsnoop.c reads it at the end */

/* e points to the scratch memory. Either bprm or regs is NULL: see collect(). (__always_inline: the
 * compiler copies the function into each caller, so the verifier sees one program.) */
static __always_inline void send_by_perf_buffer(void *ctx, struct event *e,
						struct linux_binprm *bprm, struct pt_regs *regs,
						long result)
{
	/*
	 * TODO 1: send the event.
	 *
	 * - *e still holds what this CPU sent last. Zero its first HEAD_SIZE bytes with
	 *   __builtin_memset(e, 0, HEAD_SIZE).
	 * - __u32 size = collect(e, bprm, regs) fills in the event, and says how many of its bytes
	 *   are in use. It leaves e->result alone: put result into that.
	 * - The verifier wants to be sure that size fits into *e, and may have lost sight of it on
	 *   the way. "if (size > sizeof(*e)) return;" tells it again.
	 * - bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, e, size) copies size bytes
	 *   into a buffer. The flag says which: the one of the CPU that this runs on. No other can
	 *   be written to from here.
	 * - If that returns anything but 0, the event did not get through. Count it with
	 *   __sync_fetch_and_add(&lost, 1): other CPUs count in the same place.
	 */
	/* end of TODO 1 */
}

static __always_inline void send_by_ring_buffer(struct linux_binprm *bprm, struct pt_regs *regs,
						long result, __u64 wakeup)
{
	/*
	 * TODO 6: the same through the ring buffer.
	 *
	 * No scratch memory and no copy: the event is put together in the ring buffer itself.
	 *
	 * - struct event *e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0) sets a place aside for it.
	 *   The size has to be a constant, so it is the whole event's, however short the arguments.
	 * - It is NULL if the buffer is full. Then count the event as lost, as in TODO 1, and
	 *   return. Without this test the verifier refuses the program.
	 * - The place holds whatever was there before. Zero its first HEAD_SIZE bytes, call
	 *   collect() and set e->result, as in TODO 1.
	 * - bpf_ringbuf_submit(e, wakeup) hands it over; wakeup says whether to wake the reader.
	 *   Every way out after the reserve needs that, or the verifier refuses the program.
	 */
	/* end of TODO 6 */
}

static __always_inline int send(void *ctx, struct linux_binprm *bprm, struct pt_regs *regs,
				long result)
{
	__u64 waiting, wakeup = BPF_RB_NO_WAKEUP;
	struct event *e;
	__u32 which = bprm != NULL;

	if (!use_ring) {
		e = bpf_map_lookup_elem(&scratch, &which);
		if (e)
			send_by_perf_buffer(ctx, e, bprm, regs, result);
		return 0;
	}
	/* The reader looks by itself every 100 ms. Wake it sooner only if it has a lot to do. */
	waiting = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	if (waiting >= ring_wakes_at)
		wakeup = BPF_RB_FORCE_WAKEUP;
	send_by_ring_buffer(bprm, regs, result, wakeup);
	return 0;
}

/*
 * Two tracepoints; lesson 06 is about those. tp_btf is a raw tracepoint whose arguments have types
 * that the verifier knows, from BTF. So it lets a program follow such a pointer: collect() reads
 * bprm->filename directly.
 *
 * At this one the new program is in place, and has not begun yet: its arguments are on its stack.
 */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	return send(ctx, bprm, NULL, 0);
}

/* At this one any system call returns. If it is an exec, it has failed, and the caller's registers
 * still have what it was called with. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_return, struct pt_regs *regs, long result)
{
	return is_failed_exec(regs, result) ? send(ctx, NULL, regs, result) : 0;
}
