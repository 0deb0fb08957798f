// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel side: runs at each sample, on the CPU that is sampled. */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "image.bpf.h"
#include "sample.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile __u32 own_pid;
const volatile __u32 only_pid; /* -p; 0: all processes */

/* The stacks: arrays of addresses. Each has a number, which the kernel makes of a hash of it. The
 * user side sets the sizes of all maps. */
struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, MOST_FRAMES * sizeof(__u64));
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct sample_key);
	__type(value, struct sample_count);
} counts SEC(".maps");

/* For maps.c: the buffers in which the kernel tells which files processes map. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(int));
	__uint(value_size, sizeof(int));
} mappings SEC(".maps");

/* Each sample is in the first of these, and in one of the others or in the map counts. */
__u64 samples;
__u64 idle;        /* the CPU had nothing to do */
__u64 left_out;    /* it was at work for a process that is not wanted */
__u64 lost_stacks; /* the stack did not fit into its map */
__u64 lost_counts; /* the count did not fit */

/* Puts the numbers of the two stacks into key. Returns false where one was lost. */
static __always_inline bool add_stacks(struct bpf_perf_event_data *ctx, struct sample_key *key)
{
	key->kernel_stack = NO_STACK;
	key->user_stack = NO_STACK;
	/*
	 * TODO 5: how did it get there?
	 *
	 * - bpf_get_stackid(ctx, &stacks, flags) walks the stack, keeps its addresses in the map
	 *   and returns the stack's number: the same one each time for the same stack. With flags 0
	 *   that is the kernel's stack; with BPF_F_USER_STACK it is the process's own. Put the
	 *   numbers into key->kernel_stack and key->user_stack.
	 * - A negative result is not a stack's number but an error. NO_STACK says that there is
	 *   no such stack: the CPU was not in the kernel, or a kernel thread has no memory of its
	 *   own. That is a good answer. With any other the stack was lost: the map has room for one
	 *   stack at each hash, and another one was there. Then count it with
	 *   __sync_fetch_and_add(&lost_stacks, 1) and return false.
	 */
#ifdef SOLVED_5
	key->kernel_stack = bpf_get_stackid(ctx, &stacks, 0);
	key->user_stack = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	if ((key->kernel_stack < 0 && key->kernel_stack != NO_STACK) ||
	    (key->user_stack < 0 && key->user_stack != NO_STACK)) {
		__sync_fetch_and_add(&lost_stacks, 1);
		return false;
	}
#endif
	/* end of TODO 5 */
	return true;
}

SEC("perf_event")
int on_sample(struct bpf_perf_event_data *ctx)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	struct sample_key key = { .pid = pid };
	struct sample_count *count;

	__sync_fetch_and_add(&samples, 1);

	/*
	 * TODO 3: whose sample is it?
	 *
	 * The timer fires whatever the CPU does. If it has nothing to do, it runs the kernel's idle
	 * task, and pid is 0. That is no work, and would be on top of most profiles.
	 *
	 * - If pid is 0, add 1 to idle with __sync_fetch_and_add(&idle, 1), and return 0.
	 * - If only_pid is not 0 and pid is another one, do the same with left_out.
	 * - If only_pid is 0 and pid is own_pid, the tool has sampled itself: left_out, too.
	 */
#ifdef SOLVED_3
	if (pid == 0) {
		__sync_fetch_and_add(&idle, 1);
		return 0;
	}
	if (only_pid ? pid != only_pid : pid == own_pid) {
		__sync_fetch_and_add(&left_out, 1);
		return 0;
	}
#endif
	/* end of TODO 3 */

	if (!add_stacks(ctx, &key))
		return 0;
	key.image = current_image();
	bpf_get_current_comm(key.comm, sizeof(key.comm));

	/*
	 * TODO 4: count it.
	 *
	 * - Look key up in the map counts, and keep the result in count.
	 * - If it is NULL, this is the first sample of its kind. Add an entry: a struct
	 *   sample_count with 0 samples, and bpf_ktime_get_ns() in first. Use BPF_NOEXIST:
	 *   another CPU may have been faster, and its entry has to stay. Then look key up again.
	 * - If count is still NULL, the map is full: add 1 to lost_counts, as above.
	 * - If not, add 1 to count->samples, in the same way: other CPUs add to it, too.
	 */
#ifdef SOLVED_4
	count = bpf_map_lookup_elem(&counts, &key);
	if (!count) {
		struct sample_count none = { .first = bpf_ktime_get_ns() };

		bpf_map_update_elem(&counts, &key, &none, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&counts, &key);
	}
	if (count)
		__sync_fetch_and_add(&count->samples, 1);
	else
		__sync_fetch_and_add(&lost_counts, 1);
#else
	(void)count;
#endif
	/* end of TODO 4 */
	return 0;
}
