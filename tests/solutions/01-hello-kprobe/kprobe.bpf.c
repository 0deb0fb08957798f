// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel side: runs each time some process calls the function that kprobe.c attached it to. */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "kprobe.h"

/* kprobe.c sets these before the kernel loads the program; from then on they are constants. */
const volatile __u32 own_pid;
const volatile bool is_syscall;

/* The way to the user side: a queue of 256 KiB. Lesson 04 takes it apart. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

__u64 lost; /* events that found the queue full; kprobe.c reads it at the end */

/*
 * TODO 1: say under which licence this program is.
 *
 * Some of the kernel's helper functions are only for programs under the GPL. libbpf takes the
 * licence from the section named "license", and hands it to the kernel with the program. Nothing
 * here calls such a helper before TODO 5; from then on the kernel refuses a program without one.
 *
 * Declare a global array of char with a licence in it and SEC("license") behind its name. "GPL"
 * will do; "Dual BSD/GPL", too.
 */
#ifdef SOLVED_1
char LICENSE[] SEC("license") = "Dual BSD/GPL";
#endif
/* end of TODO 1 */

/* SEC() tells libbpf what kind of program this is. No function is named here, because
 * the user names one when the tool starts. ctx holds the CPU's registers at the call. */
SEC("kprobe")
int on_call(struct pt_regs *ctx)
{
	struct event e = {};

	/*
	 * TODO 3: who called?
	 *
	 * - bpf_get_current_pid_tgid() returns two numbers in one __u64. The upper 32 bits are the
	 *   process's ID, which ps and kill call the PID. The lower 32 bits are the ID of the
	 *   thread. Put the process's into e.pid.
	 * - A tool should not report itself. If e.pid is own_pid, return 0 here.
	 * - bpf_get_current_comm(buffer, size) writes the thread's name, its comm: mostly the
	 *   program's name. Fill e.comm with it.
	 */
#ifdef SOLVED_3
	e.pid = bpf_get_current_pid_tgid() >> 32;
	if (e.pid == own_pid)
		return 0;
	bpf_get_current_comm(e.comm, sizeof(e.comm));
#endif
	/* end of TODO 3 */

	/*
	 * TODO 5: what was it called with?
	 *
	 * An ordinary function has its first argument in a register: PT_REGS_PARM1(ctx) is its
	 * value. A system call is different. The kernel enters it through a wrapper such as
	 * __x64_sys_close, whose own first argument is a pointer to the registers that the
	 * caller had. PT_REGS_SYSCALL_REGS(ctx) is that pointer, and
	 * PT_REGS_PARM1_CORE_SYSCALL(pointer) reads the system call's first argument through it.
	 *
	 * Put the argument into e.argument: the second way if is_syscall, the first way if not.
	 */
#ifdef SOLVED_5
	if (is_syscall) {
		struct pt_regs *caller = PT_REGS_SYSCALL_REGS(ctx);

		e.argument = PT_REGS_PARM1_CORE_SYSCALL(caller);
	} else {
		e.argument = PT_REGS_PARM1(ctx);
	}
#endif
	/* end of TODO 5 */

	if (bpf_ringbuf_output(&events, &e, sizeof(e), 0))
		__sync_fetch_and_add(&lost, 1);
	return 0;
}
