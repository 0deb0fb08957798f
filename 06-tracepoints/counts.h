/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: the numbers of the summary. */
#ifndef COUNTS_H
#define COUNTS_H

#include <bpf/libbpf.h>

/* The sum of a counter that has an entry for each CPU, the first one of the map. */
unsigned long long sum_of_cpus(const struct bpf_map *map);

#endif
