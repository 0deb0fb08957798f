// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common.h"

enum { LOG_SIZE = 256 * 1024 };

/* libbpf's latest warnings, kept back so that a failure can be told in one line. */
static char libbpf_log[LOG_SIZE];
static size_t libbpf_log_used;

static int keep_warnings(enum libbpf_print_level level, const char *format, va_list args)
{
	size_t room = LOG_SIZE - libbpf_log_used;
	int n;

	if (level != LIBBPF_WARN)
		return 0;
	n = vsnprintf(libbpf_log + libbpf_log_used, room, format, args);
	if (n > 0)
		libbpf_log_used += (size_t)n < room ? (size_t)n : room - 1;
	return n;
}

static int print_all(enum libbpf_print_level level, const char *format, va_list args)
{
	va_list copy;

	va_copy(copy, args);
	keep_warnings(level, format, copy);
	va_end(copy);
	return vfprintf(stderr, format, args);
}

static const struct argp_option options[] = {
	{ "duration", 'd', "SECONDS", 0, "Stop after SECONDS seconds (default: at Ctrl-C)", 0 },
	{ "verbose", 'v', NULL, 0,
	  "Show libbpf's messages, and the verifier's log if it refuses a program", 0 },
	{ 0 },
};

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	struct common_options *common = state->input;
	unsigned long seconds;
	char *end;

	switch (key) {
	case 'v':
		common->verbose = true;
		return 0;
	case 'd':
		errno = 0;
		seconds = strtoul(arg, &end, 10);
		if (errno || *end || arg[0] == '-' || seconds < 1 || seconds > INT_MAX)
			argp_error(state, "'%s' is no number of seconds from 1 up", arg);
		common->duration = (unsigned int)seconds;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp common_parser = { .options = options, .parser = parse_common };

const struct argp_child common_argp[] = {
	{ &common_parser, 0, NULL, 0 },
	{ 0 },
};

void parse_options(const struct argp *argp, int argc, char **argv, struct common_options *common,
		   void *input)
{
	argp_err_exit_status = 2;
	signal(SIGPIPE, SIG_IGN);
	argp_parse(argp, argc, argv, 0, NULL, input);
	libbpf_set_print(common->verbose ? print_all : keep_warnings);
}

int report(int err, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	if (err)
		fprintf(stderr, ": %s", strerror(err < 0 ? -err : err));
	fputc('\n', stderr);
	return -1;
}

/* The verifier's complaint: the last line of its log that is not a figure about the run. */
static const char *verifier_complaint(void)
{
	static const char begin[] = "-- BEGIN PROG LOAD LOG --\n",
			  end[] = "-- END PROG LOAD LOG --";
	char *log = strstr(libbpf_log, begin), *line, *last = NULL, *rest;

	if (!log)
		return NULL;
	rest = log + strlen(begin);
	while ((line = strsep(&rest, "\n")) && strncmp(line, end, strlen(end))) {
		if (*line && strncmp(line, "processed ", 10) && !strstr(line, "peak_states"))
			last = line;
	}
	return last;
}

int report_load(int err)
{
	const char *complaint = verifier_complaint();

	if (complaint)
		return report(0, "the verifier refused the program: %s (-v shows its whole log)",
			      complaint);
	if (abs(err) == EPERM && geteuid() != 0)
		return report(0, "loading a BPF program needs root: start it with 'make run', "
				 "which finds a place where you are root");
	if (abs(err) == EPERM)
		return report(0, "the kernel does not let root load this BPF program here: "
				 "00-setup/check says why (a container? lockdown?)");
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		return report(0, "this kernel does not describe its types (no BTF in "
				 "/sys/kernel/btf/vmlinux): 00-setup/check says what to do");
	return report(err, "cannot load the BPF program (-v shows libbpf's messages)");
}

unsigned long long count_skipped(const struct bpf_program *program)
{
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);

	if (bpf_program__fd(program) < 0 ||
	    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
		return 0;
	return info.recursion_misses;
}

void report_skipped(const struct bpf_object *object)
{
	struct bpf_program *program;
	unsigned long long skipped = 0;

	bpf_object__for_each_program(program, object) skipped += count_skipped(program);
	if (skipped)
		report(0,
		       "the kernel skipped up to %llu events: on their CPU a BPF program had been "
		       "interrupted",
		       skipped);
}

int check_process(pid_t pid)
{
	int process = pid, threads = 0;
	char path[64], line[256], state = '?';
	FILE *file;

	if (!pid)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	if (!file)
		return report(0, "there is no process %d", pid);
	while (fgets(line, sizeof(line), file)) {
		sscanf(line, "Tgid: %d", &process);
		sscanf(line, "State: %c", &state);
		sscanf(line, "Threads: %d", &threads);
	}
	fclose(file);
	if (process != pid)
		return report(0, "%d is a thread of process %d: -p %d", pid, process, process);
	/* The first thread may have ended, and others not. */
	if ((state == 'Z' || state == 'X') && threads < 2)
		return report(0, "process %d has ended", pid);
	return 0;
}

void print_ready(const char *what)
{
	fprintf(stderr, "Tracing %s... Press Ctrl-C to stop\n", what);
}

volatile sig_atomic_t stopping;

static void stop(int signal)
{
	stopping = 1;
}

void stop_on_signals(unsigned int duration)
{
	/* A write that is under way goes on: stdio would throw away what it has not written yet. */
	struct sigaction action = { .sa_handler = stop, .sa_flags = SA_RESTART };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	alarm(duration);
}

int flush_output(void)
{
	return fflush(stdout) == EOF || ferror(stdout) ? -EPIPE : 0;
}

int report_end(int err, const char *source)
{
	struct pollfd output = { .fd = STDOUT_FILENO };

	if (err >= 0)
		return 0;
	if (err != -EPIPE)
		return report(err, "cannot read %s", source);
	/* This tells a pipe that nobody reads from a disk that is full. */
	if (poll(&output, 1, 0) == 1 && output.revents & (POLLERR | POLLHUP))
		return 0;
	return report(0, "cannot write the output: is the disk full?");
}

/* The length of the UTF-8 letter that text begins with; 0 where it begins with none. */
static size_t utf8_letter(const unsigned char *text, size_t size)
{
	size_t n = text[0] >= 0xc2 && text[0] < 0xe0   ? 2
		   : text[0] >= 0xe0 && text[0] < 0xf0 ? 3
		   : text[0] >= 0xf0 && text[0] < 0xf5 ? 4
						       : 0;

	if (n > size)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	/* Too long a form, half of a surrogate pair, a control character, or past the last letter.
	 */
	if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
	    (text[0] == 0xc2 && text[1] < 0xa0) || (text[0] == 0xf0 && text[1] < 0x90) ||
	    (text[0] == 0xf4 && text[1] > 0x8f))
		return 0;
	return n;
}

