// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <string.h>
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
	/* Each time: the clock may have been set, and the other one stops while the machine sleeps.
	 */
	long long boot = now(CLOCK_REALTIME) - now(CLOCK_MONOTONIC);
	long long t = boot + (long long)since_boot;
	time_t seconds = (time_t)(t / SECOND);
	struct tm tm;
	char text[16];

	strftime(text, sizeof(text), "%H:%M:%S", localtime_r(&seconds, &tm));
	printf("%s.%03d", text, (int)(t % SECOND / 1000000));
}

static void print_quoted(const char *text, size_t size)
{
	putchar('"');
	print_escaped(text, size);
	putchar('"');
}

static void print_filename(const char *filename)
{
	enum {
		WHOLE = FILENAME_SIZE - 2
	}; /* whether one letter more is the last one, nobody knows */

	print_quoted(filename, WHOLE);
	if (strnlen(filename, FILENAME_SIZE) > WHOLE)
		fputs("...", stdout);
}

static void print_args(const struct event *e)
{
	const char *arg = e->args, *end = e->args + e->args_size, *before = "";

	putchar('[');
	while (arg < end) {
		size_t n = strnlen(arg, (size_t)(end - arg));

		fputs(before, stdout);
		print_quoted(arg, n);
		before = arg + n == end ? "" : ", ";
		arg += n + 1;
	}
	if (e->args_cut)
		printf("%s...", before);
	putchar(']');
}

void print_heading(void)
{
	printf("%-12s %7s %7s %5s %-15s %-7s %s\n", "TIME", "PID", "PPID", "UID", "COMM", "RESULT",
	       "FILE [ARGUMENTS]");
}

void print_exec(const struct event *e)
{
	const char *name = strerrorname_np(-e->result);
	int width = 15;

	print_time(e->time);
	printf(" %7u %7u %5u ", e->pid, e->ppid, e->uid);
	print_escaped(e->comm, COMM_SIZE);
	width -= (int)strnlen(e->comm, COMM_SIZE);
	printf("%*s ", width > 0 ? width : 0, "");
	if (e->result == 0)
		printf("%-7s ", "0");
	else if (name)
		printf("%-7s ", name);
	else
		printf("%-7d ", e->result);
	print_filename(e->filename);
	putchar(' ');
	print_args(e);
	putchar('\n');
}
