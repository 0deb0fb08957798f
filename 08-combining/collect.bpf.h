/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: reads registers and memory. Lesson 02 has explained how. */
#ifndef COLLECT_BPF_H
#define COLLECT_BPF_H

#include "maps.bpf.h"

#if defined(__TARGET_ARCH_x86)
/*
 * A 64-bit program, too, can make a 32-bit call: int $0x80. The kernel notes it with the thread. To
 * read that costs more than all else at a call's beginning, so the usual case is found by what the
 * CPU does: the instruction syscall copies the program counter and the flags to cx and r11.
 */
static __always_inline bool is_narrow(struct pt_regs *regs)
{
	struct task_struct *task;
	enum { TS_COMPAT = 2 };

	if (regs->cx == regs->ip && regs->r11 == regs->flags)
		return false;
	task = (struct task_struct *)bpf_get_current_task();
	return BPF_CORE_READ(task, thread_info.status) & TS_COMPAT;
}
#endif

/* Which call it is. A 32-bit program on a 64-bit kernel has numbers of its own. */
static __always_inline __u32 slot_of(struct pt_regs *regs, long number)
{
#if defined(__TARGET_ARCH_x86)
	bool narrow = is_narrow(regs);
#elif defined(__TARGET_ARCH_arm64)
	enum { MODE_32_BIT = 0x10 };
	bool narrow = regs->pstate & MODE_32_BIT;
#else
	bool narrow = false;
#endif

	if (number < 0 || number >= CALLS_32 - 1)
		return CALL_OTHER;
	return narrow ? CALLS_32 + number : number;
}

static __always_inline void read_args(struct pt_regs *regs, __u32 slot, __u64 args[ARGS])
{
#if defined(__TARGET_ARCH_x86)
	if (slot >= CALLS_32 && is_narrow(regs)) {
		args[0] = (__u32)regs->bx;
		args[1] = (__u32)regs->cx;
		args[2] = (__u32)regs->dx;
		args[3] = (__u32)regs->si;
		args[4] = (__u32)regs->di;
		args[5] = (__u32)regs->bp;
		return;
	}
	args[0] = regs->di;
	args[1] = regs->si;
	args[2] = regs->dx;
	args[3] = regs->r10;
	args[4] = regs->r8;
	args[5] = regs->r9;
#else
	args[0] = PT_REGS_PARM1_CORE_SYSCALL(regs);
	args[1] = PT_REGS_PARM2_CORE_SYSCALL(regs);
	args[2] = PT_REGS_PARM3_CORE_SYSCALL(regs);
	args[3] = PT_REGS_PARM4_CORE_SYSCALL(regs);
	args[4] = PT_REGS_PARM5_CORE_SYSCALL(regs);
#if defined(__TARGET_ARCH_arm64)
	args[5] = regs->regs[5];
#endif
#endif
}

/* Is the process's name the wanted one? Its first thread has it; others may have their own. */
static __always_inline bool has_name(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	char comm[COMM_SIZE];

	if (BPF_CORE_READ_STR_INTO(&comm, task, group_leader, comm) < 0)
		return false;
	for (int i = 0; i < COMM_SIZE; i++) {
		if (comm[i] != only_name[i])
			return false;
		if (!comm[i])
			break;
	}
	return true;
}

static __always_inline bool is_exec(__u32 slot)
{
	return slot == exec_slots[0] || slot == exec_slots[1];
}

/* Reads a string to a place with room for PIECE_SIZE bytes. Returns its size with the NUL, or a
 * negative error number. On older kernels, as 6.1, the helper returns 0 for an empty string. */
static __always_inline long read_string(char *to, const char *from)
{
	long n = bpf_probe_read_user_str(to, PIECE_SIZE, from);

	return n ? n : 1;
}

/*
 * Remembers the path and the arguments of an exec that begins: when it ends, the old memory is
 * gone. What is not in memory, as the strings of a process that has just been forked, cannot be
 * read: a size of 0 says so.
 */
static __always_inline void remember_exec(__u32 tid, const __u64 *args, __u32 slot, bool returned)
{
	bool at = slot == exec_slots[1]; /* execveat has a folder's descriptor first */
	const char *path = (const char *)(at ? args[1] : args[0]), *arg;
	const char *const *argv = (const char *const *)(at ? args[2] : args[1]);
	__u32 own = returned, used = 0;
	struct exec *e = bpf_map_lookup_elem(&exec_scratch, &own);
	long n = 0;

	if (!e)
		return;
	n = read_string(e->path, path);
	e->path_size = n > 0 ? n : 0;
	for (int i = 0; i <= SHOWN_ARGS && used < PIECE_SIZE; i++) {
		n = bpf_probe_read_user(&arg, sizeof(arg), &argv[i]);
		if (n || !arg)
			break;
		n = read_string(&e->argv[used & (PIECE_SIZE - 1)], arg);
		if (n < 0)
			break;
		used += n;
	}
	e->argv_size = n < 0 ? 0 : used < PIECE_SIZE ? used : PIECE_SIZE;
	bpf_map_update_elem(&execs, &tid, e, BPF_ANY);
}

