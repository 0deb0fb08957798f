// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel side: one program for any tracepoint, and four that know theirs. */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "send.bpf.h"
#include "tracepoint.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* What the kernel's description says about the record. */
const volatile __u32 fixed_size;                     /* up to the end of its last field */
const volatile struct dynamic dynamic[MOST_DYNAMIC]; /* its __data_loc fields */
const volatile __u32 dynamics;                       /* how many of these there are */

const volatile bool only_failed; /* -x */

/* Copies the record of any tracepoint. Returns how many bytes it has. */
static __always_inline __u32 copy_record(char *record, void *ctx)
{
	__u32 size = 0;

	/*
	 * TODO 2: copy the record.
	 *
	 * A record has its fields first. Text of any length does not fit in there: such a field, a
	 * __data_loc, is a number that says where the text is, somewhere behind the last field.
	 * Its lower 16 bits are the offset from the beginning of the record, the upper 16 bits the
	 * size in bytes.
	 *
	 * - Let size be fixed_size, and copy size bytes from ctx to record:
	 *   bpf_probe_read_kernel(TO, SIZE, FROM). These are the fields. Behind them there may be
	 *   text, or what was left there by others: do not read it yet.
	 * - Go through the __data_loc fields: dynamic[0] to dynamic[dynamics - 1]. The number is
	 *   at *(__u32 *)(record + dynamic[i].offset). Its offset counts from dynamic[i].base,
	 *   which is 0 for most. So the text ends at base + offset + its size. If that is more
	 *   than size, let size be that. The verifier wants to see that the loop ends: it may have
	 *   at most MOST_DYNAMIC rounds.
	 * - If size is more than RECORD_SIZE now, let it be RECORD_SIZE: there is no more room.
	 * - Copy once more, with the new size.
	 */
#ifdef SOLVED_2
	size = fixed_size;
	bpf_probe_read_kernel(record, size, ctx);
	for (__u32 i = 0; i < dynamics && i < MOST_DYNAMIC; i++) {
		__u32 where = *(__u32 *)(record + dynamic[i].offset);
		__u32 end = dynamic[i].base + (where & 0xffff) + (where >> 16);

		if (end > size)
			size = end;
	}
	if (size > RECORD_SIZE)
		size = RECORD_SIZE;
	bpf_probe_read_kernel(record, size, ctx);
#endif
	/* end of TODO 2 */
	return size;
}

/*
 * Any tracepoint. ctx points to the record that the kernel has filled in, and which fields that
 * has is known only at run time. So this program has no struct for it: it copies the bytes.
 */
SEC("tp")
int on_any(void *ctx)
{
	struct hit *hit;

	if (!is_wanted())
		return 0;
	hit = new_event();
	if (!hit)
		return 0;
	hit->size = copy_record(hit->record, ctx);
	send(hit, offsetof(struct hit, record) + hit->size);
	return 0;
}

/*
 * A tracepoint that is known: vmlinux.h has a struct for its record, and the verifier checks that
 * the program stays within it.
 */
SEC("tp/sched/sched_process_exec")
int on_exec(struct trace_event_raw_sched_process_exec *ctx)
{
	struct exec *e;

	if (!is_wanted())
		return 0;
	e = new_event();
	if (!e)
		return 0;
	e->filename[0] = '\0';
	/*
	 * TODO 3: read the file's name.
	 *
	 * ctx->__data_loc_filename is such a number as in TODO 2, and no pointer. Its lower 16
	 * bits, & 0xffff, are an offset: the name begins that many bytes after (void *)ctx. It is
	 * in the kernel's memory and ends with a NUL: bpf_probe_read_kernel_str(TO, SIZE, FROM)
	 * copies it into e->filename, of sizeof(e->filename) bytes.
	 */
#ifdef SOLVED_3
	__u32 offset = ctx->__data_loc_filename & 0xffff;

	bpf_probe_read_kernel_str(e->filename, sizeof(e->filename), (void *)ctx + offset);
#endif
	/* end of TODO 3 */
	send(e, sizeof(*e));
	return 0;
}

