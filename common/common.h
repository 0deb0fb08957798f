/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs of all lessons share. What a lesson teaches is never hidden here. */
#ifndef COMMON_H
#define COMMON_H

#include <argp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct bpf_object;
struct bpf_program;

/* The options that every program has. */
struct common_options {
	bool verbose; /* -v: libbpf's messages, the verifier's log if it refuses a program */
	unsigned int duration; /* -d: seconds to run; 0: until Ctrl-C */
};

/* The parser of -v and -d, as a child of a program's own argp. Its input is a
 * struct common_options; the program's parser sets state->child_inputs[0] to it. */
extern const struct argp_child common_argp[];

/* Parses the command line with argp, readies libbpf and turns a closed pipe into an error of the
 * write. A usage error ends the program with status 2, --help with 0: argp does that. */
void parse_options(const struct argp *argp, int argc, char **argv, struct common_options *common,
		   void *input);

/* Prints one line on stderr: "PROGRAM: MESSAGE: REASON", where REASON is the text of err, an
 * errno value of either sign; with err 0 the message stands alone. Returns -1. */
int report(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Says on stderr why libbpf could not open or load a program (err: its errno value, either
 * sign), in the verifier's words where it was the verifier. Returns -1. */
int report_load(int err);

/* How often the kernel could not run the program, because it had been interrupted and was not done
 * yet on that CPU: every kernel does that at kprobes, Linux 7.2 also at system calls, 6.12 not. 0
 * also where the kernel does not count it. */
unsigned long long count_skipped(const struct bpf_program *program);

/* Says on stderr how often that was for all programs of the object together, unless it was never.
 */
void report_skipped(const struct bpf_object *object);

/* Is there a process with this ID, one that has not ended? A thread's ID is none. Returns 0, also
 * if pid is 0; or -1 after it has reported what is wrong. */
int check_process(pid_t pid);

/* Prints on stderr the line that says that events arrive from now on:
 * "Tracing WHAT... Press Ctrl-C to stop". */
void print_ready(const char *what);

/* Not 0 once the program has been told to end. Set by the handler of stop_on_signals(). */
extern volatile sig_atomic_t stopping;

/* Makes Ctrl-C, SIGTERM and the end of -d (duration in seconds; 0: no end) set stopping. Lesson 01
 * shows how; the later lessons use this one. */
void stop_on_signals(unsigned int duration);

/* Writes out what stdio holds back of our output. Returns 0, or -EPIPE where it cannot be written.
 */
int flush_output(void);

/* Says why reading and printing have ended. err is 0 or more (well), -EPIPE (see flush_output()),
 * or another negative error number: then source, as "the ring buffer", could not be read. That
 * whoever reads our output has left, as head does, is no failure. Returns 0, or -1 after it has
 * reported the error. */
int report_end(int err, const char *source);

/* Prints a string of at most size bytes, up to its NUL, on one line and in printable letters:
 * others appear as \n, \t, \", \\ or \xHH. Whole UTF-8 letters stay as they are. */
void print_escaped(const char *text, size_t size);

/* Writes the first letter of text, which has size bytes, into out as print_escaped() prints it, and
 * the number of bytes there into *length. Returns how many bytes of text that were. */
size_t escape_letter(const char *text, size_t size, char out[4], size_t *length);

/* A list of names to suggest from. Zero it to begin; free it with names_free(). */
struct names {
	char **list;
	size_t count, room;
};

/* Adds a copy of a name. Returns 0, or -ENOMEM. */
int names_add(struct names *names, const char *name);

/* Writes into text, of size bytes, the (at most three) names most like the wanted one, as
 * "a, b or c". An empty text where none is near. */
void names_nearest(const struct names *names, const char *wanted, char *text, size_t size);

void names_free(struct names *names);

/* Collects the names of the kernel's functions from /proc/kallsyms. Returns 0 or -errno. */
int kernel_functions(struct names *names);

#endif
