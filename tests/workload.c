// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Makes known events in known numbers, so that a test can compare what a tracer printed with
 * what really happened.
 *
 *   workload [-n NAME] [-t THREADS] [-e] [-c COUNT] [-p MS] [-a NUMBER] [-f PATH] CALL
 *       makes COUNT system calls in each of THREADS threads of a process called NAME, with NUMBER
 *       as the first argument or PATH as the file where the call has one, and prints "pid PID";
 *       with -e the threads are on every CPU in turn, with -p each sleeps for MS milliseconds after
 *       a call. CALL "unknown" is a system call that does
 *       not exist, with the number NUMBER; "unknowns" are such calls with the numbers NUMBER,
 *       NUMBER + 1 and so on
 *   workload user COMMAND [ARGUMENT...]
 *       becomes COMMAND as an ordinary user
 *   workload tracer COMMAND [ARGUMENT...]
 *       becomes COMMAND: writes the process's ID to the file "pid" first, and undoes that a
 *       shell makes its background jobs deaf to Ctrl-C
 *   workload terminal COMMAND [ARGUMENT...]
 *       runs COMMAND with a terminal of 80 columns and 24 lines as its standard output, and
 *       prints what it prints there
 *   workload without-batch COMMAND [ARGUMENT...]
 *       becomes COMMAND on a kernel that does not know bpf()'s BPF_MAP_LOOKUP_BATCH
 *   workload without-attach COMMAND [ARGUMENT...]
 *       becomes COMMAND on a kernel that attaches no BPF program to a tracepoint
 *   workload without-run COMMAND [ARGUMENT...]
 *       becomes COMMAND on a kernel that runs no BPF program on demand
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <pty.h>
#include <sched.h>
#include <stddef.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long number = 1234567;              /* -a: no such file descriptor is open */
static const char *path = "/no/such/file"; /* -f */

static void call_nanosleep(void)
{
	struct timespec moment = { .tv_nsec = 1000 };

	syscall(SYS_nanosleep, &moment, NULL);
}

/* The first thread sleeps for NUMBER milliseconds, the next one for twice as long, and so on. */
static void call_sleep_own(void)
{
	static int threads;
	long ms = number * __sync_add_and_fetch(&threads, 1);
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	syscall(SYS_nanosleep, &time, NULL);
}

/* Waits until it is killed. */
static void call_block(void)
{
	syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
}

static void call_close(void)
{
	syscall(SYS_close, number);
}

static void call_readahead(void)
{
	syscall(SYS_readahead, number, 0L, 4096L);
}

