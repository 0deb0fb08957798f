// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The floors: programs that do nothing, on the hooks that the lessons use, and programs that do the
 * least that a tool of that kind has to do. What they cost, no tool can undercut.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile __u32 only_pid;

/* clang-format off */
#define EMPTY(name, section) SEC(section) int name(void *ctx) { return 0; }
/* clang-format on */

EMPTY(sys_enter, "raw_tp/sys_enter")
EMPTY(sys_exit, "raw_tp/sys_exit")
EMPTY(open, "kprobe/do_sys_openat2")
EMPTY(open_return, "kretprobe/do_sys_openat2")
EMPTY(exec, "tp_btf/sched_process_exec")
EMPTY(exec_exit, "tp_btf/sys_exit")
EMPTY(tracepoint, "tp")
EMPTY(function, "uprobe")
EMPTY(function_return, "uretprobe")

/* Filters by process and counts by system call. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, __u64);
} counts SEC(".maps");

SEC("raw_tp/sys_enter")
int BPF_PROG(count, struct pt_regs *regs, long number)
{
	__u64 key = number, one = 1, *value;

	if (bpf_get_current_pid_tgid() >> 32 != only_pid)
		return 0;
	value = bpf_map_lookup_elem(&counts, &key);
	if (value)
		__sync_fetch_and_add(value, 1);
	else
		bpf_map_update_elem(&counts, &key, &one, BPF_ANY);
	return 0;
}

/* Joins the beginning and the end of each call, and adds up how long they took. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} starts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 512);
	__type(key, __u32);
	__type(value, __u64);
} times SEC(".maps");

SEC("tp_btf/sys_enter")
int BPF_PROG(pair, struct pt_regs *regs, long number)
{
	__u64 *start;

	if (bpf_get_current_pid_tgid() >> 32 != only_pid)
		return 0;
	start = bpf_task_storage_get(&starts, bpf_get_current_task_btf(), NULL,
				     BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (start)
		*start = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(pair_end, struct pt_regs *regs, long result)
{
	__u64 *start, *time;
	__u32 number = 0;

	if (bpf_get_current_pid_tgid() >> 32 != only_pid)
		return 0;
	start = bpf_task_storage_get(&starts, bpf_get_current_task_btf(), NULL, 0);
	time = bpf_map_lookup_elem(&times, &number);
	if (start && time)
		*time += bpf_ktime_get_ns() - *start;
	return 0;
}
