// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The user side: says whether this machine can run the lessons. Most items are looked at in the
 * given files; the four here show how an item is made and how a BPF program is run. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common.h"
#include "items.h"
#include "check.skel.h"

struct options {
	struct common_options common;
	struct style style;
	const struct lesson *lesson; /* NULL: all of them */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'j':
		options->style.json = true;
		return 0;
	case 'q':
		options->style.quiet = true;
		return 0;
	case 'l':
		options->lesson = find_lesson(arg);
		if (!options->lesson)
			argp_error(state, "no lesson '%s'; there are %s", arg, lesson_names());
		return 0;
	case 'v':
		options->common.verbose = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option option_list[] = {
	{ "json", 'j', NULL, 0, "Print JSON", 0 },
	{ "lesson", 'l', "LESSON", 0, "Look only at what LESSON needs to run", 0 },
	{ "quiet", 'q', NULL, 0, "Print only what is required and missing", 0 },
	{ "verbose", 'v', NULL, 0, "Show libbpf's messages and the verifier's log", 0 },
	{ 0 },
};

static const struct argp argp = {
	.options = option_list,
	.parser = parse,
	.doc = "Says whether this machine can run the lessons, and what to do where it cannot.\v"
	       "Exit status: 0 if all that is required is there, 1 if not.",
};

static void check_btf(struct item *item)
{
	/*
	 * TODO 1: does the kernel describe its types?
	 *
	 * A BPF program that reads the kernel's data must know where each field of a struct lies,
	 * and that differs from kernel to kernel. So the kernel carries a description of all its
	 * types, called BTF, and shows it as the file /sys/kernel/btf/vmlinux.
	 *
	 * - access(path, R_OK) returns 0 if we may read the file.
	 * - stat(path, &st) returns 0 and fills in st, a struct stat. st.st_size is the file's
	 *   size in bytes.
	 * - Both return -1 where they fail, for example because there is no such file. Then errno
	 *   says why, and strerror(errno) is that in words.
	 *
	 * If both return 0, say so:
	 *	judge(item, OK, "%lld KiB of types", (long long)st.st_size / 1024);
	 * If not, say what is wrong and what to do about it:
	 *	judge(item, MISSING, "cannot be read: %s", strerror(errno));
	 *	item->cure = CURE_NO_BTF;
	 */
	judge(item, UNKNOWN, "TODO 1");
	/* end of TODO 1 */
}

static struct check_bpf *load(struct item *item)
{
	/*
	 * TODO 2: does the kernel take our program?
	 *
	 * The compiled check.bpf.c is a part of this program: it stands in check.skel.h, which
	 * bpftool made of it and which is called a skeleton. check_bpf__open_and_load() hands it
	 * to the kernel. There the verifier reads every instruction before anything runs, and
	 * refuses a program that it cannot prove to be safe.
	 *
	 * The call takes no arguments and returns a pointer to the skeleton, or NULL. If it is
	 * NULL, errno has the reason:
	 *	judge(item, MISSING, "refused: %s", strerror(errno));
	 *	item->cure = CURE_LOAD;
	 * If not, judge the item OK: "the verifier takes our program". Return the pointer either
	 * way; main() frees the skeleton at the end.
	 */
	judge(item, UNKNOWN, "TODO 2");
	return NULL;
	/* end of TODO 2 */
}

static bool run(struct item *item, const struct check_bpf *skel)
{
	/*
	 * TODO 3: does it run?
	 *
	 * A loaded program waits until something calls it. Later lessons attach it to an event;
	 * here bpf_prog_test_run_opts(fd, &opts) asks the kernel to run it once, right now.
	 *
	 * - fd is the number by which this process knows the loaded program:
	 *   bpf_program__fd(skel->progs.probe).
	 * - LIBBPF_OPTS(bpf_test_run_opts, opts); declares opts, empty and of the right size.
	 * - The call returns 0, or a negative errno value if the program could not be run. What
	 *   the program itself returned is another matter: that is in opts.retval.
	 *
	 * Judge the item and return whether all is well:
	 * - the call failed: MISSING, "did not run: %s" with strerror(-err), cure CURE_LOAD; false
	 * - opts.retval is not 42: MISSING, "returned %u and not 42", cure CURE_RUN; false
	 * - else: OK, "ran once and returned %u"; true
	 */
	(void)skel; /* not used yet */
	judge(item, UNKNOWN, "TODO 3");
	return false;
	/* end of TODO 3 */
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	struct item items[ITEMS];
	struct check_bpf *skel;
	bool has_run = false, ok;

	parse_options(&argp, argc, argv, &options.common, &options);
	look_around(items, options.lesson);

	check_btf(&items[BTF]);
	skel = load(&items[BPF_LOAD]);
	if (skel)
		has_run = run(&items[BPF_RUN], skel);
	else
		judge(&items[BPF_RUN], UNKNOWN, "nothing is loaded that could run");
	/* What the program left in its global variable: see TODO 4 in check.bpf.c. */
	compare_pid(&items[PID_NAMESPACE], has_run, has_run ? skel->bss->pid_tgid : 0);

	ok = print_items(items, options.lesson, options.style);
	if (fflush(stdout) == EOF) {
		report(errno, "cannot write the output");
		ok = false;
	}

	check_bpf__destroy(skel);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
