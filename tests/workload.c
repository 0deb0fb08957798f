// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Makes known events in known numbers, so that a test can compare what a tracer printed with
 * what really happened.
 *
 *   workload [-n NAME] [-t THREADS] [-c COUNT] [-a NUMBER] CALL
 *       makes COUNT system calls in each of THREADS threads of a process called NAME, with NUMBER
 *       as the first argument where the call has one, and prints "pid PID"
 *   workload user COMMAND [ARGUMENT...]
 *       becomes COMMAND as an ordinary user
 *   workload tracer COMMAND [ARGUMENT...]
 *       becomes COMMAND: writes the process's ID to the file "pid" first, and undoes that a
 *       shell makes its background jobs deaf to Ctrl-C
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long number = 1234567; /* -a: no such file descriptor is open */

static void call_nanosleep(void)
{
	struct timespec moment = { .tv_nsec = 1000 };

	syscall(SYS_nanosleep, &moment, NULL);
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

static void *exec_here(void *unused)
{
	(void)unused;
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
	{ "nanosleep", call_nanosleep },   { "close", call_close },
	{ "readahead", call_readahead },   { "exec", call_exec },
	{ "threadexec", call_threadexec }, { "noexec", call_noexec },
};

static void (*chosen)(void);
static long count = 1;

static void *run(void *unused)
{
	(void)unused;
	for (long i = 0; i < count; i++)
		chosen();
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
	enum { USER = 1000 };

	if (setgid(USER) || setuid(USER)) {
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

	while ((option = getopt(argc, argv, "n:t:c:a:")) != -1) {
		switch (option) {
		case 'n':
			prctl(PR_SET_NAME, optarg);
			break;
		case 't':
			wanted = strtol(optarg, NULL, 10);
			break;
		case 'c':
			count = strtol(optarg, NULL, 10);
			break;
		case 'a':
			number = strtol(optarg, NULL, 0);
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
		if (pthread_create(&threads[i], NULL, run, NULL)) {
			perror("workload: pthread_create");
			return 1;
		}
	}
	run(NULL);
	for (long i = 1; i < wanted; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