static void call_exec(void)
{
	pid_t child = fork();

	if (child == 0) {
		execl("/proc/self/exe", "workload", "-c0", "close", (char *)NULL);
		_exit(127);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
}

static void call_unknown(void)
{
	syscall(number);
}

static void call_unknowns(void)
{
	static __thread long made;

	syscall(number + made++);
}

/* The calls that open files leave them open: each gets the next file descriptor. */
static void call_open(void)
{
#ifdef SYS_open
	syscall(SYS_open, path, O_RDONLY);
#else
	syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
#endif
}

static void call_creat(void)
{
#ifdef SYS_creat
	syscall(SYS_creat, path, 0600);
#else
	syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
#endif
}

static void call_openat(void)
{
	syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
}

static void call_openat2(void)
{
	struct open_how how = { .flags = O_RDONLY };

	syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

/* With flags of all kinds; the path is how they are written here. */
static void call_open_flags(void)
{
#define TRY(flags) syscall(SYS_openat, AT_FDCWD, #flags, flags, 0600)
	TRY(O_RDONLY);
	TRY(O_RDWR);
	TRY(O_WRONLY | O_CREAT | O_EXCL | O_TRUNC);
	TRY(O_RDONLY | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | O_NOATIME | O_CLOEXEC);
	TRY(O_RDWR | O_CREAT | O_APPEND | O_SYNC);
	TRY(O_RDWR | O_DSYNC | O_DIRECT);
	TRY(O_WRONLY | O_ASYNC);
	TRY(O_RDWR | O_TMPFILE);
	TRY(O_RDONLY | O_DIRECTORY | O_PATH);
	TRY(O_ACCMODE);
#undef TRY
}

/* Opens the file from addresses where there is no memory, after one where there is. */
static void call_open_bad(void)
{
	call_openat();
	syscall(SYS_openat, AT_FDCWD, NULL, O_RDONLY);
	syscall(SYS_openat, AT_FDCWD, 1L, O_RDONLY);
	syscall(SYS_openat, AT_FDCWD, -4096L, O_RDONLY);
}

/* The path's NUL is the last byte of a page, and behind it there is no memory. */
static void call_open_edge(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = strlen(path) + 1;
	char *pages =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || size > page || munmap(pages + page, page))
		abort();
	syscall(SYS_openat, AT_FDCWD, memcpy(pages + page - size, path, size), O_RDONLY);
}

/* The path stands in a file that has been mapped, and not been looked at. */
static void call_open_fresh(void)
{
	int fd = memfd_create("path", 0);
	char *text;

	if (write(fd, path, strlen(path) + 1) < 0)
		abort();
	text = mmap(NULL, strlen(path) + 1, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED)
		abort();
	syscall(SYS_openat, AT_FDCWD, text, O_RDONLY);
}

/* Each thread opens a file of its own, which fails in one of two ways. */
static void call_open_own(void)
{
	static int threads;
	static __thread int mine, calls;
	char file[64];

	if (!mine)
		mine = __sync_add_and_fetch(&threads, 1);
	snprintf(file, sizeof(file), "%s/thread-%d-call-%d", mine % 2 ? "/none" : "/dev/null", mine,
		 ++calls);
	syscall(SYS_openat, AT_FDCWD, file, mine % 2 ? O_RDONLY : O_WRONLY);
}

static void *exec_here(void *unused)
{
	execl("/proc/self/exe", "workload", "-c0", "close", (char *)NULL);
	_exit(127);
}

/* An exec by a thread that is not the process's first. */
static void call_threadexec(void)
{
	pid_t child = fork();
	pthread_t thread;

	if (child == 0) {
		if (pthread_create(&thread, NULL, exec_here, NULL) == 0)
			pthread_join(thread, NULL);
		_exit(127);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
}

static void call_noexec(void)
{
	execl("/no/such/program", "program", "two words", (char *)NULL);
}

static const struct {
	const char *name;
	void (*call)(void);
} calls[] = {
	{ "nanosleep", call_nanosleep },
	{ "sleep-own", call_sleep_own },
	{ "block", call_block },
	{ "close", call_close },
	{ "readahead", call_readahead },
	{ "exec", call_exec },
	{ "open", call_open },
	{ "creat", call_creat },
	{ "openat", call_openat },
	{ "openat2", call_openat2 },
	{ "open-flags", call_open_flags },
	{ "open-bad", call_open_bad },
	{ "open-edge", call_open_edge },
	{ "open-fresh", call_open_fresh },
	{ "open-own", call_open_own },
	{ "unknown", call_unknown },
	{ "unknowns", call_unknowns },
	{ "threadexec", call_threadexec },
	{ "noexec", call_noexec },
};

static void (*chosen)(void);
static long count = 1;
static useconds_t pause_us;
static bool everywhere;

static void *run(void *thread)
{
	if (everywhere) {
		cpu_set_t cpu;

		CPU_ZERO(&cpu);
		CPU_SET((long)thread % sysconf(_SC_NPROCESSORS_ONLN), &cpu);
		sched_setaffinity(0, sizeof(cpu), &cpu);
	}
	for (long i = 0; i < count; i++) {
		chosen();
		if (pause_us)
			usleep(pause_us);
	}
	return NULL;
}

static int become(char **command)
{
	execvp(command[0], command);
	perror(command[0]);
	return 127;
}

static int become_user(char **command)
{
	/* Not the same number, so that a tracer cannot take one for the other. */
	enum { USER = 1000, GROUP = 2000 };

	if (setgid(GROUP) || setuid(USER)) {
		perror("workload: user");
		return 125;
	}
	return become(command);
}

static int become_tracer(char **command)
{
	FILE *file = fopen("pid", "w");
	sigset_t none;

	if (!file) {
		perror("workload: pid");
		return 125;
	}
	fprintf(file, "%d\n", getpid());
	fclose(file);
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	return become(command);
}

static int run_in_terminal(char **command)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	int terminal, status = 0, err = dup(STDERR_FILENO);
	pid_t child = forkpty(&terminal, NULL, NULL, &size);
	char text[4096];
	ssize_t n;

	if (child == 0) {
		dup2(err, STDERR_FILENO);
		_exit(become(command));
	}
	if (child < 0) {
		perror("workload: terminal");
		return 125;
	}
	while ((n = read(terminal, text, sizeof(text))) > 0) {
		fwrite(text, 1, (size_t)n, stdout);
		fflush(stdout);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Becomes COMMAND where these two commands of bpf() fail. */
static int become_without(unsigned int first, unsigned int second, char **command)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 4),
		/* The lower half of the first argument, on a little-endian machine. */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, first, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, second, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof(filter) / sizeof(*filter), .filter = filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("workload: without");
		return 125;
	}
	return become(command);
}

