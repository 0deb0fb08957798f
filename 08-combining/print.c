// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "calls.h"
#include "decode.h"
#include "print.h"
#include "text.h"

enum { SECOND = 1000000000 };

static void put_time_of_day(long long when)
{
	static time_t second = -1;
	static struct tm tm;

	/* Many calls come in one second: its name is found once. */
	if (when / SECOND != second) {
		second = when / SECOND;
		localtime_r(&second, &tm);
	}
	text_digits((unsigned int)tm.tm_hour, 2);
	text_char(':');
	text_digits((unsigned int)tm.tm_min, 2);
	text_char(':');
	text_digits((unsigned int)tm.tm_sec, 2);
	text_char('.');
	text_digits((unsigned int)(when % SECOND / 1000), 6);
}

static void put_name(const struct call *call, const struct record *r)
{
	if (call->name) {
		text_string(call->name);
	} else {
		text_string("syscall_");
		text_number(r->number);
	}
}

static int print_json(const struct record *r, const struct call *call, long long when,
		      unsigned long long micros)
{
	const char *error = error_name(r->result);
	unsigned int count = decode_count(call, r);
	size_t mark;

	text_string("{\"time\":");
	text_number(when / SECOND);
	text_char('.');
	text_digits((unsigned int)(when % SECOND), 9);
	text_string(",\"comm\":");
	mark = text_mark();
	text_escaped(r->comm, strnlen(r->comm, COMM_SIZE));
	text_as_json(mark);
	text_string(",\"pid\":");
	text_unsigned(r->pid);
	text_string(",\"tid\":");
	text_unsigned(r->tid);
	text_string(",\"call\":\"");
	put_name(call, r);
	text_string("\",\"args\":[");
	for (unsigned int i = 0; i < count; i++) {
		if (i)
			text_char(',');
		mark = text_mark();
		decode_argument(call, r, i);
		text_as_json(mark);
	}
	text_string("],\"result\":");
	if (!r->returned) {
		text_string("null");
	} else if (error) {
		text_number(r->result);
		text_string(",\"error\":\"");
		text_string(error);
		text_char('"');
	} else {
		text_number(r->result);
	}
	if (r->returned) {
		text_string(",\"us\":");
		text_unsigned(micros);
	}
	text_char('}');
	return text_line_done();
}

int print_call(const struct record *r, long long when, unsigned long long micros, bool json)
{
	const struct call *call = call_of(r->slot);
	unsigned int count = decode_count(call, r);

	if (json)
		return print_json(r, call, when, micros);
	text_char('[');
	put_time_of_day(when);
	text_string("] ");
	text_escaped(r->comm, strnlen(r->comm, COMM_SIZE));
	text_char('(');
	text_unsigned(r->pid);
	if (r->tid != r->pid) { /* a thread that is not the first one */
		text_char('/');
		text_unsigned(r->tid);
	}
	text_string(") ");
	put_name(call, r);
	text_char('(');
	for (unsigned int i = 0; i < count; i++) {
		if (i)
			text_string(", ");
		decode_argument(call, r, i);
	}
	text_string(") = ");
	decode_result(call, r);
	if (r->returned) {
		text_string(" <");
		text_unsigned(micros);
		text_string(" us>");
	}
	return text_line_done();
}
