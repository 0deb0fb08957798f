// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Looks at the kernel and at what we may do on it. Changes nothing: it only reads and asks. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/perf_event.h>

#include "items.h"

/* The namespaces that the kernel starts with have the same numbers on every boot. */
#define FIRST_USER_NAMESPACE "user:[4026531837]"
#define FIRST_PID_NAMESPACE  "pid:[4026531836]"

#define DEVICES              "/sys/bus/event_source/devices"
#define CURE_SYSFS           "sudo mount -t sysfs sysfs /sys"
#define CURE_TRACEFS         "sudo mount -t tracefs tracefs /sys/kernel/tracing"
#define CURE_OPTION(option)  CURE_VM "; or boot a kernel built with " option
#define CURE_REFUSED         CURE_VM "; a container or a security policy forbids it here"

void judge(struct item *item, enum verdict verdict, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(item->found, sizeof(item->found), format, args);
	va_end(args);
	item->verdict = verdict;
}

static void judge_cure(struct item *item, enum verdict verdict, const char *found, const char *cure)
{
	judge(item, verdict, "%s", found);
	item->cure = cure;
}

/* Reads a small file as text. Returns 0 or the errno value. */
static int read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	int err;

	if (fd < 0)
		return errno;
	n = read(fd, text, size - 1);
	err = n < 0 ? errno : 0;
	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return err;
}

static bool is_mounted(const char *path, unsigned long magic)
{
	struct statfs fs;

	return !statfs(path, &fs) && (unsigned long)fs.f_type == magic;
}

static bool is_link_to(const char *path, const char *target)
{
	char text[64];
	ssize_t n = readlink(path, text, sizeof(text) - 1);

	if (n < 0)
		return false;
	text[n] = '\0';
	return !strcmp(text, target);
}

/* Opens a perf event and closes it again. Returns 0 or the errno value. */
static int try_event(__u32 type, __u64 config, pid_t pid, int cpu, bool user_only)
{
	struct perf_event_attr attr = {
		.type = type,
		.size = sizeof(attr),
		.config = config,
		.sample_period = 1000000,
		.exclude_kernel = user_only,
		.disabled = 1,
	};
	long fd = syscall(SYS_perf_event_open, &attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return errno;
	close((int)fd);
	return 0;
}

static bool may(unsigned int capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return false;
	return data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability);
}

/* Whoever makes a user namespace has all capabilities, but only over what is inside it. */
static bool in_user_namespace(void)
{
	return !access("/proc/self/ns/user", F_OK) &&
	       !is_link_to("/proc/self/ns/user", FIRST_USER_NAMESPACE);
}

static bool is_privileged(void)
{
	return (may(CAP_SYS_ADMIN) || (may(CAP_BPF) && may(CAP_PERFMON))) && !in_user_namespace();
}

static void look_at_version(struct item *item)
{
	unsigned long major, minor;
	struct utsname name;
	char *end;

	uname(&name);
	major = strtoul(name.release, &end, 10);
	minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;
	if (major > 5 || (major == 5 && minor >= 10)) {
		judge(item, OK, "%s", name.release);
	} else {
		judge(item, OLD, "%s; 5.10 is the oldest that will do", name.release);
		item->cure = CURE_VM "; or boot a newer kernel";
	}
}

static void look_at_root(struct item *item)
{
	if (may(CAP_SYS_ADMIN) && in_user_namespace())
		judge_cure(item, MISSING, "only inside this user namespace", CURE_VM);
	else if (may(CAP_SYS_ADMIN))
		judge(item, OK, geteuid() ? "no, but CAP_SYS_ADMIN is enough" : "yes");
	else if (is_privileged())
		judge(item, OK, "no, but CAP_BPF and CAP_PERFMON are enough");
	else if (!geteuid())
		judge_cure(item, MISSING, "root without CAP_SYS_ADMIN or CAP_BPF", CURE_REFUSED);
	else
		judge_cure(item, MISSING, "you are not root", CURE_ROOT);
}

