/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: what profile.bpf.c counts and the user side reads. */
#ifndef SAMPLE_H
#define SAMPLE_H

enum {
	COMM_SIZE = 16,
	MOST_FRAMES = 127, /* the kernel takes no more of a stack, unless you tell it to */
	NO_STACK = -14,    /* -EFAULT, which bpf_get_stackid() returns where there is no stack */
};

/* Samples that agree in all of this are counted together. */
struct sample_key {
	__u64 image; /* which program the process ran: see image.bpf.h */
	__u32 pid;
	__s32 kernel_stack; /* numbers of stacks in the map "stacks", or NO_STACK */
	__s32 user_stack;
	__u32 zero; /* without it there would be a gap of 4 bytes behind comm */
	char comm[COMM_SIZE];
};

struct sample_count {
	__u64 samples;
	__u64 first; /* when the first of them came, in nanoseconds since boot */
};

#endif