/* Every thread comes here at its end. Of the record nothing is used: kernels differ in it. */
SEC("tp/sched/sched_process_exit")
int on_exit(void *ctx)
{
	/*
	 * TODO 4: report processes that have ended, and not threads.
	 *
	 * - The record begins with the thread's ID, but a BPF program may not read that: the
	 *   kernel needs these first 8 bytes itself. bpf_get_current_pid_tgid() knows it: the
	 *   process in the upper 32 bits, the thread in the lower.
	 * - A process's first thread has the process's ID. If the two differ, it is another
	 *   thread, and the process goes on without it: return 0. (That is nearly always right.
	 *   But a first thread may end before the others do.)
	 * - If !is_wanted(), return 0.
	 * - struct end *e = new_event() counts the hit. It is NULL with -c: return 0.
	 * - e->status: the member exit_code of the task has it. Lesson 02 has read such a member:
	 *   BPF_CORE_READ(task, exit_code), with the task from bpf_get_current_task().
	 * - send(e, sizeof(*e)).
	 */
#ifdef SOLVED_4
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u64 id = bpf_get_current_pid_tgid();
	struct end *e;

	if (id >> 32 != (__u32)id || !is_wanted())
		return 0;
	e = new_event();
	if (!e)
		return 0;
	e->status = BPF_CORE_READ(task, exit_code);
	send(e, sizeof(*e));
#endif
	/* end of TODO 4 */
	return 0;
}

/* What on_openat() knows and on_openat_return() needs. */
struct call {
	const char *path; /* in the process's memory */
	__s32 dfd;
	__u32 flags;
};

/* The calls that have not returned yet, by the ID of the thread. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, __u32);
	__type(value, struct call);
} calls SEC(".maps");

/* A system call begins. One struct is for all of them: it has the arguments as an array. */
static __always_inline void keep_call(struct trace_event_raw_sys_enter *ctx)
{
	/*
	 * TODO 5: keep the call until it returns.
	 *
	 * openat(dfd, path, flags, mode) has its arguments in ctx->args[0], ctx->args[1] and so
	 * on. Put the first three into a struct call. Each takes 8 bytes in the record and may be
	 * shorter in truth: the members of the struct have the right size. A pointer needs a cast:
	 * (const char *).
	 *
	 * Then put it into the map calls, with bpf_map_update_elem(&calls, KEY, VALUE, BPF_ANY)
	 * as in lesson 02. The key is a __u32 with the thread's ID, the lower half of
	 * bpf_get_current_pid_tgid(): several threads of a process can be in openat() at once.
	 * If that returns anything but 0, the map is full and the call will not be shown:
	 * lose_hit() counts it.
	 */
#ifdef SOLVED_5
	__u32 thread = bpf_get_current_pid_tgid();
	struct call call = {
		.dfd = ctx->args[0],
		.path = (const char *)ctx->args[1],
		.flags = ctx->args[2],
	};

	if (bpf_map_update_elem(&calls, &thread, &call, BPF_ANY))
		lose_hit();
#endif
	/* end of TODO 5 */
}

SEC("tp/syscalls/sys_enter_openat")
int on_openat(struct trace_event_raw_sys_enter *ctx)
{
	if (is_wanted())
		keep_call(ctx);
	return 0;
}

SEC("tp/syscalls/sys_exit_openat")
int on_openat_return(struct trace_event_raw_sys_exit *ctx)
{
	__u32 thread = bpf_get_current_pid_tgid();
	struct call *found = bpf_map_lookup_elem(&calls, &thread), call;
	struct openat *e;
	long result = 0;

	/* It began before we were attached, or is of no interest. */
	if (!found)
		return 0;
	call = *found;
	/*
	 * TODO 6: pair the return with its call.
	 *
	 * - We have a copy of the entry, so delete it: bpf_map_delete_elem(&calls, &thread). Do
	 *   that before anything can return: an entry that stays takes up room until the map is
	 *   full.
	 * - The record of the return has what came out as ctx->ret: put it into result. It has a
	 *   sign: -2 means ENOENT.
	 * - If only_failed is set (-x) and result is not negative, return 0.
	 */
#ifdef SOLVED_6
	bpf_map_delete_elem(&calls, &thread);
	result = ctx->ret;
	if (only_failed && result >= 0)
		return 0;
#endif
	/* end of TODO 6 */
	e = new_event();
	if (!e)
		return 0;
	e->dfd = call.dfd;
	e->flags = call.flags;
	e->result = result;
	/* Only now: the kernel has read the path meanwhile, so it is in memory. */
	e->path_size = bpf_probe_read_user_str(e->path, sizeof(e->path), call.path);
	send(e, sizeof(*e));
	return 0;
}
