// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Measures what a tracer adds to each call of a workload.
 *
 *   bench [-r ROUNDS] [-t MILLISECONDS] TABLE
 *
 * A line of the table is "WORKLOAD | NAME | COMMAND". In the command {pid} stands for the process
 * that makes the calls and {exe} for its program. For each line and in each round a fresh process
 * makes calls for so many milliseconds, first alone and then with the tracer attached: the
 * difference is what the tracer adds. The medians are printed, and their ratio to the first line of
 * the same workload, the floor; how many times as long the call takes; how long the tracer took to
 * start; and its memory.
 *
 * The lines of one workload take turns, so that a busy moment of the machine meets them all.
 */
#include <argp.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_LINES = 64, MAX_ROUNDS = 101, MAX_ARGS = 32 };

static struct {
	int rounds;
	long milliseconds;
	const char *table;
} options = { .rounds = 5, .milliseconds = 300 };

/* What a measurement gives: nanoseconds for each call. */
struct cost {
	double added;  /* to the call */
	double reader; /* CPU time that the tracer's own process took, on whichever CPU */
};

/* What a tracer takes once. */
struct weight {
	double start; /* milliseconds until it was attached */
	double peak;  /* MB of memory, at most */
};

struct line {
	char workload[32], name[64], command[512];
	struct cost costs[MAX_ROUNDS];
	struct weight weights[MAX_ROUNDS];
	struct cost median;
	double alone[MAX_ROUNDS];
	int measured;
	bool missing;
};

static struct line lines[MAX_LINES];
static int nr_lines;

/* ---- the workloads: one call each ---- */

static void call_getppid(void)
{
	syscall(SYS_getppid);
}

static void call_read(void)
{
	static int zero = -1;
	char byte;

	if (zero < 0)
		zero = open("/dev/zero", O_RDONLY);
	if (read(zero, &byte, 1) != 1)
		abort();
}

static void call_open(void)
{
	close(open("/dev/null", O_RDONLY));
}

static void call_exec(void)
{
	pid_t child = vfork();

	if (child == 0) {
		execl("/proc/self/exe", "bench", "--nothing", (char *)NULL);
		_exit(127);
	}
	waitpid(child, NULL, 0);
}

/* A millisecond or so of work. */
static void call_spin(void)
{
	for (volatile int i = 0; i < 1000000; i++)
		;
}

/* A function that begins as most do, and one whose first instruction the kernel can emulate. */
__attribute__((noinline, noclone)) int bench_function(int a, int b)
{
	asm volatile("" : : : "memory");
	return a + b;
}

static void call_function(void)
{
	bench_function(1, 2);
}

#if defined(__x86_64__) || defined(__aarch64__)
__attribute__((noinline, noclone, naked)) void bench_nop(void)
{
	asm volatile("nop\n\tret");
}
#else
__attribute__((noinline, noclone)) void bench_nop(void)
{
	asm volatile("nop");
}
#endif

static const struct {
	const char *name;
	void (*call)(void);
	int batch; /* calls between two looks at the clock */
} workloads[] = {
	{ "getppid", call_getppid, 1000 },
	{ "read", call_read, 1000 },
	{ "open", call_open, 100 },
	{ "exec", call_exec, 1 },
	{ "function", call_function, 1000 },
	{ "nop", bench_nop, 1000 },
	{ "spin", call_spin, 1 },
};

enum { WORKLOADS = sizeof(workloads) / sizeof(workloads[0]) };

