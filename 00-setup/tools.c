// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Looks at the toolchain, by asking each tool for its version. */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <bpf/libbpf.h>

#include "items.h"

/* Where Ubuntu has no bpftool for the running kernel, the one on PATH is a script that fails. */
#define FIND_BPFTOOL                                                                               \
	"sh -c 'for t in bpftool /usr/sbin/bpftool /usr/lib/linux-tools/*/bpftool; do "            \
	"v=$(\"$t\" version 2>/dev/null) && echo \"$v\" && exit; done; exit 127'"

#ifdef __aarch64__
#define QEMU_COMMAND "qemu-system-aarch64 --version"
#else
#define QEMU_COMMAND "qemu-system-x86_64 --version"
#endif

static const struct tool {
	const char *name, *command;
	unsigned int major, minor; /* the oldest version that will do; 0.0: any */
	bool optional;
} tools[ITEMS] = {
	[CLANG] = { "clang", "clang --version", 14, 0, false },
	[LLVM_STRIP] = { "llvm-strip", "llvm-strip --version", 14, 0, false },
	[BPFTOOL] = { "bpftool", FIND_BPFTOOL, 5, 13, false },
	[CC] = { "cc", "cc --version", 0, 0, false },
	[MAKE] = { "make", "make --version", 4, 0, false },
	[UNIFDEF] = { "unifdef", "unifdef -V", 0, 0, false },
	[BATS] = { "bats", "bats --version", 1, 8, false },
	[QEMU] = { "QEMU", QEMU_COMMAND, 0, 0, true },
	[ENTR] = { "entr", "entr", 0, 0, true }, /* says its version when it has nothing to do */
};

/* Judges by the first thing in the tool's output that looks like 1.2 or 1.2.3. */
static void judge_version(struct item *item, const struct tool *tool, const char *output)
{
	unsigned int major = 0, minor = 0;
	const char *p = output;
	int length;

	while (*p && !(isdigit((unsigned char)*p) && sscanf(p, "%u.%u", &major, &minor) == 2))
		p++;
	length = (int)strspn(p, "0123456789.");
	if (!length)
		judge(item, OK, "there, but its version is unknown");
	else if (major > tool->major || (major == tool->major && minor >= tool->minor))
		judge(item, OK, "%.*s", length, p);
	else
		judge(item, OLD, "%.*s; %u.%u is the oldest that will do", length, p, tool->major,
		      tool->minor);
}

/* Starts a tool, at most for two seconds; its output comes through the pipe. */
static FILE *start(const struct tool *tool)
{
	char command[512];

	snprintf(command, sizeof(command), "exec timeout -k 1 2 %s </dev/null 2>&1", tool->command);
	return popen(command, "re");
}

static void finish(struct item *item, const struct tool *tool, FILE *pipe)
{
	char output[1024], rest[1024];
	size_t n;
	int status;

	if (!pipe) {
		judge(item, UNKNOWN, "cannot tell: %s", strerror(errno));
		return;
	}
	n = fread(output, 1, sizeof(output) - 1, pipe);
	output[n] = '\0';
	while (fread(rest, 1, sizeof(rest), pipe) > 0)
		continue;
	status = pclose(pipe);
	if (WIFEXITED(status) && (WEXITSTATUS(status) == 126 || WEXITSTATUS(status) == 127))
		judge(item, tool->optional ? NOTE : MISSING, "not installed%s",
		      tool->optional ? " (optional)" : "");
	else if (!WIFEXITED(status) || WEXITSTATUS(status) == 124)
		judge(item, UNKNOWN, "does not answer");
	else
		judge_version(item, tool, output);
	if (item->verdict != OK)
		item->cure = "make setup";
}

void look_at_tools(struct item items[ITEMS], bool needed)
{
	FILE *pipes[ITEMS];

	for (size_t i = TOOLS; i < ITEMS; i++) {
		items[i] = (struct item){ .name = i == LIBBPF ? "libbpf" : tools[i].name };
		items[i].required = needed && !tools[i].optional;
		judge(&items[i], NOT_NEEDED, "-");
	}
	if (!needed)
		return;

	/* Whoever started us may have left it ignored; then no exit status could be had. */
	signal(SIGCHLD, SIG_DFL);
	/* All at once: none needs to wait for another. */
	for (size_t i = TOOLS; i < LIBBPF; i++)
		pipes[i] = start(&tools[i]);
	for (size_t i = TOOLS; i < LIBBPF; i++)
		finish(&items[i], &tools[i], pipes[i]);

	if (libbpf_major_version() > 1 ||
	    (libbpf_major_version() == 1 && libbpf_minor_version() >= 1)) {
		judge(&items[LIBBPF], OK, "%s", libbpf_version_string() + 1);
	} else {
		judge(&items[LIBBPF], OLD, "%s; 1.1 is the oldest that will do",
		      libbpf_version_string());
		items[LIBBPF].cure = "a newer release of your distribution";
	}
}
