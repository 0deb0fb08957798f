// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common.h"
#include "cpus.h"

int cpus_online(struct cpus *cpus)
{
	static const char name[] = "/sys/devices/system/cpu/online";
	FILE *file = fopen(name, "re");
	int first, last, *list;
	char next;

	*cpus = (struct cpus){ 0 };
	if (!file)
		return report(errno, "cannot read %s", name);
	/* A list of ranges, such as "0-3,6". */
	while (fscanf(file, "%d%c", &first, &next) == 2) {
		last = first;
		if (next == '-' && fscanf(file, "%d%*c", &last) != 1)
			break;
		list = realloc(cpus->list,
			       (size_t)(cpus->count + last - first + 1) * sizeof(*list));
		if (!list) {
			fclose(file);
			return report(ENOMEM, "cannot list the CPUs");
		}
		cpus->list = list;
		while (first <= last)
			list[cpus->count++] = first++;
	}
	fclose(file);
	return cpus->count ? 0 : report(0, "%s lists no CPU", name);
}

static bool has(const struct cpus *cpus, int cpu)
{
	for (int i = 0; i < cpus->count; i++) {
		if (cpus->list[i] == cpu)
			return true;
	}
	return false;
}

void cpus_watch(const struct cpus *sampled, struct cpus *last)
{
	struct cpus now;

	if (cpus_online(&now))
		return;
	for (int i = 0; i < last->count; i++) {
		if (has(sampled, last->list[i]) && !has(&now, last->list[i]))
			report(0,
			       "CPU %d has gone offline: from now on it is not sampled, even if "
			       "it comes back",
			       last->list[i]);
	}
	for (int i = 0; i < now.count; i++) {
		if (!has(sampled, now.list[i]) && !has(last, now.list[i]))
			report(0, "CPU %d has come online since the start: it is not sampled",
			       now.list[i]);
	}
	cpus_free(last);
	*last = now;
}

void cpus_free(struct cpus *cpus)
{
	free(cpus->list);
}

long kernel_setting(const char *name, long missing)
{
	char path[128];
	FILE *file;
	long value;

	snprintf(path, sizeof(path), "/proc/sys/kernel/%s", name);
	file = fopen(path, "re");
	if (!file)
		return missing;
	if (fscanf(file, "%ld", &value) != 1)
		value = missing;
	fclose(file);
	return value;
}

int report_open(int err, unsigned int hz, int cpu)
{
	long limit = kernel_setting("perf_event_max_sample_rate", 0);

	if (err == EINVAL && limit > 0 && hz > limit)
		return report(0,
			      "%u samples a second are too many: this kernel's limit is %ld (in "
			      "/proc/sys/kernel/perf_event_max_sample_rate)",
			      hz, limit);
	if (err == EINVAL)
		return report(err, "the kernel does not know what to sample on CPU %d", cpu);
	if (err == ENOENT || err == EOPNOTSUPP)
		return report(err, "CPU %d cannot count this kind of event", cpu);
	if (err == ENODEV || err == ENXIO)
		return report(err, "cannot sample CPU %d: it is offline", cpu);
	if (err == EACCES || err == EPERM)
		return report(err,
			      "the kernel does not let you sample CPU %d (a container? "
			      "/proc/sys/kernel/perf_event_paranoid?)",
			      cpu);
	return report(err, "cannot sample CPU %d", cpu);
}