static int find_workload(const char *name)
{
	for (int i = 0; i < WORKLOADS; i++) {
		if (!strcmp(workloads[i].name, name))
			return i;
	}
	return -1;
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

struct measured {
	double call; /* nanoseconds */
	uint64_t calls;
};

static struct measured make_calls(int workload)
{
	uint64_t start = now(), end = start + (uint64_t)options.milliseconds * 1000000, stop;
	uint64_t calls = 0;

	do {
		for (int i = 0; i < workloads[workload].batch; i++)
			workloads[workload].call();
		calls += (uint64_t)workloads[workload].batch;
		stop = now();
	} while (stop < end);
	return (struct measured){ (double)(stop - start) / (double)calls, calls };
}

/* The process that makes the calls: one measurement for each byte that it is sent. */
static void work(int workload, int orders, int results)
{
	struct measured measured;
	char order;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "bench-calls");
	make_calls(workload); /* warms up */
	while (read(orders, &order, 1) == 1) {
		measured = make_calls(workload);
		if (write(results, &measured, sizeof(measured)) != sizeof(measured))
			break;
	}
	_exit(0);
}

/* ---- the tracer ---- */

static pid_t start_tracer(const char *command, pid_t pid)
{
	char text[1024], exe[32], *args[MAX_ARGS] = {}, *save = NULL;
	int count = 0;
	size_t used = 0;
	pid_t tracer;

	snprintf(exe, sizeof(exe), "/proc/%d/exe", pid);
	for (const char *at = command; *at && used < sizeof(text) - 64;) {
		if (!strncmp(at, "{pid}", 5)) {
			used += (size_t)snprintf(text + used, 32, "%d", pid);
			at += 5;
		} else if (!strncmp(at, "{exe}", 5)) {
			ssize_t length = readlink(exe, text + used, sizeof(text) - used - 1);

			used += length > 0 ? (size_t)length : 0;
			at += 5;
		} else {
			text[used++] = *at++;
		}
	}
	text[used] = '\0';
	for (char *word = strtok_r(text, " ", &save); word && count < MAX_ARGS - 1;
	     word = strtok_r(NULL, " ", &save))
		args[count++] = word;

	tracer = fork();
	if (tracer == 0) {
		int null = open("/dev/null", O_RDWR);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(null, 0);
		dup2(null, 1);
		if (!getenv("BENCH_DEBUG"))
			dup2(null, 2);
		execvp(args[0], args);
		_exit(127);
	}
	return tracer;
}

/* Whether the tracer holds something that the kernel hands only to tracers; counts its files. */
static bool holds_events(pid_t tracer, int *files)
{
	char folder[64], target[64];
	bool found = false;
	struct dirent *entry;
	DIR *dir;

	*files = 0;
	snprintf(folder, sizeof(folder), "/proc/%d/fd", tracer);
	dir = opendir(folder);
	while (dir && (entry = readdir(dir))) {
		ssize_t length = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		if (length <= 0)
			continue;
		target[length] = '\0';
		(*files)++;
		found |= strstr(target, "bpf_link") || strstr(target, "bpf-link") ||
			 strstr(target, "perf_event") || strstr(target, "raw-tracepoint");
	}
	if (dir)
		closedir(dir);
	return found;
}

/* A field of /proc/PID/status that is a number or a letter. */
static int status_of(pid_t pid, const char *field)
{
	char path[64], line[128];
	int value = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		size_t length = strlen(field);

		if (!strncmp(line, field, length)) {
			value = line[length + 2] >= 'A' ? line[length + 2]
							: atoi(line + length + 1);
			break;
		}
	}
	if (file)
		fclose(file);
	return value;
}

/*
 * Tracers say in many ways, or not at all, that they are ready. What is seen from outside is the
 * same for all: the kernel's events are open (or the process is being traced), no more files are
 * opened, and the tracer sleeps, for a while. Returns when that began; 0 if it did not.
 */
static uint64_t wait_until_ready(pid_t tracer, pid_t pid)
{
	enum { LOOK_EVERY_US = 2000, LOOKS = 30000, WHILE = 300000000 /* ns */ };
	uint64_t since = now();
	int before = -1, files;

	for (int looks = 0; looks < LOOKS; looks++) {
		bool attached =
			holds_events(tracer, &files) || status_of(pid, "TracerPid") == tracer;
		int state = status_of(tracer, "State");

		if (waitpid(tracer, NULL, WNOHANG) != 0)
			return 0;
		if (!attached || files != before || state != 'S')
			since = now();
		else if (now() - since > WHILE)
			return since;
		before = files;
		usleep(LOOK_EVERY_US);
	}
	return 0;
}

