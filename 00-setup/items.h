/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What check looks at: the items of its output, and the lessons with what they need. */
#ifndef ITEMS_H
#define ITEMS_H

#include <stdbool.h>
#include <linux/types.h>

enum item_id {
	KERNEL_VERSION,
	BTF,
	ROOT,
	LOCKDOWN,
	BPF_JIT,
	KPROBES,
	UPROBES,
	TRACEFS,
	TRACEPOINTS,
	PERF_EVENTS,
	HARDWARE_COUNTERS,
	BPF_LOAD,
	BPF_RUN,
	PID_NAMESPACE,
	TOOLS, /* the kernel's items end here; those of the toolchain begin */
	CLANG = TOOLS,
	LLVM_STRIP,
	BPFTOOL,
	CC,
	MAKE,
	UNIFDEF,
	BATS,
	QEMU,
	ENTR,
	LIBBPF,
	ITEMS
};

enum verdict {
	UNKNOWN, /* could not be told; counts as missing */
	OK,
	MISSING,
	OLD,        /* there, but too old */
	NOTE,       /* worth knowing; nothing fails for it */
	NOT_NEEDED, /* in this place */
};

struct item {
	const char *name;
	enum verdict verdict;
	char found[128];  /* what is there, in a few words */
	const char *cure; /* what to do about it; NULL: nothing */
	bool required;
};

struct lesson {
	const char *name;
	unsigned int needs; /* a bit for each of the kernel's items: 1 << BTF and so on */
};

/* Cures that check.c uses, too. */
#define CURE_VM     "nothing to do: 'make run' and 'make test' use the throwaway VM"
#define CURE_ROOT   CURE_VM "; or run it with sudo"
#define CURE_NO_BTF CURE_VM "; or boot a kernel built with CONFIG_DEBUG_INFO_BTF"
#define CURE_LOAD   "-v shows why; without root, 'make run' uses the throwaway VM"
#define CURE_RUN    "the program in check.bpf.c should return 42: 'make diff' shows what changed"

/* Sets an item's verdict, and what was found from a format like printf's. */
void judge(struct item *item, enum verdict verdict, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* items.c: fills in all items but those that check.c looks at itself. With a lesson, only what
 * that lesson needs is required, and the toolchain is left out. */
void look_around(struct item items[ITEMS], const struct lesson *lesson);

/* items.c: compares what the BPF program wrote, if it has run, with getpid(). */
void compare_pid(struct item *item, bool has_run, __u64 pid_tgid);

/* tools.c: asks each tool for its version, if they are needed. */
void look_at_tools(struct item items[ITEMS], bool needed);

/* lessons.c: a lesson by its folder's name (NULL: there is none), all their names, and all that
 * they need. */
const struct lesson *find_lesson(const char *name);
const char *lesson_names(void);
unsigned int needs_of_all(void);

struct style {
	bool json, quiet;
};

/* lessons.c: prints the items and the lessons; with a lesson, only what concerns that one.
 * True: all that is required is there. */
bool print_items(const struct item items[ITEMS], const struct lesson *lesson, struct style style);

/* Inside the throwaway VM programs are only run, not built. */
bool in_vm(void);

#endif
