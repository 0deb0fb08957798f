// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Given: for `make cost`. The same count in four kinds of map. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

enum { TIMES = 100 }; /* counts in one run, so that the run itself weighs little */

/* Counts in a map of this type. A per-CPU map has a value for each CPU, so no other CPU is in the
 * way, and += will do. */
#define COUNT(name, map_type, add)                                                                 \
	struct {                                                                                   \
		__uint(type, map_type);                                                            \
		__uint(max_entries, 1024);                                                         \
		__type(key, __u32);                                                                \
		__type(value, __u64);                                                              \
	} name##_map SEC(".maps");                                                                 \
                                                                                                   \
	SEC("tc")                                                                                  \
	int name(struct __sk_buff *unused)                                                         \
	{                                                                                          \
		__u32 key = 7;                                                                     \
		__u64 zero = 0;                                                                    \
                                                                                                   \
		bpf_map_update_elem(&name##_map, &key, &zero, BPF_NOEXIST);                        \
		for (int i = 0; i < TIMES; i++) {                                                  \
			__u64 *calls = bpf_map_lookup_elem(&name##_map, &key);                     \
                                                                                                   \
			if (calls)                                                                 \
				add;                                                               \
		}                                                                                  \
		return 0;                                                                          \
	}

COUNT(hash, BPF_MAP_TYPE_HASH, __sync_fetch_and_add(calls, 1))
COUNT(percpu_hash, BPF_MAP_TYPE_PERCPU_HASH, *calls += 1)
COUNT(array, BPF_MAP_TYPE_ARRAY, __sync_fetch_and_add(calls, 1))
COUNT(percpu_array, BPF_MAP_TYPE_PERCPU_ARRAY, *calls += 1)