/* Nanoseconds of CPU time that all threads of the process have had. */
static uint64_t cpu_time(pid_t pid)
{
	char path[64];
	uint64_t total = 0;
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		unsigned long long time;
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%d/task/%.16s/schedstat", pid, entry->d_name);
		file = fopen(path, "re");
		if (file && fscanf(file, "%llu", &time) == 1)
			total += time;
		if (file)
			fclose(file);
	}
	if (dir)
		closedir(dir);
	return total;
}

static void end(pid_t child, int signal)
{
	if (child <= 0)
		return;
	kill(child, signal);
	for (int waited = 0; waited < 500; waited++) {
		if (waitpid(child, NULL, WNOHANG) != 0)
			return;
		usleep(10000);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static bool one_measurement(int orders, int results, struct measured *measured)
{
	return write(orders, "", 1) == 1 &&
	       read(results, measured, sizeof(*measured)) == sizeof(*measured);
}

static bool measure(struct line *line)
{
	int orders[2] = { -1, -1 }, results[2] = { -1, -1 };
	pid_t worker = -1, tracer = -1;
	struct measured alone, traced;
	uint64_t before, started, ready;
	bool done = false;

	if (pipe2(orders, O_CLOEXEC) || pipe2(results, O_CLOEXEC))
		goto cleanup;
	worker = fork();
	if (worker == 0) {
		close(orders[1]);
		work(find_workload(line->workload), orders[0], results[1]);
	}
	if (worker < 0 || !one_measurement(orders[1], results[0], &alone))
		goto cleanup;
	started = now();
	tracer = start_tracer(line->command, worker);
	ready = tracer < 0 ? 0 : wait_until_ready(tracer, worker);
	if (!ready) {
		fprintf(stderr, "%s did not start: %s\n", line->name, line->command);
		goto cleanup;
	}
	before = cpu_time(tracer);
	if (!one_measurement(orders[1], results[0], &traced))
		goto cleanup;
	line->alone[line->measured] = alone.call;
	line->costs[line->measured].added = traced.call - alone.call;
	line->costs[line->measured].reader =
		(double)(cpu_time(tracer) - before) / (double)traced.calls;
	line->weights[line->measured] = (struct weight){
		.start = (double)(ready - started) / 1e6,
		.peak = status_of(tracer, "VmHWM") / 1024.0,
	};
	line->measured++;
	done = true;
cleanup:
	/* The worker first: strace would outlive it no longer, and a tracer with less to do ends
	 * sooner. */
	end(worker, SIGKILL);
	end(tracer, SIGINT);
	for (int i = 0; i < 2; i++) {
		if (orders[i] >= 0)
			close(orders[i]);
		if (results[i] >= 0)
			close(results[i]);
	}
	return done;
}

/* ---- the table ---- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(const double *values, int count)
{
	double sorted[MAX_ROUNDS];

	memcpy(sorted, values, sizeof(*values) * (size_t)count);
	qsort(sorted, (size_t)count, sizeof(*sorted), by_value);
	return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

static int read_table(void)
{
	FILE *file = fopen(options.table, "re");
	char text[1024];
	int err = 0;

	if (!file) {
		fprintf(stderr, "bench: cannot open %s: %s\n", options.table, strerror(errno));
		return -1;
	}
	while (fgets(text, sizeof(text), file)) {
		struct line *line = &lines[nr_lines];

		if (text[0] == '#' || text[0] == '\n')
			continue;
		if (nr_lines == MAX_LINES ||
		    sscanf(text, " %31[^| ] | %63[^|] | %511[^\n]", line->workload, line->name,
			   line->command) != 3 ||
		    find_workload(line->workload) < 0) {
			fprintf(stderr, "bench: cannot read this line of the table: %s", text);
			err = -1;
			break;
		}
		for (size_t end = strlen(line->name); end && line->name[end - 1] == ' ';)
			line->name[--end] = '\0';
		nr_lines++;
	}
	fclose(file);
	return err;
}

/* The lines from first up to the next workload. */
static int measure_workload(int first)
{
	int last = first;

	while (last < nr_lines && !strcmp(lines[last].workload, lines[first].workload))
		last++;
	for (int round = 0; round < options.rounds; round++) {
		if (isatty(STDERR_FILENO))
			fprintf(stderr, "\r%s: round %d of %d ", lines[first].workload, round + 1,
				options.rounds);
		for (int i = first; i < last; i++) {
			if (!lines[i].missing)
				lines[i].missing = !measure(&lines[i]);
		}
	}
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	return last;
}

static void print_workload(int first, int last)
{
	double alone[MAX_ROUNDS], added[MAX_ROUNDS], reader[MAX_ROUNDS];
	double start[MAX_ROUNDS], peak[MAX_ROUNDS], floor = 0;

	for (int i = first; i < last; i++) {
		struct line *line = &lines[i];

		if (line->missing || !line->measured) {
			printf("%-10s %-28s %12s\n", line->workload, line->name, "(could not run)");
			continue;
		}
		for (int k = 0; k < line->measured; k++) {
			alone[k] = line->alone[k];
			added[k] = line->costs[k].added;
			reader[k] = line->costs[k].reader;
			start[k] = line->weights[k].start;
			peak[k] = line->weights[k].peak;
		}
		line->median.added = median(added, line->measured);
		line->median.reader = median(reader, line->measured);
		if (i == first) {
			floor = line->median.added;
			printf("%-10s %-28s %10.0f\n", line->workload, "(alone, ns for a call)",
			       median(alone, line->measured));
		}
		printf("%-10s %-28s %10.0f %10.0f %8.2f %8.2f %8.0f %8.0f\n", line->workload,
		       line->name, line->median.added, line->median.reader,
		       line->median.added / floor,
		       1 + line->median.added / median(alone, line->measured),
		       median(start, line->measured), median(peak, line->measured));
	}
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'r':
		options.rounds = atoi(arg);
		if (options.rounds < 1 || options.rounds > MAX_ROUNDS)
			argp_error(state, "ROUNDS is from 1 to %d", MAX_ROUNDS);
		return 0;
	case 't':
		options.milliseconds = atol(arg);
		if (options.milliseconds < 1)
			argp_error(state, "MILLISECONDS is at least 1");
		return 0;
	case ARGP_KEY_ARG:
		if (options.table)
			argp_usage(state);
		options.table = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp_option known[] = {
		{ "rounds", 'r', "ROUNDS", 0, "how often each line is measured (5)", 0 },
		{ "time", 't', "MILLISECONDS", 0, "how long one measurement takes (300)", 0 },
		{},
	};
	static const struct argp argp = { known,   parse_option,
					  "TABLE", "Measures what tracers add to each call.",
					  NULL,    NULL,
					  NULL };

	/* (what an exec costs must not be argp's start-up) */
	if (argc == 2 && !strcmp(argv[1], "--nothing"))
		_exit(0);
	if (argp_parse(&argp, argc, argv, 0, NULL, NULL) || read_table())
		return 1;
	signal(SIGPIPE, SIG_IGN);
	printf("%-10s %-28s %10s %10s %8s %8s %8s %8s\n", "call", "tracer", "added ns", "reader ns",
	       "to floor", "slowdown", "start ms", "peak MB");
	for (int first = 0, next; first < nr_lines; first = next) {
		next = measure_workload(first);
		print_workload(first, next);
		fflush(stdout);
	}
	return 0;
}
