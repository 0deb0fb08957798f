/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: the logarithm to base 2, rounded down. BPF has no instruction for it, and no floats. */
#ifndef LOG2_BPF_H
#define LOG2_BPF_H

/* Which is the highest bit of n that is 1? 0 for n = 0, too. */
static __always_inline __u32 log2_of(__u64 n)
{
	__u32 bit = 0;

	for (int half = 32; half; half /= 2) {
		if (n >> half) {
			n >>= half;
			bit += half;
		}
	}
	return bit;
}

#endif
