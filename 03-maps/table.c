// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common.h"
#include "syscall.h"
#include "table.h"

enum { BAR = 30 };

static const struct counted *sorting; /* qsort() has no argument for it */

/* The largest count first; where they are equal, the smaller key. */
static int compare(const void *left, const void *right)
{
	__u32 a = *(const __u32 *)left, b = *(const __u32 *)right;
	const struct counter_key *x = &sorting->keys[a], *y = &sorting->keys[b];

	if (sorting->counts[a].calls != sorting->counts[b].calls)
		return sorting->counts[a].calls < sorting->counts[b].calls ? 1 : -1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->syscall > y->syscall) - (x->syscall < y->syscall);
}

static unsigned long long total(const struct counted *counted)
{
	unsigned long long sum = 0;

	for (__u32 i = 0; i < counted->size; i++)
		sum += counted->counts[i].calls;
	return sum;
}

static void print_row(const struct counter_key *key, const struct counter *count, double share,
		      double part, bool bars)
{
	printf("%12llu %5.1f%%  ", count->calls, 100 * share);
	if (bars) {
		for (int i = 0; i < BAR; i++)
			putchar(i < BAR * part ? '#' : ' ');
		printf("  ");
	}
	if (key->pid) {
		printf("%u (", key->pid);
		print_escaped(count->comm, sizeof(count->comm));
		putchar(')');
	} else {
		print_syscall(key->syscall);
	}
	putchar('\n');
}

/* Prints the first rows and returns how many lines that took. */
static __u32 print_rows(const struct counted *counted, __u32 rows, bool bars)
{
	static __u32 order[MAX_ENTRIES];
	unsigned long long sum = total(counted), most = 0;
	__u32 i;

	for (i = 0; i < counted->size; i++)
		order[i] = i;
	sorting = counted;
	qsort(order, counted->size, sizeof(*order), compare);
	if (counted->size)
		most = counted->counts[order[0]].calls;

	printf("%12s %6s  ", "CALLS", "SHARE");
	printf("%*s%s\n", bars ? BAR + 2 : 0, "", counted->by_process ? "PROCESS" : "SYSTEM CALL");
	for (i = 0; i < counted->size && i < rows; i++) {
		double calls = (double)counted->counts[order[i]].calls;

		print_row(&counted->keys[order[i]], &counted->counts[order[i]],
			  sum ? calls / (double)sum : 0, most ? calls / (double)most : 0, bars);
	}
	if (i == counted->size)
		return i + 1;
	printf("%12s and %u more\n", "...", counted->size - i);
	return i + 2;
}

int table_print(const struct counted *counted, bool last)
{
	static __u32 above; /* lines of the table before, on a terminal */
	static bool between;
	struct winsize window = { 0 };
	__u32 rows = MAX_ENTRIES;

	if (isatty(STDOUT_FILENO)) {
		/* The heading, the line "and N more" and the cursor's own line need room, too. */
		if (!last && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) && window.ws_row)
			rows = window.ws_row > 4 ? window.ws_row - 3U : 1;
		/* Up to the old table's first line, clear from there, cut lines that are too long.
		 */
		if (above)
			printf("\r\033[%uA\033[J", above);
		printf("\033[?7l");
		above = print_rows(counted, rows, true);
		printf("\033[?7h");
	} else {
		if (between)
			putchar('\n');
		between = true;
		print_rows(counted, rows, false);
	}
	return flush_output();
}

void table_print_sum(const struct counted *counted, unsigned long long not_counted)
{
	fprintf(stderr, "%llu calls counted, %llu not counted", total(counted), not_counted);
	if (not_counted)
		fprintf(stderr, ": the map has no room for more than %d %s", MAX_ENTRIES,
			counted->by_process ? "processes" : "system calls");
	fputc('\n', stderr);
}
