// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/perf_event.h>
#include <unistd.h>

#include "batch.h"

static struct {
	perf_buffer_sample_fn on_event;
	perf_buffer_lost_fn on_lost;
	void *ctx;
} callbacks;

/* What the kernel writes into the buffer: each record begins with a header that tells its kind. */
struct sample {
	struct perf_event_header header;
	__u32 size;
	char data[];
};

struct lost {
	struct perf_event_header header;
	__u64 id;
	__u64 count;
};

static enum bpf_perf_event_ret on_record(void *unused, int cpu, struct perf_event_header *header)
{
	if (header->type == PERF_RECORD_SAMPLE) {
		struct sample *sample = (struct sample *)header;

		callbacks.on_event(callbacks.ctx, cpu, sample->data, sample->size);
	} else if (header->type == PERF_RECORD_LOST && callbacks.on_lost) {
		callbacks.on_lost(callbacks.ctx, cpu, ((struct lost *)header)->count);
	}
	return LIBBPF_PERF_EVENT_CONT;
}

struct perf_buffer *new_batched_buffer(int map_fd, size_t pages, perf_buffer_sample_fn on_event,
				       perf_buffer_lost_fn on_lost, void *ctx)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		/* perf_buffer__new() has wakeup_events = 1 here instead. */
		.watermark = 1,
		.wakeup_watermark = (__u32)(pages * (size_t)getpagesize() / 2),
	};

	callbacks.on_event = on_event;
	callbacks.on_lost = on_lost;
	callbacks.ctx = ctx;
	return perf_buffer__new_raw(map_fd, pages, &attr, on_record, NULL, NULL);
}
