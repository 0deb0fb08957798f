// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel side: one program runs when do_sys_openat2() is called, another when it returns. */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "opensnoop.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile __u32 target_pid; /* trace this process only; 0: all of them */

/* What on_open() knows and on_return() needs. The path stays where it is: in the process. */
struct call {
	const char *path;
	__u64 flags;
};

/* The calls that have not returned yet. A thread is in one call at a time: its ID is the key. If
 * the kernel misses a return, the entry stays: a map of this type throws out the oldest when it is
 * full. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 10240);
	__type(key, __u32);
	__type(value, struct call);
} calls SEC(".maps");

/* Where on_return() puts an event together. The stack is too small: it has 512 bytes. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct event);
} scratch SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1024 * 1024);
} events SEC(".maps");

__u64 seen; /* calls that on_open() saw; opensnoop.c compares it with what it printed */

/* A wake-up of the reader for each event would cost more than all the rest. The reader looks
 * into the queue by itself now and then; wake it only when the queue has become a quarter full. */
static __u64 wake_up(void)
{
	__u64 waiting = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA), quarter = 256 * 1024;

	if (waiting >= quarter && waiting < quarter + sizeof(struct event))
		return BPF_RB_FORCE_WAKEUP;
	return BPF_RB_NO_WAKEUP;
}

/* Is the process one that we trace? id is what bpf_get_current_pid_tgid() returns. */
static bool is_wanted(__u64 id)
{
	/*
	 * TODO 6: trace the process that -p names, and no other.
	 *
	 * An event left out here costs almost nothing. One left out in opensnoop.c has already
	 * been sent to the user side. opensnoop.c has put the PID into target_pid, or 0 for "all
	 * of them". If target_pid is not 0 and the process's ID, the upper 32 bits of id, is
	 * another, return false.
	 */
#ifdef SOLVED_6
	if (target_pid && id >> 32 != target_pid)
		return false;
#endif
	/* end of TODO 6 */
	return true;
}

/* Keeps the call until it returns. */
static void keep(__u64 id, const struct call *call)
{
	/*
	 * TODO 1: keep the call in a map.
	 *
	 * Only the return knows the result, but the arguments are gone by then: the registers
	 * hold other things. So put the call into the map calls, where on_return() looks for it.
	 * The key is the thread's ID, the lower 32 bits of id: put them into a __u32 variable.
	 * Not the process's: several threads of it can be in the kernel at once.
	 *
	 * bpf_map_update_elem(MAP, KEY, VALUE, BPF_ANY) copies a value into a map. All three are
	 * pointers: &calls, the address of your variable, and call.
	 */
#ifdef SOLVED_1
	__u32 thread = id;

	bpf_map_update_elem(&calls, &thread, call, BPF_ANY);
#endif
	/* end of TODO 1 */
}

/* BPF_KPROBE() names the arguments of the function. Two of them are pointers. path points into
 * the process's memory: nothing is read there yet, because the text may still be on the disk.
 * how points into the kernel's memory: BPF_CORE_READ(how, flags) reads how->flags. */
SEC("kprobe/do_sys_openat2")
int BPF_KPROBE(on_open, int dfd, const char *path, struct open_how *how)
{
	struct call call = { .path = path, .flags = BPF_CORE_READ(how, flags) };
	__u64 id = bpf_get_current_pid_tgid();

	if (!is_wanted(id))
		return 0;
	__sync_fetch_and_add(&seen, 1);
	keep(id, &call);
	return 0;
}

/* Runs in the thread that called, when the function has done its work. */
SEC("kretprobe/do_sys_openat2")
int on_return(struct pt_regs *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	__u32 thread = id, first = 0;
	struct call *call = bpf_map_lookup_elem(&calls, &thread);
	struct event *e = bpf_map_lookup_elem(&scratch, &first);
	long size = 0;

	/* A look-up may find nothing, and the verifier wants to see that you know. */
	if (!call || !e)
		return 0;
	e->pid = id >> 32;
	e->flags = call->flags;
	e->path_size = -1; /* no path yet */

	/*
	 * TODO 3: who was it?
	 *
	 * - bpf_get_current_uid_gid() returns two numbers in one __u64. The user's ID is the lower
	 *   half here; the upper half is the group's. Put the user's into e->uid.
	 * - bpf_get_current_comm() fills in e->comm, as in lesson 01.
	 * - The parent's ID is in the kernel's own data. bpf_get_current_task() returns the address
	 *   of the thread's struct task_struct, as a number: cast it to struct task_struct *.
	 *   What you want is task->real_parent->tgid, but you may not follow the pointers
	 *   yourself. BPF_CORE_READ(task, real_parent, tgid) reads along them. It also finds the
	 *   members on a kernel that has them elsewhere. Put the result into e->ppid.
	 */
#ifdef SOLVED_3
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	e->uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	e->ppid = BPF_CORE_READ(task, real_parent, tgid);
#endif
	/* end of TODO 3 */

	/*
	 * TODO 4: what came out of it?
	 *
	 * A function leaves its return value in a register: PT_REGS_RC(ctx) is that one. Put it
	 * into e->result.
	 */
#ifdef SOLVED_4
	e->result = PT_REGS_RC(ctx);
#endif
	/* end of TODO 4 */

	/*
	 * TODO 2: read the path.
	 *
	 * call->path points into the memory of the process. bpf_probe_read_user_str(TO, SIZE, FROM)
	 * copies a string from there: up to its NUL, and at most SIZE bytes with it. Copy it to
	 * e->path, with all the room that is there, and put the result into size. It is the
	 * number of bytes with the NUL, or 0 for an empty string.
	 *
	 * A process can pass any address, also one where it has no memory. Then the result is
	 * negative, and nothing was read. So put size into e->path_size, too: opensnoop.c looks
	 * there. Then, if size is negative, make it 0: size is how many bytes of the path are sent.
	 */
#ifdef SOLVED_2
	size = bpf_probe_read_user_str(e->path, sizeof(e->path), call->path);
	e->path_size = size;
	if (size < 0)
		size = 0;
#endif
	/* end of TODO 2 */

	bpf_map_delete_elem(&calls, &thread);
	bpf_ringbuf_output(&events, e, offsetof(struct event, path) + size, wake_up());
	return 0;
}
