/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: the kernel's description of a tracepoint, read with libtraceevent. */
#ifndef FORMAT_H
#define FORMAT_H

#include <linux/types.h>
#include <stddef.h>
#include <traceevent/event-parse.h>

#include "tracepoint.h"

/* What the description says. Free it with format_free(). */
struct format {
	struct tep_handle *tep;
	struct tep_event *event;
	__u32 fixed_size; /* of the record without what lies behind its fields */
	struct dynamic dynamic[MOST_DYNAMIC];
	__u32 dynamics; /* how many of them there are */
};

/* Reads tracefs/events/CATEGORY/NAME/format. Returns 0, or -1 after a report. */
int format_read(struct format *format, const char *category, const char *name);

/* Does a BPF program get to see this field? */
bool format_shows(const struct format *format, const struct tep_format_field *field);

/* Prints the description as a table. Returns 0, or -1 after a report. */
int format_print(const struct format *format);

void format_free(struct format *format);

#endif
