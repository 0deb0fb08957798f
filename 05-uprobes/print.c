// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include "common.h"
#include "print.h"

void print_heading(void)
{
	printf("%7s %7s %-15s %14s  %s\n", "PID", "TID", "COMM", "LATENCY", "CALL");
}

/* Nobody says what type a number has, so guess: small ones are numbers, others are addresses or
 * bits. A negative int has only the lower half set. */
static void print_number(__u64 value)
{
	enum { SMALL = 1 << 20 };
	__s64 number = (__s64)value;

	if (value >> 32 == 0 && (__s32)value < 0)
		number = (__s32)value;
	if (number > -SMALL && number < SMALL)
		printf("%lld", (long long)number);
	else
		printf("0x%llx", (unsigned long long)value);
}

static void print_argument(const struct event *e, unsigned int i, const struct style *style)
{
	/* Whether one letter more is the last one, nobody knows. */
	enum { WHOLE = TEXT_SIZE - 2 };

	if (i + 1 != style->string || e->call.text_size < 0) {
		print_number(e->call.args[i]);
		return;
	}
	putchar('"');
	print_escaped(e->call.text, WHOLE);
	putchar('"');
	if (strnlen(e->call.text, TEXT_SIZE) > WHOLE)
		fputs("...", stdout);
}

void print_call(const struct event *e, const struct style *style)
{
	int width = 15 - (int)strnlen(e->comm, COMM_SIZE);

	printf("%7u %7u ", (__u32)(e->thread >> 32), (__u32)e->thread);
	print_escaped(e->comm, COMM_SIZE);
	printf("%*s ", width > 0 ? width : 0, "");
	if (style->entry_only)
		printf("%14s  ", "-");
	else
		printf("%11.3f us  ", (double)e->latency / 1000);
	printf("%s(", style->function);
	for (unsigned int i = 0; i < style->args; i++) {
		if (i)
			fputs(", ", stdout);
		print_argument(e, i, style);
	}
	putchar(')');
	if (!style->entry_only) {
		fputs(" = ", stdout);
		print_number(e->result);
	}
	putchar('\n');
}

void print_histogram(const __u64 slots[SLOTS])
{
	static const char bar[] = "****************************************";
	enum { WIDTH = sizeof(bar) - 1 };
	int first = SLOTS, last = -1;
	__u64 most = 0;

	for (int i = 0; i < SLOTS; i++) {
		if (!slots[i])
			continue;
		first = first < i ? first : i;
		last = i;
		most = most > slots[i] ? most : slots[i];
	}
	if (last < 0)
		return;
	printf("\n%27s %11s\n", "NANOSECONDS", "CALLS");
	for (int i = first; i <= last; i++) {
		unsigned long long from = i ? 1ULL << i : 0, to = (2ULL << i) - 1;

		printf("%12llu .. %-11llu %11llu |%-*.*s|\n", from, to,
		       (unsigned long long)slots[i], WIDTH,
		       (int)((double)slots[i] / (double)most * WIDTH), bar);
	}
}
