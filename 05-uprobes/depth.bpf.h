/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Given: how deep each thread is in calls of the function inside others.
 *
 * Counting up at a call and down at a return is not enough. longjmp() and C++'s exceptions leave
 * functions without a return. But a function has its return address on the stack, which grows
 * downwards: while it runs, whatever it calls lies below. So each call is kept with the stack
 * pointer that it has to return with. A call that is not above a new one is over.
 */
#ifndef DEPTH_BPF_H
#define DEPTH_BPF_H

#include "uprobe.h"

/* The calls that a thread is in, from the outermost on. */
struct stack {
	__u64 depth; /* how many there are */
	__u64 sp[MOST_DEPTH];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MOST_THREADS);
	__type(key, __u64);
	__type(value, struct stack);
} stacks SEC(".maps");

/*
 * What is kept of them. A thread's call takes the place of its last one of the same depth, until
 * the thread ends: to insert and delete an entry for each would take as long as all the rest.
 *
 * A call is put together right here. Not on the BPF program's stack: since Linux 6.13 one of 64
 * bytes or more is the CPU's, and another thread may get the CPU while a uprobe's program runs.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MOST_CALLS);
	__type(key, struct call_key);
	__type(value, struct call);
} calls SEC(".maps");

static const struct stack empty_stack;
static const struct call empty_call;

/* The stack pointer that the function will return with, at its first instruction. */
static __always_inline __u64 sp_at_return(struct pt_regs *ctx)
{
#if defined(__TARGET_ARCH_x86)
	return PT_REGS_SP(ctx) + 8; /* the call has pushed the return address */
#else
	return PT_REGS_SP(ctx);
#endif
}

/* Where a call is kept. NULL where there is no room for it. */
static __always_inline struct call *place_of(const struct call_key *key)
{
	struct call *call = bpf_map_lookup_elem(&calls, key);

	if (call)
		return call;
	bpf_map_update_elem(&calls, key, &empty_call, BPF_NOEXIST);
	return bpf_map_lookup_elem(&calls, key);
}

static __always_inline struct stack *stack_of(__u64 thread)
{
	struct stack *stack = bpf_map_lookup_elem(&stacks, &thread);

	if (stack)
		return stack;
	bpf_map_update_elem(&stacks, &thread, &empty_stack, BPF_NOEXIST);
	return bpf_map_lookup_elem(&stacks, &thread);
}

/* Called at a call. Returns its depth; MOST_DEPTH if its return will not be seen. */
static __always_inline __u64 enter(__u64 thread, struct pt_regs *ctx)
{
	struct stack *stack = stack_of(thread);
	__u64 sp = sp_at_return(ctx), depth;

	if (!stack)
		return MOST_DEPTH;
	depth = stack->depth;
#pragma clang loop unroll(disable)
	for (int i = 0; i < MOST_DEPTH && depth; i++) {
		if (stack->sp[(depth - 1) % MOST_DEPTH] > sp)
			break;
		depth--;
	}
	if (depth < MOST_DEPTH) {
		stack->sp[depth] = sp;
		stack->depth = depth + 1;
	}
	return depth;
}

/* Called at a return. Puts the depth of the call that returns into key, which has the thread; where
 * that call has not been seen, a depth at which no call is kept. */
static __always_inline void leave(struct call_key *key, struct pt_regs *ctx)
{
	struct stack *stack = bpf_map_lookup_elem(&stacks, &key->thread);
	__u64 sp = PT_REGS_SP(ctx), found;

	key->depth = MOST_DEPTH;
	if (!stack)
		return;
#pragma clang loop unroll(disable)
	for (int i = 0; i < MOST_DEPTH && stack->depth; i++) {
		found = stack->sp[(stack->depth - 1) % MOST_DEPTH];
		if (found > sp)
			break;
		stack->depth--;
		if (found == sp) {
			key->depth = stack->depth;
			break;
		}
	}
}

/* Forgets a thread that will not return from its calls any more. */
static __always_inline int forget(__u64 thread)
{
	struct call_key key = { .thread = thread };
	/* With --entry there are no stacks, and each call has the depth 0. */
	__u64 depths = bpf_map_delete_elem(&stacks, &thread) ? 1 : MOST_DEPTH;

#pragma clang loop unroll(disable)
	for (int i = 0; i < MOST_DEPTH && (__u64)i < depths; i++) {
		key.depth = i;
		bpf_map_delete_elem(&calls, &key);
	}
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit)
{
	return forget(bpf_get_current_pid_tgid());
}

/* A thread that becomes another program; it takes the ID of its process's first thread. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, pid_t old_pid)
{
	__u64 thread = bpf_get_current_pid_tgid();

	forget(thread >> 32 << 32 | (__u32)old_pid);
	return forget(thread);
}

#endif
