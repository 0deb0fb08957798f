// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "calls.h"
#include "common.h"
#include "summary.h"
#include "text.h"

enum { TOP = 10 };

struct row {
	__u32 slot; /* of a call */
	char comm[COMM_SIZE];
	__u32 pid;
	struct total total;
};

static int compare_rows(const void *a, const void *b)
{
	const struct row *first = a, *second = b;

	if (first->total.time != second->total.time)
		return first->total.time < second->total.time ? 1 : -1;
	return first->total.calls < second->total.calls ? 1 : -1;
}

static void add_total(struct total *to, const struct total *total)
{
	to->calls += total->calls;
	to->errors += total->errors;
	to->time += total->time;
	if (total->longest > to->longest)
		to->longest = total->longest;
}

/* Adds up what on_end() and on_return() have counted on each CPU. */
static int read_total(int fd, __u32 slot, struct total *each, int cpus, struct total *total)
{
	*total = (struct total){ 0 };
	for (__u32 key = slot; key < 2 * CALLS; key += CALLS) {
		if (bpf_map_lookup_elem(fd, &key, each))
			return -errno;
		for (int i = 0; i < cpus; i++)
			add_total(total, &each[i]);
	}
	return 0;
}

static void put_right(unsigned long long number, int width)
{
	char text[24];

	snprintf(text, sizeof(text), "%*llu ", width, number);
	text_string(text);
}

/* Microseconds with three digits behind the point. */
static void put_micros(unsigned long long ns, int width)
{
	char text[32];

	snprintf(text, sizeof(text), "%*llu.%03llu ", width - 4, ns / 1000, ns % 1000);
	text_string(text);
}

static void put_call_name(__u32 slot)
{
	const char *name = call_name(slot);

	if (name) {
		text_string(name);
	} else if (slot == CALL_OTHER) {
		text_string("(no such call)");
	} else { /* newer than the headers that this was built with */
		text_string("syscall_");
		text_unsigned(slot % CALLS_32);
	}
}

static void put_row(const struct row *row, bool json)
{
	const struct total *t = &row->total;
	unsigned long long average = t->calls ? t->time / t->calls : 0;

	if (!json) {
		put_right(t->calls, 10);
		put_right(t->errors, 8);
		put_micros(t->time, 16);
		put_micros(average, 13);
		put_micros(t->longest, 15);
		text_char(' ');
		put_call_name(row->slot);
		text_line_done();
		return;
	}
	text_string("{\"call\":\"");
	put_call_name(row->slot);
	text_string("\",\"calls\":");
	text_unsigned(t->calls);
	text_string(",\"errors\":");
	text_unsigned(t->errors);
	text_string(",\"total_ns\":");
	text_unsigned(t->time);
	text_string(",\"average_ns\":");
	text_unsigned(average);
	text_string(",\"longest_ns\":");
	text_unsigned(t->longest);
	text_char('}');
	text_line_done();
}

static int print_calls(int fd, bool json, struct total *all)
{
	struct row *rows = calloc(CALLS, sizeof(*rows));
	int cpus = libbpf_num_possible_cpus(), count = 0, err = 0;
	struct total *each = cpus > 0 ? calloc((size_t)cpus, sizeof(*each)) : NULL;

	if (!rows || !each)
		err = -ENOMEM;
	for (__u32 slot = 0; !err && slot < CALLS; slot++) {
		struct row *row = &rows[count];

		err = read_total(fd, slot, each, cpus, &row->total);
		if (err || !row->total.calls)
			continue;
		row->slot = slot;
		add_total(all, &row->total);
		count++;
	}
	if (!err) {
		qsort(rows, (size_t)count, sizeof(*rows), compare_rows);
		if (count && !json) {
			text_string("     CALLS   ERRORS         TOTAL us    AVERAGE us      "
				    "LONGEST us  SYSTEM CALL");
			text_line_done();
		}
		for (int i = 0; i < count; i++)
			put_row(&rows[i], json);
	}
	free(each);
	free(rows);
	return err;
}

