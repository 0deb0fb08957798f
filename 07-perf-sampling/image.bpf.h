/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: tells one program that a process runs from the next. */
#ifndef IMAGE_BPF_H
#define IMAGE_BPF_H

/* An exec gives a process new memory, and another process may get the ID of one that has ended.
 * Then the same address means another function. So each program that a process runs has a number:
 * when the process started, in nanoseconds, plus how many execs there have been. */
static __always_inline __u64 current_image(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	return BPF_CORE_READ(task, group_leader, start_boottime) +
	       BPF_CORE_READ(task, self_exec_id);
}

#endif
