// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "events.h"
#include "format.h"

/* Reads a whole file. Returns its text, to be freed; NULL and errno where that fails. */
static char *read_file(const char *name, size_t *size)
{
	FILE *file = fopen(name, "r");
	char *text = NULL;
	size_t room = 0;
	ssize_t n;

	if (!file)
		return NULL;
	/* There is no byte 0 in it. */
	n = getdelim(&text, &room, '\0', file);
	fclose(file);
	if (n < 0) {
		free(text);
		errno = EIO;
		return NULL;
	}
	*size = (size_t)n;
	return text;
}

bool format_shows(const struct format *format, const struct tep_format_field *field)
{
	/* Newer kernels describe also the texts that a system call's arguments point to. They are
	 * in the record of perf and ftrace, and not in the one that a BPF program gets. */
	return !(field->flags & TEP_FIELD_IS_DYNAMIC) || strcmp(format->event->system, "syscalls");
}

/* Notes how long the record is, and which of its fields have their data behind the others. */
static void look_at_fields(struct format *format)
{
	for (struct tep_format_field *f = format->event->format.fields; f; f = f->next) {
		__u32 end = (__u32)(f->offset + f->size);

		if (!format_shows(format, f))
			continue;
		if (end > format->fixed_size)
			format->fixed_size = end;
		if ((f->flags & TEP_FIELD_IS_DYNAMIC) && format->dynamics < MOST_DYNAMIC) {
			struct dynamic *dynamic = &format->dynamic[format->dynamics++];

			dynamic->offset = (__u32)f->offset;
			/* __rel_loc counts from behind the field itself. */
			dynamic->base = f->flags & TEP_FIELD_IS_RELATIVE ? end : 0;
		}
	}
	if (format->fixed_size > RECORD_SIZE)
		format->fixed_size = RECORD_SIZE;
}

int format_read(struct format *format, const char *category, const char *name)
{
	const char *folder = tracefs();
	char file[PATH_MAX], *text;
	size_t size = 0;

	*format = (struct format){ 0 };
	if (!folder)
		return -1;
	snprintf(file, sizeof(file), "%s/events/%s/%s/format", folder, category, name);
	text = read_file(file, &size);
	if (!text && (errno == ENOENT || errno == ENOTDIR))
		return report_unknown(category, name);
	if (!text)
		return report(errno, "cannot read %s", file);

	tep_set_loglevel(TEP_LOG_NONE);
	format->tep = tep_alloc();
	if (format->tep) {
		tep_set_long_size(format->tep, sizeof(long));
		/* This fails also where only the rule for printing is too much for the library. We
		 * do without that rule. */
		tep_parse_event(format->tep, text, size, category);
		format->event = tep_find_event_by_name(format->tep, category, name);
	}
	free(text);
	if (!format->event) {
		format_free(format);
		return report(0, "libtraceevent does not understand %s", file);
	}
	look_at_fields(format);
	return 0;
}

int format_print(const struct format *format)
{
	printf("%s %s, ID %d\n%6s %5s %7s  %-24s %s\n", format->event->system, format->event->name,
	       format->event->id, "OFFSET", "SIZE", "SIGNED", "TYPE", "NAME");
	for (struct tep_format_field *f = format->event->format.fields; f; f = f->next)
		printf("%6d %5d %7s  %-24s %s%s\n", f->offset, f->size,
		       f->flags & TEP_FIELD_IS_SIGNED ? "yes" : "no", f->type, f->name,
		       format_shows(format, f) ? "" : " (BPF programs do not get this one)");
	return report_end(flush_output(), NULL);
}

void format_free(struct format *format)
{
	if (format->tep)
		tep_free(format->tep);
	*format = (struct format){ 0 };
}
