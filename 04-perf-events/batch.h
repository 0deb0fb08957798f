/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: a perf buffer that does not wake its reader for each event. */
#ifndef BATCH_H
#define BATCH_H

#include <bpf/libbpf.h>

/* Does what libbpf's perf_buffer__new() does, with the same callbacks. Only, that one lets the
 * kernel wake the reader for each event, and this one when a CPU's buffer is half full. A reader
 * that wants to see events sooner looks by itself from time to time. Returns NULL and sets errno
 * where it fails. There can be one such buffer in a program. */
struct perf_buffer *new_batched_buffer(int map_fd, size_t pages, perf_buffer_sample_fn on_event,
				       perf_buffer_lost_fn on_lost, void *ctx);

#endif
