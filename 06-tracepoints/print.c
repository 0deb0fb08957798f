// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "common.h"
#include "print.h"

enum { SECOND = 1000000000 };

static long long now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (long long)t.tv_sec * SECOND + t.tv_nsec;
}

/* Events have the time since boot; people want the time of day. */
static void print_time(__u64 since_boot)
{
	static long long boot;
	static time_t last = -1;
	static char text[16];
	struct tm tm;
	time_t seconds;
	long long t;

	if (!boot)
		boot = now(CLOCK_REALTIME) - now(CLOCK_MONOTONIC);
	t = boot + (long long)since_boot;
	seconds = (time_t)(t / SECOND);
	if (seconds != last) {
		strftime(text, sizeof(text), "%H:%M:%S", localtime_r(&seconds, &tm));
		last = seconds;
	}
	printf("%s.%06d", text, (int)(t % SECOND / 1000));
}

static void print_head(const struct head *head)
{
	int width = 15 - (int)strnlen(head->comm, COMM_SIZE);

	print_time(head->time);
	printf(" %7u %7u ", head->pid, head->tid);
	print_escaped(head->comm, COMM_SIZE);
	printf("%*s ", width > 0 ? width : 0, "");
}

void print_heading(void)
{
	printf("%-15s %7s %7s %-15s %s\n", "TIME", "PID", "TID", "COMM", "WHAT");
}

static void print_text(const char *text, size_t size, bool cut)
{
	putchar('"');
	print_escaped(text, size);
	fputs(cut ? "\"..." : "\"", stdout);
}

/* A system call's argument takes 8 bytes of the record, whatever its type is. Its upper bytes mean
 * nothing: how many are left, and with a sign? */
static size_t size_of_type(const char *type, bool *is_signed)
{
	static const struct {
		const char *type;
		size_t size;
		bool is_signed;
	} types[] = {
		{ "int", 4, true },       { "pid_t", 4, true },         { "clockid_t", 4, true },
		{ "mqd_t", 4, true },     { "key_t", 4, true },         { "key_serial_t", 4, true },
		{ "rwf_t", 4, false },    { "u32", 4, false },          { "__u32", 4, false },
		{ "uid_t", 4, false },    { "gid_t", 4, false },        { "qid_t", 4, false },
		{ "unsigned", 4, false }, { "unsigned int", 4, false }, { "umode_t", 2, false },
	};

	if (!strncmp(type, "const ", 6))
		type += 6;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!strcmp(type, types[i].type)) {
			*is_signed = types[i].is_signed;
			return types[i].size;
		}
	}
	return sizeof(long long);
}

/* Prints the number of size bytes at data. Bytes alone do not say whether it has a sign: the
 * format does. */
static void print_number(const struct tep_format_field *field, const char *data, size_t size)
{
	bool is_signed = field->flags & TEP_FIELD_IS_SIGNED;
	long long value = 0;
	size_t room;

	if (size == sizeof(value) && !(field->flags & TEP_FIELD_IS_POINTER))
		size = size_of_type(field->type, &is_signed);
	room = 8 * (sizeof(value) - size);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#error "Here the lower bytes of a number come last"
#endif
	memcpy(&value, data, size);
	if (is_signed) /* the highest bit that is there fills all above it */
		printf("%lld", (long long)((unsigned long long)value << room) >> room);
	else if (field->flags & TEP_FIELD_IS_POINTER ||
		 (field->flags & TEP_FIELD_IS_LONG && size == sizeof(long)))
		printf("0x%llx", (unsigned long long)value);
	else
		printf("%llu", (unsigned long long)value);
}

static bool is_number(size_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

static void print_bytes(const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		printf("%02x", (unsigned char)data[i]);
}

static void print_array(const struct tep_format_field *field, const char *data, size_t size,
			size_t element)
{
	const char *before = "";

	if (!is_number(element) || element == 1) {
		print_bytes(data, size);
		return;
	}
	putchar('{');
	for (size_t at = 0; at + element <= size; at += element) {
		fputs(before, stdout);
		print_number(field, data + at, element);
		before = ", ";
	}
	putchar('}');
}

static bool is_text(const struct tep_format_field *field)
{
	return strstr(field->type, "char") && !strstr(field->type, "unsigned") &&
	       !strchr(field->type, '*');
}

static void print_field(const struct tep_format_field *field, const struct hit *hit)
{
	size_t offset = (size_t)field->offset, size = (size_t)field->size, whole = hit->size;
	bool cut = false;
	__u32 where;

	if (offset + size > whole) {
		putchar('?');
		return;
	}
	if (field->flags & TEP_FIELD_IS_DYNAMIC) {
		memcpy(&where, hit->record + offset, sizeof(where));
		offset = (where & 0xffff) +
			 (field->flags & TEP_FIELD_IS_RELATIVE ? offset + size : 0);
		size = where >> 16;
		if (offset > whole)
			offset = whole;
		if (offset + size > whole) {
			size = whole - offset;
			cut = true;
		}
	}
	if (!(field->flags & TEP_FIELD_IS_ARRAY) && is_number(size))
		print_number(field, hit->record + offset, size);
	else if (is_text(field))
		print_text(hit->record + offset, size, cut);
	else
		print_array(field, hit->record + offset, size,
			    field->flags & TEP_FIELD_IS_ARRAY ? field->elementsize : 1);
}

void print_hit(const struct hit *hit, const struct format *format)
{
	const char *before = "";

	print_head(&hit->head);
	for (struct tep_format_field *f = format->event->format.fields; f; f = f->next) {
		if (!format_shows(format, f))
			continue;
		printf("%s%s=", before, f->name);
		print_field(f, hit);
		before = " ";
	}
	putchar('\n');
}

void print_exec(const struct exec *e)
{
	print_head(&e->head);
	/* Whether one letter more is the last one, nobody knows. */
	print_text(e->filename, TEXT_SIZE - 2, strnlen(e->filename, TEXT_SIZE) > TEXT_SIZE - 2);
	putchar('\n');
}

void print_end(const struct end *e)
{
	print_head(&e->head);
	if (WIFSIGNALED(e->status))
		printf("signal %d\n", WTERMSIG(e->status));
	else
		printf("status %d\n", WEXITSTATUS(e->status));
}

void print_openat(const struct openat *e)
{
	const char *error = e->result < 0 ? strerrorname_np((int)-e->result) : NULL;

	print_head(&e->head);
	printf("openat(dfd=%d, path=", e->dfd);
	if (e->path_size < 0)
		fputs("not readable", stdout);
	else
		print_text(e->path, TEXT_SIZE - 2, strnlen(e->path, TEXT_SIZE) > TEXT_SIZE - 2);
	printf(", flags=0x%x) = %lld", e->flags, e->result);
	printf(error ? " %s\n" : "\n", error);
}