static void look_at_lockdown(struct item *item)
{
	char text[128];
	int err;

	if (!is_mounted("/sys/kernel/security", SECURITYFS_MAGIC)) {
		judge(item, NOTE, "cannot tell: securityfs is not mounted");
		return;
	}
	err = read_text("/sys/kernel/security/lockdown", text, sizeof(text));
	if (err == ENOENT)
		judge(item, OK, "this kernel has none");
	else if (err)
		judge(item, NOTE, "cannot tell: %s", strerror(err));
	else if (strstr(text, "[confidentiality]"))
		judge_cure(item, MISSING, "the kernel hides its data from root, too",
			   CURE_VM "; or boot without lockdown=confidentiality");
	else
		judge(item, OK, "%s", strstr(text, "[none]") ? "off" : "on, but it lets us read");
}

static void look_at_jit(struct item *item)
{
	char text[16];

	if (read_text("/proc/sys/net/core/bpf_jit_enable", text, sizeof(text)))
		judge(item, NOTE, "cannot tell: bpf_jit_enable cannot be read");
	else if (!strcmp(text, "0"))
		judge_cure(item, NOTE, "off: programs run, but slowly",
			   "sudo sysctl net.core.bpf_jit_enable=1");
	else
		judge(item, OK, "on");
}

/* The kernel shows a device for each kind of probe that perf_event_open() can make; libbpf falls
 * back on a file in tracefs. */
static void look_at_probes(struct item *item, const char *device, const char *file,
			   const char *cure)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/kernel/tracing/%s", file);
	if (!access(device, F_OK) || !access(path, F_OK))
		judge(item, OK, "this kernel has them");
	else if (!access(DEVICES, F_OK))
		judge_cure(item, MISSING, "this kernel has none", cure);
	else
		judge_cure(item, UNKNOWN, "cannot tell: no sysfs on /sys", CURE_SYSFS);
}

static void look_at_kprobes(struct item *item)
{
	look_at_probes(item, DEVICES "/kprobe/type", "kprobe_events",
		       CURE_OPTION("CONFIG_KPROBE_EVENTS"));
}

static void look_at_uprobes(struct item *item)
{
	look_at_probes(item, DEVICES "/uprobe/type", "uprobe_events",
		       CURE_OPTION("CONFIG_UPROBE_EVENTS"));
}

static const char *tracefs(void)
{
	static const char *const paths[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };

	for (size_t i = 0; i < 2; i++) {
		if (is_mounted(paths[i], TRACEFS_MAGIC))
			return paths[i];
	}
	return NULL;
}

static void look_at_tracefs(struct item *item)
{
	if (tracefs())
		judge(item, OK, "mounted on %s", tracefs());
	else if (!is_privileged() && is_mounted("/sys/kernel/debug", DEBUGFS_MAGIC))
		judge_cure(item, UNKNOWN, "cannot tell without root", CURE_ROOT);
	else if (!access("/sys/kernel/tracing", F_OK))
		judge_cure(item, MISSING, "not mounted", CURE_TRACEFS);
	else if (access(DEVICES, F_OK))
		judge_cure(item, UNKNOWN, "cannot tell: no sysfs on /sys", CURE_SYSFS);
	else
		judge_cure(item, MISSING, "this kernel has none", CURE_OPTION("CONFIG_FTRACE"));
}

static void look_at_tracepoints(struct item *item)
{
	const char *folder = tracefs();
	char path[96], id[16];
	int err;

	if (!folder) {
		look_at_tracefs(item); /* its verdict and its cure are ours */
		judge(item, item->verdict, "cannot be seen without tracefs");
		return;
	}
	snprintf(path, sizeof(path), "%s/events/syscalls/sys_enter_openat/id", folder);
	err = read_text(path, id, sizeof(id));
	if (!err && is_privileged())
		err = try_event(PERF_TYPE_TRACEPOINT, strtoull(id, NULL, 10), -1, sched_getcpu(),
				false);
	if (!err) {
		judge(item, OK, "sys_enter_openat is event number %s", id);
	} else if (err == ENOENT) {
		judge_cure(item, MISSING, "this kernel has none for system calls",
			   CURE_OPTION("CONFIG_FTRACE_SYSCALLS"));
	} else if (is_privileged()) {
		judge(item, MISSING, "refused: %s", strerror(err));
		item->cure = CURE_REFUSED;
	} else if (!access(DEVICES "/tracepoint/type", F_OK)) {
		judge(item, OK, "this kernel has them; root could say which");
	} else {
		judge_cure(item, UNKNOWN, "cannot tell without root", CURE_ROOT);
	}
}

