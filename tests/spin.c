// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Keeps a CPU busy in known functions, for what samples. It is compiled with frame pointers, and in
 * several ways: as a program that is moved in memory (PIE), as one that is not, and (LIBRARY) as a
 * library.
 *
 *   spin [-n NAME] [-s TENTHS] [-l LIBRARY] WHAT...
 *       prints "pid PID" and works for so many tenths of a second (10), as a process called NAME,
 * at each WHAT in turn: split    70, 20 and 10 percent of the work in seventy(), twenty() and ten()
 *       deep     in innermost(), called by middle(), called by outermost()
 *       cpp      in a function with a C++ name, deep::space::nine(int)
 *       library  in in_library(), which is in LIBRARY
 *       vdso     in the kernel's little library
 *       kernel   in a system call
 *       nowhere  in code that is in no file
 *       never    is what a function is called that never runs
 *       exec     becomes "spin" with what follows, which may be options, too
 *       fork     goes on with what follows in a child, and waits for it
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* noipa: functions of the same body stay apart, and are called. */
#define WORK(name)                                                                                 \
	__attribute__((noipa, aligned(64))) void name(unsigned long loops)                         \
	{                                                                                          \
		for (volatile unsigned long i = 0; i < loops; i++)                                 \
			continue;                                                                  \
	}

#ifdef LIBRARY

WORK(before_library)
WORK(in_library)
WORK(behind_library)

#else

void before_seventy(unsigned long loops);
void seventy(unsigned long loops);
void twenty(unsigned long loops);
void ten(unsigned long loops);
void innermost(unsigned long loops);
void never(unsigned long loops);
void nine(unsigned long loops) __asm__("_ZN4deep5space4nineEi");

WORK(before_seventy)
WORK(seventy)
WORK(twenty)
WORK(ten)
WORK(innermost)
WORK(nine)
WORK(never)

static __attribute__((noipa)) void middle(unsigned long loops)
{
	innermost(loops);
	__asm__ volatile("");
}

static __attribute__((noipa)) void outermost(unsigned long loops)
{
	middle(loops);
	__asm__ volatile("");
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* How many loops take a tenth of a second: what was done, and not how long it took, is the measure
 * from then on, so that nothing else that runs can spoil the shares. */
static unsigned long tenth_of_a_second(void)
{
	unsigned long loops = 10000;
	double start, took;

	for (;;) {
		start = now();
		before_seventy(loops);
		took = now() - start;
		if (took > 0.01)
			return (unsigned long)((double)loops * 0.1 / took);
		loops *= 2;
	}
}

static const char *library;

static int work_at(const char *what, unsigned long loops)
{
	double end = now() + 0.1;

	if (!strcmp(what, "split")) {
		for (int i = 0; i < 2; i++) {
			seventy(loops / 20 * 7);
			twenty(loops / 20 * 2);
			ten(loops / 20);
		}
	} else if (!strcmp(what, "deep")) {
		outermost(loops);
	} else if (!strcmp(what, "cpp")) {
		nine(loops);
	} else if (!strcmp(what, "library")) {
		void *handle = dlopen(library, RTLD_NOW);
		void (*in_library)(unsigned long) = NULL;

		if (handle)
			*(void **)&in_library = dlsym(handle, "in_library");
		if (!in_library) {
			fprintf(stderr, "spin: %s\n", dlerror());
			return 1;
		}
		in_library(loops);
	} else if (!strcmp(what, "vdso")) {
		struct timespec t;

		while (now() < end) {
			for (int i = 0; i < 1000; i++)
				clock_gettime(CLOCK_REALTIME_COARSE, &t);
		}
	} else if (!strcmp(what, "kernel")) {
		static char buffer[1 << 20];
		int fd = open("/dev/zero", O_RDONLY);

		while (fd >= 0 && now() < end) {
			if (read(fd, buffer, sizeof(buffer)) < 0)
				return 1;
		}
		close(fd);
	} else if (!strcmp(what, "nowhere")) {
		enum { SIZE = 4096 };
		static void *code;

		if (!code) {
			code = mmap(NULL, SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			if (code == MAP_FAILED)
				return 1;
			memcpy(code, (void *)ten, 64);
			__builtin___clear_cache(code, (char *)code + 64);
		}
		(*(void (**)(unsigned long)) & code)(loops);
	} else {
		fprintf(stderr, "spin: what is '%s'?\n", what);
		return 2;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *name = "spin";
	long tenths = 10;
	unsigned long loops;
	int option, err;

	while ((option = getopt(argc, argv, "+n:s:l:")) != -1) {
		if (option == 'n')
			name = optarg;
		else if (option == 's')
			tenths = strtol(optarg, NULL, 10);
		else if (option == 'l')
			library = optarg;
		else
			return 2;
	}
	prctl(PR_SET_NAME, name);
	printf("pid %d\n", getpid());
	fflush(stdout);
	loops = tenth_of_a_second();
	for (; optind < argc; optind++) {
		if (!strcmp(argv[optind], "exec")) {
			argv[optind] = "spin";
			execv("/proc/self/exe", argv + optind);
			return 127;
		}
		if (!strcmp(argv[optind], "fork")) {
			if (fork()) {
				wait(&err);
				return err != 0;
			}
			continue;
		}
		for (long i = 0; i < tenths; i++) {
			err = work_at(argv[optind], loops);
			if (err)
				return err;
		}
	}
	return 0;
}
#endif
