// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel side: a program that does next to nothing. If this one loads and runs, others can. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

/* A global variable is memory that both sides share: what is written here, check.c can read. */
__u64 pid_tgid;

/* SEC() tells libbpf what kind of program this is. A raw tracepoint's program would be called at
 * some point in the kernel; here nothing is attached, and check.c asks for one run. */
SEC("raw_tp")
int probe(void *ctx)
{
	/*
	 * TODO 4: who runs this?
	 *
	 * bpf_get_current_pid_tgid() is a helper: a function of the kernel that a BPF program may
	 * call. It returns two numbers in one __u64: the ID of the process in the upper 32 bits,
	 * which ps calls the PID, and the ID of the thread in the lower 32 bits.
	 *
	 * Store what it returns in the global variable pid_tgid, the whole of it. check.c compares
	 * the upper half with its own getpid(). Where the two differ, as in a container, all that
	 * you trace will show other PIDs than ps does.
	 */
#ifdef SOLVED_4
	pid_tgid = bpf_get_current_pid_tgid();
#endif
	/* end of TODO 4 */

	return 42;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
