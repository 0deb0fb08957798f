// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel side: runs at the start of every system call and adds 1 to a counter in a map. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "stats.h"

/* stats.c sets these before the kernel loads the program; from then on they are constants. */
const volatile __u32 own_pid;
const volatile __u32 only_pid; /* 0: all processes */
const volatile bool by_process;

__u64 not_counted; /* calls whose key found no room in the map; stats.c reports them */

/*
 * TODO 1: declare the map.
 *
 * A map is memory that the kernel side and the user side share. A hash map finds a value by its
 * key, as a dictionary does. A map is declared as a variable of a struct without a name, with
 * SEC(".maps") behind it. The struct has these members:
 *	__uint(type, BPF_MAP_TYPE_HASH);
 *	__uint(max_entries, ...);	how many keys there may be: MAX_ENTRIES
 *	__type(key, ...);		what is looked up: struct counter_key, from stats.h
 *	__type(value, ...);		what is found: struct counter, from stats.h
 * Below is an array instead, with one entry at the index 0. Turn it into the hash map, and keep
 * the name counts.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counter);
} counts SEC(".maps");
/* end of TODO 1 */

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* A raw tracepoint: a hook that the kernel's authors have put there. BPF_PROG() gives the hook's
 * arguments names and types. */
SEC("raw_tp/sys_enter")
int BPF_PROG(on_syscall, struct pt_regs *regs, long number)
{
	__u64 id = bpf_get_current_pid_tgid();
	__u32 pid = id >> 32, thread = (__u32)id;

	if (pid == own_pid || (only_pid && pid != only_pid))
		return 0;
	struct counter *counter = NULL;

	/*
	 * TODO 2: find the counter, or make it.
	 *
	 * - Declare a key and set all of it to 0: struct counter_key key = {};
	 *   The map compares all 16 bytes, also the 4 that have no name.
	 * - If by_process, set key.pid to pid; if not, set key.syscall to number.
	 * - bpf_map_lookup_elem(&counts, &key) returns a pointer to the value in the map, or NULL
	 *   where the map does not have the key. Put it into counter.
	 * - If counter is NULL, make an entry. Declare struct counter zero = {}; and call
	 *   bpf_map_update_elem(&counts, &key, &zero, BPF_NOEXIST). Another CPU may be at this very
	 *   line, and may just have made this entry and counted in it. With BPF_NOEXIST the update
	 *   fails if the key exists, and nothing is overwritten; with BPF_ANY it would put the
	 *   other CPU's count back to 0.
	 * - Then look up again and put the result into counter, whoever made the entry.
	 */
	/* end of TODO 2 */

	/*
	 * TODO 3: count.
	 *
	 * If counter is not NULL, add 1 to counter->calls. Without that test the verifier refuses
	 * the program, even where you know that the key exists.
	 *
	 * counter->calls++ is three steps: read, add, write. If two CPUs take them at the same
	 * time, both read the same number, and one call is lost. __sync_fetch_and_add(address, 1)
	 * does it in one step that no other CPU can get into: an atomic operation. The address is
	 * that of counter->calls.
	 */
	/* end of TODO 3 */

	if (by_process && counter && (thread == pid || !counter->comm[0])) {
		/* The name of the first thread. It may change: a shell's child becomes ls. */
		bpf_get_current_comm(counter->comm, sizeof(counter->comm));
	}

	/*
	 * TODO 4: count what did not fit.
	 *
	 * When the map has MAX_ENTRIES keys, bpf_map_update_elem() returns -E2BIG instead of making
	 * one more, and the look-up after it finds nothing. If counter is still NULL here, add 1 to
	 * not_counted, which is a global variable. Other CPUs write to it, too.
	 */
	/* end of TODO 4 */
	return 0;
}
