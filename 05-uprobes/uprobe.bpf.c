// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel side: runs when a process calls the function, and again when the function returns. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "depth.bpf.h"
#include "log2.bpf.h"
#include "uprobe.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile __u32 own_pid;
const volatile bool quiet;      /* --quiet: only count */
const volatile bool entry_only; /* --entry: do not wait for the return */
const volatile __u32 string;    /* --string: which argument points to a text; 0: none */
const volatile __u64 ring_wakes_at;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1024 * 1024);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SLOTS);
	__type(key, __u32);
	__type(value, __u64);
} histogram SEC(".maps");

/* Each CPU counts for itself. The atomic add is needed nevertheless: since Linux 6.0 another thread
 * may get the CPU while a uprobe's program runs. */
static __always_inline void count(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&counts, &what);

	if (n)
		__sync_fetch_and_add(n, 1);
}

static __always_inline void send(__u64 thread, const struct call *call, __u64 latency, __u64 result)
{
	__u64 waiting;
	struct event *e;

	if (quiet)
		return;
	e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);
	if (!e) {
		count(LOST);
		return;
	}
	e->call = *call;
	e->latency = latency;
	e->result = result;
	e->thread = thread;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	/* The reader looks by itself ten times a second. Wake it only if it has a lot to do. */
	waiting = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	bpf_ringbuf_submit(e, waiting >= ring_wakes_at ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

static __always_inline void read_arguments(struct pt_regs *ctx, struct call *call)
{
	/*
	 * TODO 3: what was the function called with?
	 *
	 * An ordinary program passes arguments as the kernel's functions do, in registers.
	 *
	 * - Put PT_REGS_PARM1(ctx) into call->args[0], and so on up to PT_REGS_PARM4(ctx) into
	 *   call->args[3]. How many of them the function really has, nobody knows here.
	 * - If string is not 0, that argument (1 is the first) points to a text in the process's
	 *   memory. Copy it: bpf_probe_read_user_str(call->text, sizeof(call->text), POINTER).
	 *   POINTER is (const void *)call->args[string - 1].
	 * - Put what that returns into call->text_size: a length, or a negative number if there is
	 *   no such memory, or if it has not come from the disk yet: a BPF program cannot wait for
	 *   that. Then the pointer is shown as a number.
	 */
	/* end of TODO 3 */
}

/* With --entry a call is shown at once. */
static __always_inline void show_entry(__u64 thread, struct pt_regs *ctx)
{
	struct call_key key = { .thread = thread };
	struct call *call;

	if (quiet)
		return;
	call = place_of(&key);
	if (!call) {
		count(LOST);
		return;
	}
	read_arguments(ctx, call);
	send(thread, call, 0, 0);
}

static __always_inline void count_latency(__u64 latency)
{
	/*
	 * TODO 6: count the latency in the histogram.
	 *
	 * Slot 0 is for 0 and 1 ns, slot 1 for 2 and 3, slot 2 for 4 to 7: slot n is for latencies
	 * from 2^n up to 2^(n+1) - 1.
	 *
	 * - __u32 slot = log2_of(latency). log2.bpf.h has that function.
	 * - Look up the slot in the map histogram, and if it is there add 1 to it, with
	 *   __sync_fetch_and_add() as count() above does.
	 *
	 * Why here, and not on the user side? Events may be lost when there are too many. Nothing
	 * is lost here, and with --quiet no event needs to be sent at all.
	 */
	/* end of TODO 6 */
}

/* No function is named here: the user names one when the tool starts. */
SEC("uprobe")
int on_entry(struct pt_regs *ctx)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct call_key key = {};
	struct call *call;

	if (thread >> 32 == own_pid)
		return 0;
	count(CALLS);
	if (entry_only) {
		show_entry(thread, ctx);
		return 0;
	}
	key.depth = enter(thread, ctx);
	if (key.depth == MOST_DEPTH) {
		count(UNTIMED);
		return 0;
	}

	/*
	 * TODO 4: keep the call until it returns.
	 *
	 * Many threads can be in the function at the same time, and one thread more than once, if
	 * the function calls itself. So a call is named by two numbers: its thread, and its depth.
	 * enter() has counted the depth; it is in key.depth already.
	 *
	 * - key.thread is thread, all 64 bits of it. Only the upper half would be the process,
	 *   and then its threads would share one place.
	 * - call = place_of(&key) is the call's place in the map calls. If it is NULL, the map is
	 *   full: count(UNTIMED) and return 0.
	 * - If quiet is not set, read_arguments(ctx, call) puts the arguments there.
	 * - call->start is the time: bpf_ktime_get_ns(). Take it last, so that our own work before
	 *   is not part of the latency.
	 */
	(void)call;
	/* end of TODO 4 */
	return 0;
}

SEC("uretprobe")
int on_return(struct pt_regs *ctx)
{
	__u64 now = bpf_ktime_get_ns(), thread = bpf_get_current_pid_tgid();
	struct call_key key = { .thread = thread };

	if (thread >> 32 == own_pid)
		return 0;
	leave(&key, ctx);

	/*
	 * TODO 5: a call returns.
	 *
	 * key names it, as it did when it was kept.
	 *
	 * - Look it up: struct call *call = bpf_map_lookup_elem(&calls, &key).
	 * - If it is NULL, nobody has seen this call begin: it was under way before the tool was
	 *   attached, or it began in the process that this one was forked from. There is no
	 *   latency to tell, so return 0.
	 * - The latency, a __u64, is now minus call->start.
	 * - The result is PT_REGS_RC(ctx): the register in which a function returns it. The
	 *   arguments are gone: their registers have been used for other things.
	 * - count(RETURNED), count_latency(latency), and send(thread, call, latency, result).
	 *
	 * The call stays in the map: the thread's next one of this depth takes its place.
	 */
	(void)now;
	(void)count_latency;
	/* end of TODO 5 */
	return 0;
}