static int add_row(struct row **rows, size_t *count, __u32 pid, __u64 calls, __u64 time,
		   const char *comm)
{
	struct row *row, *more;
	size_t i;

	for (i = 0; i < *count && (*rows)[i].pid != pid; i++)
		continue;
	if (i == *count) {
		more = *count & (*count - 1) || !*count
			       ? *rows
			       : realloc(*rows, 2 * *count * sizeof(**rows));
		if (!*rows)
			more = calloc(1, sizeof(**rows));
		if (!more)
			return -ENOMEM;
		*rows = more;
		more[(*count)++] = (struct row){ .pid = pid };
	}
	row = &(*rows)[i];
	row->total.calls += calls;
	row->total.time += time;
	if (*comm)
		memcpy(row->comm, comm, COMM_SIZE);
	return 0;
}

/* Returns false where there is no such thread any more. */
static bool read_comm(__u32 pid, __u32 tid, char comm[COMM_SIZE])
{
	char path[64];
	FILE *file;

	memset(comm, 0, COMM_SIZE);
	snprintf(path, sizeof(path), "/proc/%u/task/%u/comm", pid, tid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (!fgets(comm, COMM_SIZE, file))
		comm[0] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
	fclose(file);
	return true;
}

/* Those that have ended are in one map; of those that still run, the threads in another. */
static int print_processes(const struct sums *sums)
{
	struct row *rows = NULL;
	size_t count = 0;
	struct process process;
	struct thread thread;
	__u32 key, *previous = NULL;
	char comm[COMM_SIZE];
	int err = 0;

	while (!err && !bpf_map_get_next_key(sums->processes, previous, &key)) {
		if (!bpf_map_lookup_elem(sums->processes, &key, &process) && process.calls)
			err = add_row(&rows, &count, key, process.calls, process.time,
				      process.comm);
		previous = &key;
	}
	previous = NULL;
	while (!err && !bpf_map_get_next_key(sums->threads, previous, &key)) {
		previous = &key;
		if (bpf_map_lookup_elem(sums->threads, &key, &thread) || !thread.calls)
			continue;
		read_comm(thread.pid, thread.pid, comm);
		err = add_row(&rows, &count, thread.pid, thread.calls, thread.time, comm);
	}
	if (!err && count) {
		qsort(rows, count, sizeof(*rows), compare_rows);
		text_string("     CALLS         TOTAL us  PROCESS");
		text_line_done();
		for (size_t i = 0; i < count && i < TOP; i++) {
			put_right(rows[i].total.calls, 10);
			put_micros(rows[i].total.time, 16);
			text_char(' ');
			text_escaped(rows[i].comm, strnlen(rows[i].comm, COMM_SIZE));
			text_char('(');
			if (rows[i].pid)
				text_unsigned(rows[i].pid);
			else
				text_string("others");
			text_char(')');
			text_line_done();
		}
		if (count > TOP) {
			text_string("                            and ");
			text_unsigned(count - TOP);
			text_string(" more");
			text_line_done();
		}
	}
	free(rows);
	return err;
}

int summary_prepare(int processes)
{
	struct process none = { 0 };
	__u32 others = 0;

	return bpf_map_update_elem(processes, &others, &none, BPF_ANY) ? -errno : 0;
}

int summary_print(const struct sums *sums, bool json, struct total *all)
{
	int err = print_calls(sums->totals, json, all);

	if (!err && !json)
		err = print_processes(sums);
	return err ? err : text_flush();
}

int summary_unfinished(const struct sums *sums, int (*print)(void *ctx, const struct record *r),
		       void *ctx)
{
	__u32 key, *previous = NULL;
	struct thread thread;
	int count = 0, err = 0;

	while (!err && !bpf_map_get_next_key(sums->threads, previous, &key)) {
		struct record r = { 0 };

		previous = &key;
		if (bpf_map_lookup_elem(sums->threads, &key, &thread) || !thread.start)
			continue;
		r.start = thread.start;
		r.slot = thread.slot;
		r.number = thread.number;
		r.pid = thread.pid;
		r.tid = thread.tid;
		memcpy(r.args, thread.args, sizeof(r.args));
		/* It may have ended before all hooks were in place. */
		if (!read_comm(thread.pid, thread.tid, r.comm))
			continue;
		if (print)
			err = print(ctx, &r);
		count++;
	}
	return err ? err : count;
}