static void look_at_perf(struct item *item)
{
	bool ours = !is_privileged(); /* an ordinary user may count only what is their own */
	int err = try_event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, ours ? 0 : -1,
			    ours ? -1 : sched_getcpu(), ours);

	if (!err) {
		judge(item, OK, "cpu-clock can be opened%s", ours ? " (for your own)" : "");
	} else if (err == ENOSYS) {
		judge_cure(item, MISSING, "this kernel has none",
			   CURE_OPTION("CONFIG_PERF_EVENTS"));
	} else if (ours && !access("/proc/sys/kernel/perf_event_paranoid", F_OK)) {
		judge(item, OK, "this kernel has them, for root");
	} else if (ours) {
		judge_cure(item, UNKNOWN, "cannot tell without root", CURE_ROOT);
	} else {
		judge(item, MISSING, "refused: %s", strerror(err));
		item->cure = CURE_REFUSED;
	}
}

static void look_at_hardware(struct item *item)
{
	int err = try_event(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 0, -1, true);

	if (!err)
		judge(item, OK, "cycles can be counted");
	else if (err == EACCES || err == EPERM)
		judge(item, NOTE, "cannot tell without root");
	else
		judge(item, NOTE, "none, as in most VMs; cpu-clock will do");
}

void compare_pid(struct item *item, bool has_run, __u64 pid_tgid)
{
	static const char cure[] = "BPF programs show the kernel's PIDs; ps shows others here";
	unsigned int pid = (unsigned int)(pid_tgid >> 32);

	if (has_run && pid == (unsigned int)getpid()) {
		judge(item, OK, "the kernel's own (PID %u)", pid);
	} else if (has_run && !pid) {
		judge(item, UNKNOWN, "the program left no PID: TODO 4");
	} else if (has_run) {
		judge(item, NOTE, "a namespace: the kernel calls this process %u", pid);
		item->cure = cure;
	} else if (is_link_to("/proc/self/ns/pid", FIRST_PID_NAMESPACE)) {
		judge(item, OK, "the kernel's own, says /proc");
	} else if (!access("/proc/self/ns/pid", F_OK)) {
		judge_cure(item, NOTE, "a namespace, says /proc", cure);
	} else {
		judge(item, NOTE, "cannot tell: the program did not run");
	}
}

static const struct {
	const char *name;
	void (*look)(struct item *item); /* NULL: check.c looks at it itself */
} table[TOOLS] = {
	[KERNEL_VERSION] = { "kernel version", look_at_version },
	[BTF] = { "BTF", NULL },
	[ROOT] = { "root", look_at_root },
	[LOCKDOWN] = { "lockdown", look_at_lockdown },
	[BPF_JIT] = { "BPF JIT", look_at_jit },
	[KPROBES] = { "kprobes", look_at_kprobes },
	[UPROBES] = { "uprobes", look_at_uprobes },
	[TRACEFS] = { "tracefs", look_at_tracefs },
	[TRACEPOINTS] = { "tracepoints", look_at_tracepoints },
	[PERF_EVENTS] = { "perf events", look_at_perf },
	[HARDWARE_COUNTERS] = { "hardware counters", look_at_hardware },
	[BPF_LOAD] = { "BPF load", NULL },
	[BPF_RUN] = { "BPF run", NULL },
	[PID_NAMESPACE] = { "PID namespace", NULL },
};

void look_around(struct item items[ITEMS], const struct lesson *lesson)
{
	unsigned int needs = lesson ? lesson->needs : needs_of_all();

	for (size_t i = 0; i < TOOLS; i++) {
		items[i] = (struct item){ .name = table[i].name, .required = needs & (1U << i) };
		judge(&items[i], UNKNOWN, "not tried");
		if (table[i].look)
			table[i].look(&items[i]);
	}
	look_at_tools(items, !lesson && !in_vm());
}