int main(int argc, char **argv)
{
	enum { MOST = 256 };
	pthread_t threads[MOST];
	long wanted = 1;
	int option;

	if (argc > 2 && !strcmp(argv[1], "tracer"))
		return become_tracer(argv + 2);
	if (argc > 2 && !strcmp(argv[1], "user"))
		return become_user(argv + 2);
	if (argc > 2 && !strcmp(argv[1], "terminal"))
		return run_in_terminal(argv + 2);
	if (argc > 2 && !strcmp(argv[1], "without-batch"))
		return become_without(BPF_MAP_LOOKUP_BATCH, BPF_MAP_LOOKUP_BATCH, argv + 2);
	if (argc > 2 && !strcmp(argv[1], "without-attach"))
		return become_without(BPF_RAW_TRACEPOINT_OPEN, BPF_LINK_CREATE, argv + 2);
	if (argc > 2 && !strcmp(argv[1], "without-run"))
		return become_without(BPF_PROG_TEST_RUN, BPF_PROG_TEST_RUN, argv + 2);

	while ((option = getopt(argc, argv, "n:t:ec:p:a:f:")) != -1) {
		switch (option) {
		case 'n':
			prctl(PR_SET_NAME, optarg);
			break;
		case 't':
			wanted = strtol(optarg, NULL, 10);
			break;
		case 'e':
			everywhere = true;
			break;
		case 'c':
			count = strtol(optarg, NULL, 10);
			break;
		case 'p':
			pause_us = (useconds_t)strtoul(optarg, NULL, 10) * 1000;
			break;
		case 'a':
			number = strtol(optarg, NULL, 0);
			break;
		case 'f':
			path = optarg;
			break;
		default:
			return 2;
		}
	}
	for (size_t i = 0; optind < argc && i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (!strcmp(argv[optind], calls[i].name))
			chosen = calls[i].call;
	}
	if (!chosen || wanted < 1 || wanted > MOST) {
		fprintf(stderr, "workload: unknown call, or a number of threads not in 1..%d\n",
			MOST);
		return 2;
	}

	printf("pid %d\n", getpid());
	fflush(stdout);
	/* The first thread of a process has the process's ID: the others tell them apart. */
	for (long i = 1; i < wanted; i++) {
		if (pthread_create(&threads[i], NULL, run, (void *)i)) {
			perror("workload: pthread_create");
			return 1;
		}
	}
	run((void *)0);
	for (long i = 1; i < wanted; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
