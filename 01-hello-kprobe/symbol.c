// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "symbol.h"

/* How the kernel names the wrapper of a system call on this architecture. */
#if defined(__x86_64__)
#define WRAPPER "__x64_sys_"
#elif defined(__aarch64__)
#define WRAPPER "__arm64_sys_"
#elif defined(__riscv)
#define WRAPPER "__riscv_sys_"
#else
#error "Which prefix do the wrappers of system calls have on this architecture?"
#endif

static bool is_wrapper(const char *name)
{
	return !strncmp(name, WRAPPER, strlen(WRAPPER));
}

static bool has(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++) {
		if (!strcmp(names->list[i], name))
			return true;
	}
	return false;
}

/* Offers the system calls under their plain names, too. */
static int add_plain_names(struct names *names)
{
	size_t count = names->count;
	int err = 0;

	for (size_t i = 0; i < count && !err; i++) {
		if (is_wrapper(names->list[i]))
			err = names_add(names, names->list[i] + strlen(WRAPPER));
	}
	return err;
}

int find_symbol(const char *function, struct symbol *symbol)
{
	struct names names = { 0 };
	char nearest[256];
	int err;

	err = kernel_functions(&names);
	if (err) {
		err = report(err, "cannot read the kernel's functions in /proc/kallsyms");
		goto out;
	}

	/* Some system calls share their name with a function inside the kernel: the call is meant.
	 */
	snprintf(symbol->name, sizeof(symbol->name), WRAPPER "%s", function);
	if (!has(&names, symbol->name))
		snprintf(symbol->name, sizeof(symbol->name), "%s", function);
	if (has(&names, symbol->name)) {
		symbol->is_syscall = is_wrapper(symbol->name);
		if (strcmp(symbol->name, function))
			fprintf(stderr, "%s is a system call: the kernel's function is %s\n",
				function, symbol->name);
		goto out;
	}

	err = add_plain_names(&names);
	if (err) {
		report(err, "cannot list the kernel's functions");
		goto out;
	}
	names_nearest(&names, function, nearest, sizeof(nearest));
	if (*nearest)
		err = report(0, "the kernel has no function '%s'. Near it: %s", function, nearest);
	else
		err = report(0,
			     "the kernel has no function '%s', and none with a name near it "
			     "(the compiler may have inlined it)",
			     function);
out:
	names_free(&names);
	return err ? -1 : 0;
}

/* The kernel shows kprobes as a source of perf events or, before 4.17, in tracefs only. */
static bool kernel_has_kprobes(void)
{
	return !access("/sys/bus/event_source/devices/kprobe/type", F_OK) ||
	       !access("/sys/kernel/tracing/kprobe_events", F_OK) ||
	       !access("/sys/kernel/debug/tracing/kprobe_events", F_OK);
}

int report_attach(const struct symbol *symbol, int err)
{
	switch (err) {
	case ENOENT:
		if (kernel_has_kprobes())
			return report(0,
				      "the kernel has %s, but not the function that was named "
				      "to attach to",
				      symbol->name);
		return report(0,
			      "%s is there, but this kernel has no kprobes: "
			      "00-setup/check says what to do",
			      symbol->name);
	case EINVAL:
	case EOPNOTSUPP:
		return report(0,
			      "%s may not be probed: the kernel needs it to handle probes, or "
			      "needed it at boot only",
			      symbol->name);
	case EADDRNOTAVAIL:
		return report(0,
			      "the kernel has more than one function %s: "
			      "a kprobe cannot tell which",
			      symbol->name);
	default:
		return report(err, "cannot attach a kprobe to %s", symbol->name);
	}
}
