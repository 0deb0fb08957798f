// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdlib.h>

#include <bpf/bpf.h>

#include "counts.h"

unsigned long long sum_of_cpus(const struct bpf_map *map)
{
	int cpus = libbpf_num_possible_cpus();
	unsigned long long sum = 0;
	__u64 *counts = cpus > 0 ? calloc((size_t)cpus, sizeof(*counts)) : NULL;
	__u32 first = 0;

	if (counts && !bpf_map__lookup_elem(map, &first, sizeof(first), counts,
					    (size_t)cpus * sizeof(*counts), 0)) {
		for (int i = 0; i < cpus; i++)
			sum += counts[i];
	}
	free(counts);
	return sum;
}
