// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Given: a program to probe. Its functions are called in known numbers, with known arguments.
 *
 *   sample [-w] [-t THREADS] [-c COUNT] FUNCTION [ARGUMENT...]
 *       calls FUNCTION COUNT times in each of THREADS threads, and prints "pid PID" before and
 *       "done" afterwards; with -w it waits for a line on standard input first
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Without this the compiler would make copies of a function, or call it less often. */
#define FUNCTION __attribute__((noinline, noclone, noipa))

static char **arguments; /* ARGUMENT..., ends with NULL */
static long count = 1;

static long argument(int i)
{
	for (int n = 0; n <= i; n++) {
		if (!arguments[n])
			return 0;
	}
	return strtol(arguments[i], NULL, 0);
}

static void sleep_ms(long ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

FUNCTION long add(long a, long b)
{
	return a + b;
}

FUNCTION long box(long x, long y, long width, long height)
{
	return (width - x) * (height - y);
}

/* An int may have anything in the upper half of its register. */
FUNCTION int negate(int n)
{
	return -n;
}

FUNCTION long nap(long ms)
{
	sleep_ms(ms);
	return ms;
}

static long (*volatile down_again)(long n, long ms); /* so that the compiler makes no loop of it */
static long (*volatile leap_again)(long n);

/* Calls itself n times; every level sleeps, so the outer calls take longer than the inner ones. */
FUNCTION long down(long n, long ms)
{
	sleep_ms(ms);
	return n ? down_again(n - 1, ms) + 1 : 0;
}

static long (*volatile hold_again)(long n);

/* Calls itself n times, says so, and waits for the end of standard input. */
FUNCTION long hold(long n)
{
	char c;

	if (n)
		return hold_again(n - 1) + 1;
	puts("holding");
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		continue;
	return 0;
}

FUNCTION size_t greet(int times, const char *name)
{
	return times ? (size_t)times * strlen(name) : 0;
}

/* The same function, with a text whose NUL is the last byte before there is no memory, and with a
 * pointer to nowhere. */
static void greet_edges(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *pages =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || munmap(pages + page, page))
		abort();
	greet(2, memcpy(pages + page - 5, "edge", 5));
	greet(0, (const char *)16);
}

static jmp_buf back;

/* Leaves itself n + 1 times over, and none of these calls returns. A negative n does return. */
FUNCTION long leap(long n)
{
	if (n == 0)
		longjmp(back, 1);
	return n > 0 ? leap_again(n - 1) + 1 : n;
}

static void leap_and_return(void)
{
	if (!setjmp(back))
		leap(argument(0));
	leap(-1);
}

/* The child returns from a call that its parent began. */
FUNCTION int split(void)
{
	pid_t child = fork();

	if (child > 0)
		waitpid(child, NULL, 0);
	return child > 0;
}

/* Three ways out of a process in mid-call, and one back. */
FUNCTION int vanish(long how)
{
	if (how == 0)
		_exit(0);
	if (how == 1)
		raise(SIGKILL);
	if (how == 2)
		execl("/proc/self/exe", "sample", "add", "2", "3", (char *)NULL);
	return -1;
}

/* The compiler puts this into its caller, and no function is left of it. */
static inline __attribute__((always_inline)) long twice(long n)
{
	return 2 * n;
}

static void allocate(long size)
{
	void *volatile block = malloc(size > 0 ? (size_t)size : 1);

	free(block);
}

static void call(const char *name)
{
	if (!strcmp(name, "add"))
		add(argument(0), argument(1));
	else if (!strcmp(name, "box"))
		box(argument(0), argument(1), argument(2), argument(3));
	else if (!strcmp(name, "negate"))
		negate((int)argument(0));
	else if (!strcmp(name, "nap"))
		nap(argument(0));
	else if (!strcmp(name, "down"))
		down(argument(0), argument(1));
	else if (!strcmp(name, "greet"))
		greet(2, arguments[0]);
	else if (!strcmp(name, "greet-edges"))
		greet_edges();
	else if (!strcmp(name, "hold"))
		hold(argument(0));
	else if (!strcmp(name, "leap"))
		leap_and_return();
	else if (!strcmp(name, "split") && !split())
		_exit(0);
	else if (!strcmp(name, "vanish"))
		vanish(argument(0));
	else if (!strcmp(name, "malloc"))
		allocate(twice(argument(0)));
}

/* Thread n sleeps n times as long as the first one. */
static void *nap_differently(void *n)
{
	for (long i = 0; i < count; i++)
		nap((long)n * argument(0));
	return NULL;
}

static void *run(void *name)
{
	for (long i = 0; i < count; i++)
		call(name);
	return NULL;
}

int main(int argc, char **argv)
{
	enum { MOST = 64 };
	pthread_t threads[MOST];
	bool wait = false;
	long wanted = 1;
	int option;

	while ((option = getopt(argc, argv, "+wt:c:")) != -1) {
		if (option == 'w')
			wait = true;
		else if (option == 't')
			wanted = strtol(optarg, NULL, 10);
		else if (option == 'c')
			count = strtol(optarg, NULL, 10);
		else
			return 2;
	}
	if (optind == argc || wanted < 1 || wanted > MOST) {
		fprintf(stderr,
			"usage: sample [-w] [-t THREADS] [-c COUNT] FUNCTION [ARGUMENT...]\n");
		return 2;
	}
	down_again = down;
	hold_again = hold;
	leap_again = leap;
	arguments = argv + optind + 1;
	printf("pid %d\n", getpid());
	fflush(stdout);
	while (wait && getchar() != '\n')
		continue;
	if (wanted == 1)
		run(argv[optind]);
	for (long i = 0; wanted > 1 && i < wanted; i++) {
		int err = strcmp(argv[optind], "nap")
				  ? pthread_create(&threads[i], NULL, run, argv[optind])
				  : pthread_create(&threads[i], NULL, nap_differently,
						   (void *)(i + 1));

		if (err)
			abort();
	}
	for (long i = 0; wanted > 1 && i < wanted; i++)
		pthread_join(threads[i], NULL);
	puts("done");
	return 0;
}
