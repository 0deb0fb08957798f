/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: fills in an event. Lesson 02 has explained how memory is read. */
#ifndef COLLECT_BPF_H
#define COLLECT_BPF_H

#include "event.h"

enum {
	MOST_FAILED_ARGS = 64, /* of a failed exec so many arguments are shown */
	RESTARTED = -513, /* -ERESTARTNOINTR: a signal came first, and the call is made again */
};

/* Room to string together a failed exec's arguments: one more may begin at the last byte. */
struct strings {
	char text[2 * ARGS_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct strings);
} strings SEC(".maps");

/* The number of the system call that these registers belong to: which of them has it differs. */
static __always_inline long system_call(struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	enum { USER_64_BIT = 0x33 }; /* a 32-bit program has other numbers */

	return regs->cs == USER_64_BIT ? (long)regs->orig_ax : -1;
#elif defined(__TARGET_ARCH_arm64)
	enum { MODE_32_BIT = 0x10 };

	return regs->pstate & MODE_32_BIT ? -1 : regs->syscallno;
#elif defined(__TARGET_ARCH_riscv)
	return regs->a7;
#else
#error "Which register has the system call's number on this architecture?"
#endif
}

#if defined(__TARGET_ARCH_x86)
enum { EXECVE = 59, EXECVEAT = 322 };
#else
enum { EXECVE = 221, EXECVEAT = 281 };
#endif

static __always_inline bool is_failed_exec(struct pt_regs *regs, long result)
{
	long call;

	if (result >= 0 || result == RESTARTED)
		return false;
	call = system_call(regs);
	return call == EXECVE || call == EXECVEAT;
}

/* Strings together what the pointers at argv point to. Returns the number of bytes in use. */
static __always_inline __u32 collect_argv(struct event *e, const char *const *argv)
{
	__u32 zero = 0, used = 0;
	struct strings *s = bpf_map_lookup_elem(&strings, &zero);
	const char *arg;
	long n;

	if (!s)
		return 0;
	for (int i = 0;; i++) {
		if (bpf_probe_read_user(&arg, sizeof(arg), &argv[i]) || !arg)
			break;
		if (i == MOST_FAILED_ARGS || used >= ARGS_SIZE) {
			e->args_cut = 1;
			break;
		}
		n = bpf_probe_read_user_str(&s->text[used & (ARGS_SIZE - 1)], ARGS_SIZE, arg);
		if (n < 0)
			break;
		used += n | !n; /* before Linux 6.16 the NUL of an empty string does not count */
	}
	if (used > ARGS_SIZE) {
		e->args_cut = 1;
		used = ARGS_SIZE;
	}
	bpf_probe_read_kernel(e->args, used, s->text);
	return used;
}

/* The arguments as the new program has them: the kernel has just written them to its stack, one
 * after the other. */
static __always_inline __u32 collect_stack(struct event *e, struct task_struct *task)
{
	unsigned long start = BPF_CORE_READ(task, mm, arg_start);
	unsigned long size = BPF_CORE_READ(task, mm, arg_end) - start;

	if (size > ARGS_SIZE) {
		e->args_cut = 1;
		size = ARGS_SIZE;
	}
	if (bpf_probe_read_user(e->args, size, (const void *)start))
		return 0;
	return size;
}

/* The file and the arguments of an exec that has failed, from the caller's registers. */
static __always_inline __u32 collect_failed(struct event *e, struct pt_regs *regs)
{
	/* execveat has the folder's descriptor as its first argument. */
	bool at = system_call(regs) == EXECVEAT;
	const char *filename =
		(void *)(at ? PT_REGS_PARM2_CORE_SYSCALL(regs) : PT_REGS_PARM1_CORE_SYSCALL(regs));
	const char *const *argv =
		(void *)(at ? PT_REGS_PARM3_CORE_SYSCALL(regs) : PT_REGS_PARM2_CORE_SYSCALL(regs));

	bpf_probe_read_user_str(e->filename, sizeof(e->filename), filename);
	return collect_argv(e, argv);
}

/*
 * Fills in an event, all but e->result: for an exec that has succeeded with bprm, the kernel's
 * notes about it; for one that has failed with NULL and the caller's registers. Returns how many
 * bytes of the event are in use.
 */
static __always_inline __u32 collect(struct event *e, struct linux_binprm *bprm,
				     struct pt_regs *regs)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u32 size = 0;

	e->time = bpf_ktime_get_ns();
	e->pid = bpf_get_current_pid_tgid() >> 32;
	e->ppid = BPF_CORE_READ(task, real_parent, tgid);
	e->uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	/* Each caller has one of the two as a constant NULL. The verifier must not see what would
	 * be done with that, so there is no else: the compiler drops what it knows to be NULL. */
	if (bprm) {
		bpf_probe_read_kernel_str(e->filename, sizeof(e->filename), bprm->filename);
		size = collect_stack(e, task);
	}
	if (regs)
		size = collect_failed(e, regs);
	e->args_size = size;
	return HEAD_SIZE + size;
}

#endif
