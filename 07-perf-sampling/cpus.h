/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: which CPUs there are, and what the kernel means when it refuses an event. */
#ifndef CPUS_H
#define CPUS_H

#include <linux/perf_event.h>

/* The numbers of the CPUs that are online. They may have gaps: a CPU can be switched off. */
struct cpus {
	int *list;
	int count;
};

/* Returns 0, or -1 and has reported why. */
int cpus_online(struct cpus *cpus);

/* Says which of the sampled CPUs have gone offline since the last look, and which others have come
 * online. last: those of the last look; this one's take their place. */
void cpus_watch(const struct cpus *sampled, struct cpus *last);

void cpus_free(struct cpus *cpus);

/* Says why the kernel did not open an event with so many samples a second on this CPU. Returns -1.
 */
int report_open(int err, unsigned int hz, int cpu);

/* The number in a file below /proc/sys/kernel; missing: what to return where there is none. */
long kernel_setting(const char *name, long missing);

#endif