/* The exec has succeeded: what could not be read when it began, the kernel has by now. */
static __always_inline void complete_exec(struct exec *e, struct task_struct *task,
					  struct linux_binprm *bprm)
{
	unsigned long start = BPF_CORE_READ(task, mm, arg_start);
	unsigned long size = BPF_CORE_READ(task, mm, arg_end) - start;
	long n;

	if (!e->path_size) {
		n = bpf_probe_read_kernel_str(e->path, PIECE_SIZE, BPF_CORE_READ(bprm, filename));
		e->path_size = n > 0 ? n : 0;
	}
	/* A script's interpreter has got others than those that the exec was called with. */
	if (!e->argv_size && BPF_CORE_READ(bprm, interp) == BPF_CORE_READ(bprm, filename)) {
		if (size > PIECE_SIZE)
			size = PIECE_SIZE;
		if (!bpf_probe_read_user(e->argv, size, (const void *)start))
			e->argv_size = size;
	}
}

/* Puts what is known about an exec into the record. Returns the number of bytes. */
static __always_inline __u32 recall_exec(struct scratch *s, const struct thread *t, __s64 result)
{
	__u32 tid = t->tid, path_size, argv_size;
	struct exec *e;

	/* Where it has failed the memory is still there, and the kernel has just looked at it. */
	if (result < 0)
		remember_exec(tid, t->args, t->slot, true);
	e = bpf_map_lookup_elem(&execs, &tid);
	if (!e)
		return 0;
	path_size = e->path_size;
	argv_size = e->argv_size;
	if (path_size > PIECE_SIZE || argv_size > PIECE_SIZE)
		return 0;
	bpf_probe_read_kernel(s->data, path_size, e->path);
	bpf_probe_read_kernel(&s->data[path_size], argv_size, e->argv);
	s->head.sizes[0] = path_size;
	s->head.sizes[1] = argv_size;
	bpf_map_delete_elem(&execs, &tid);
	return path_size + argv_size;
}

/* Reads one piece to data[used]. Returns its size. */
static __always_inline __u32 read_piece(struct scratch *s, __u32 used,
					const volatile struct piece *p, const struct thread *t,
					__s64 result)
{
	__u32 arg = p->arg, count_arg = p->count_arg, pointed = 0;
	const void *address;
	__u64 size = p->size;
	char *to;
	long n;

	if (arg >= ARGS || count_arg >= ARGS || (p->if_succeeded && result < 0))
		return 0;
	address = (const void *)t->args[arg];
	if (used > DATA_SIZE)
		return 0;
	to = &s->data[used];
	if (p->kind == PIECE_STRING) {
		n = read_string(to, address);
		return n > 0 ? n : 0;
	}
	if (p->kind == PIECE_COUNTED) {
		size *= t->args[count_arg];
	} else if (p->kind == PIECE_RESULT) {
		size *= result;
	} else if (p->kind == PIECE_POINTED) {
		bpf_probe_read_user(&pointed, sizeof(pointed), (const void *)t->args[count_arg]);
		size = pointed;
	}
	if (size > p->most)
		size = p->most;
	if (size > PIECE_SIZE)
		size = PIECE_SIZE;
	return bpf_probe_read_user(to, size, address) ? 0 : size;
}

/*
 * Reads what the call's pointers point to, and puts it right behind the record's head. Returns the
 * number of bytes. A path is in memory by now, because the kernel has just read it. When the call
 * began it might not have been, and a BPF program cannot wait for the disk.
 */
static __always_inline __u32 collect(struct scratch *s, const struct thread *t, __s64 result)
{
	const volatile struct plan *plan;
	__u32 slot = t->slot, used = 0, size;

	if (slot >= CALLS)
		return 0;
	if (is_exec(slot))
		return recall_exec(s, t, result);
	plan = &plans[slot];
	for (int i = 0; i < PIECES; i++) {
		if (plan->pieces[i].kind == PIECE_NONE)
			break;
		size = read_piece(s, used, &plan->pieces[i], t, result);
		s->head.sizes[i] = size;
		used += size;
	}
	return used;
}

/* The head of a record: all but the data. */
static __always_inline void fill_in(struct record *r, const struct thread *t, bool returned,
				    __s64 result, __u64 duration)
{
	r->start = t->start;
	r->duration = duration;
	r->result = result;
	__builtin_memcpy(r->args, t->args, sizeof(t->args));
	r->slot = t->slot;
	r->number = t->number;
	r->pid = t->pid;
	r->tid = t->tid;
	bpf_get_current_comm(r->comm, COMM_SIZE);
	__builtin_memset(r->sizes, 0, sizeof(r->sizes));
	r->returned = returned;
	r->reserved = 0;
}

#endif