size_t escape_letter(const char *text, size_t size, char out[4], size_t *length)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = (const unsigned char *)text;
	size_t n = utf8_letter(p, size);

	*length = n ? n : 2;
	out[0] = '\\';
	if (n) {
		memcpy(out, text, n);
		return n;
	}
	if (*p == '\n') {
		out[1] = 'n';
	} else if (*p == '\t') {
		out[1] = 't';
	} else if (*p == '"' || *p == '\\') {
		out[1] = text[0];
	} else if (*p >= ' ' && *p < 0x7f) {
		out[0] = text[0];
		*length = 1;
	} else {
		out[1] = 'x';
		out[2] = digits[*p >> 4];
		out[3] = digits[*p & 15];
		*length = 4;
	}
	return 1;
}

void print_escaped(const char *text, size_t size)
{
	size_t left = strnlen(text, size), n, length;
	char letter[4];

	for (; left; text += n, left -= n) {
		n = escape_letter(text, left, letter, &length);
		fwrite(letter, 1, length, stdout);
	}
}

int names_add(struct names *names, const char *name)
{
	char *copy = strdup(name);

	if (!copy)
		return -ENOMEM;
	if (names->count == names->room) {
		size_t room = names->room ? 2 * names->room : 1024;
		char **list = realloc(names->list, room * sizeof(*list));

		if (!list) {
			free(copy);
			return -ENOMEM;
		}
		names->list = list;
		names->room = room;
	}
	names->list[names->count++] = copy;
	return 0;
}

void names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
	*names = (struct names){ 0 };
}

enum { LONGEST = 128, SUGGESTED = 3 };

/* How many letters must be put in, taken out, changed or swapped to make b of a (the optimal
 * string alignment distance); at most limit + 1. */
static size_t distance(const char *a, const char *b, size_t limit)
{
	size_t rows[3][LONGEST + 1], la = strlen(a), lb = strlen(b);
	size_t *before = rows[0], *above = rows[1], *row = rows[2];

	if (la > LONGEST || lb > LONGEST || (la > lb ? la - lb : lb - la) > limit)
		return limit + 1;
	for (size_t j = 0; j <= lb; j++)
		above[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t least = row[0] = i, *oldest = before;

		for (size_t j = 1; j <= lb; j++) {
			size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
			if (best < least)
				least = best;
		}
		if (least > limit)
			return limit + 1;
		before = above;
		above = row;
		row = oldest;
	}
	return above[lb];
}

void names_nearest(const struct names *names, const char *wanted, char *text, size_t size)
{
	const char *best[SUGGESTED] = { NULL };
	size_t score[SUGGESTED], found = 0, used = 0, limit = strlen(wanted) / 3 + 1;

	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->list[i];
		size_t d = distance(wanted, name, limit), at;

		/* A name that holds the whole word is near, however long it is. */
		if (d > limit && strlen(wanted) > 3 && strstr(name, wanted))
			d = limit;
		if (d > limit)
			continue;
		for (at = 0; at < found && score[at] <= d; at++) {
			if (!strcmp(best[at], name))
				break;
		}
		if (at == SUGGESTED || (at < found && !strcmp(best[at], name)))
			continue;
		if (found < SUGGESTED)
			found++;
		for (size_t j = found - 1; j > at; j--) {
			best[j] = best[j - 1];
			score[j] = score[j - 1];
		}
		best[at] = name;
		score[at] = d;
	}

	if (size)
		text[0] = '\0';
	for (size_t i = 0; i < found && used < size; i++) {
		const char *before = i == 0 ? "" : i + 1 == found ? " or " : ", ";

		used += (size_t)snprintf(text + used, size - used, "%s%s", before, best[i]);
	}
}

int kernel_functions(struct names *names)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	char *line = NULL;
	size_t room = 0;
	int err = 0;

	if (!file)
		return -errno;
	/* A line is "ADDRESS TYPE NAME", and for a module's function also "\t[MODULE]". */
	while (!err && getline(&line, &room, file) >= 0) {
		char *type = strchr(line, ' '), *name;

		/* 't' and 'T' are functions, 'w' and 'W' those that another file may replace. */
		if (!type || !type[1] || !strchr("tTwW", type[1]) || type[2] != ' ')
			continue;
		name = type + 3;
		name[strcspn(name, "\t\n")] = '\0';
		/* "function.cold" is a piece of one, and these others fill up room in front of one.
		 */
		if (!strstr(name, ".cold") && strncmp(name, "__pfx_", 6) != 0 &&
		    strncmp(name, "__cfi_", 6) != 0)
			err = names_add(names, name);
	}
	if (!err && ferror(file))
		err = -EIO;
	free(line);
	fclose(file);
	return err;
}
