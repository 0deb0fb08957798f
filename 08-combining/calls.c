// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "decode.h"
#include "names.h"

/*
 * The arguments of each call, by what they mean. decode.c knows the words. "|x" are flags with
 * names from the table x, "=x" is one of the names in the table x. "->" stands before a result that
 * is no plain number.
 */
static const char *const signatures[][2] = {
	/* files */
	{ "open", "path oflags mode" },
	{ "creat", "path mode" },
	{ "openat", "dirfd path oflags mode" },
	{ "openat2", "dirfd path openhow size" },
	{ "close", "fd" },
	{ "close_range", "uint uint |closerange" },
	{ "read", "fd out size" },
	{ "write", "fd in size" },
	{ "pread64", "fd out size long" },
	{ "pwrite64", "fd in size long" },
	{ "readv", "fd ptr int" },
	{ "writev", "fd ptr int" },
	{ "preadv", "fd ptr int long long" },
	{ "pwritev", "fd ptr int long long" },
	{ "preadv2", "fd ptr int long long hex" },
	{ "pwritev2", "fd ptr int long long hex" },
	{ "lseek", "fd long =seek" },
	{ "dup", "fd" },
	{ "dup2", "fd fd" },
	{ "dup3", "fd fd |oflag" },
	{ "pipe", "pipefd" },
	{ "pipe2", "pipefd |oflag" },
	{ "fcntl", "fd =fcntl fcntlarg" },
	{ "flock", "fd |flock" },
	{ "ioctl", "fd =ioctl hex" },
	{ "stat", "path stat" },
	{ "lstat", "path stat" },
	{ "fstat", "fd stat" },
	{ "newfstatat", "dirfd path stat |at" },
	{ "statx", "dirfd path |at |statx statx" },
	{ "statfs", "path ptr" },
	{ "fstatfs", "fd ptr" },
	{ "access", "path |access" },
	{ "faccessat", "dirfd path |access" },
	{ "faccessat2", "dirfd path |access |eaccess" },
	{ "readlink", "path out size" },
	{ "readlinkat", "dirfd path out size" },
	{ "getdents", "fd ptr uint" },
	{ "getdents64", "fd ptr size" },
	{ "getcwd", "pathout size" },
	{ "chdir", "path" },
	{ "fchdir", "fd" },
	{ "chroot", "path" },
	{ "mkdir", "path mode" },
	{ "mkdirat", "dirfd path mode" },
	{ "rmdir", "path" },
	{ "unlink", "path" },
	{ "unlinkat", "dirfd path |unlink" },
	{ "rename", "path path" },
	{ "renameat", "dirfd path dirfd path" },
	{ "renameat2", "dirfd path dirfd path |rename" },
	{ "link", "path path" },
	{ "linkat", "dirfd path dirfd path |at" },
	{ "symlink", "path path" },
	{ "symlinkat", "path dirfd path" },
	{ "mknod", "path filemode hex" },
	{ "mknodat", "dirfd path filemode hex" },
	{ "chmod", "path mode" },
	{ "fchmod", "fd mode" },
	{ "fchmodat", "dirfd path mode" },
	{ "fchmodat2", "dirfd path mode |at" },
	{ "chown", "path int int" },
	{ "lchown", "path int int" },
	{ "fchown", "fd int int" },
	{ "fchownat", "dirfd path int int |at" },
	{ "umask", "mode -> mode" },
	{ "truncate", "path long" },
	{ "ftruncate", "fd long" },
	{ "fallocate", "fd hex long long" },
	{ "fsync", "fd" },
	{ "fdatasync", "fd" },
	{ "sync", "" },
	{ "syncfs", "fd" },
	{ "sync_file_range", "fd long long hex" },
	{ "fadvise64", "fd long long int" },
	{ "readahead", "fd long size" },
	{ "sendfile", "fd fd ptr size" },
	{ "splice", "fd ptr fd ptr size |splice" },
	{ "tee", "fd fd size |splice" },
	{ "vmsplice", "fd ptr size |splice" },
	{ "copy_file_range", "fd ptr fd ptr size hex" },
	{ "utime", "path ptr" },
	{ "utimes", "path ptr" },
	{ "utimensat", "dirfd path ptr |at" },
	{ "futimesat", "dirfd path ptr" },
	{ "getxattr", "path path ptr size" },
	{ "lgetxattr", "path path ptr size" },
	{ "fgetxattr", "fd path ptr size" },
	{ "setxattr", "path path ptr size |xattr" },
	{ "lsetxattr", "path path ptr size |xattr" },
	{ "fsetxattr", "fd path ptr size |xattr" },
	{ "listxattr", "path ptr size" },
	{ "llistxattr", "path ptr size" },
	{ "flistxattr", "fd ptr size" },
	{ "removexattr", "path path" },
	{ "lremovexattr", "path path" },
	{ "fremovexattr", "fd path" },
	{ "mount", "path path path |mount ptr" },
	{ "umount2", "path hex" },
	{ "pivot_root", "path path" },
	{ "swapon", "path hex" },
	{ "swapoff", "path" },
	{ "inotify_init", "" },
	{ "inotify_init1", "|oflag" },
	{ "inotify_add_watch", "fd path |inotify" },
	{ "inotify_rm_watch", "fd int" },
	{ "fanotify_init", "hex hex" },
	{ "memfd_create", "path |memfd" },
	{ "io_setup", "uint ptr" },
	{ "io_destroy", "hex" },
	{ "io_submit", "hex long ptr" },
	{ "io_getevents", "hex long long ptr timespec" },
	{ "io_uring_setup", "uint ptr" },
	{ "io_uring_enter", "fd uint uint hex ptr size" },
	{ "io_uring_register", "fd uint ptr uint" },
	/* memory */
	{ "mmap", "ptr size |prot |mapflag fd hex -> ptr" },
	{ "munmap", "ptr size" },
	{ "mprotect", "ptr size |prot" },
	{ "mremap", "ptr size size |mremap ptr -> ptr" },
	{ "madvise", "ptr size =madvise" },
	{ "brk", "ptr -> ptr" },
	{ "msync", "ptr size |msync" },
	{ "mincore", "ptr size ptr" },
	{ "mlock", "ptr size" },
	{ "mlock2", "ptr size hex" },
	{ "munlock", "ptr size" },
	{ "mlockall", "|mlockall" },
	{ "munlockall", "" },
	{ "shmget", "hex size mode" },
	{ "shmat", "int ptr hex -> ptr" },
	{ "shmdt", "ptr" },
	{ "shmctl", "int int ptr" },
	{ "semget", "hex int mode" },
	{ "semop", "int ptr size" },
	{ "semtimedop", "int ptr size timespec" },
	{ "semctl", "int int int hex" },
	{ "msgget", "hex mode" },
	{ "msgsnd", "int ptr size hex" },
	{ "msgrcv", "int ptr size long hex" },
	{ "msgctl", "int int ptr" },
	{ "mbind", "ptr size int ptr uint hex" },
	{ "get_mempolicy", "ptr ptr uint ptr hex" },
	{ "set_mempolicy", "int ptr uint" },
	{ "pkey_mprotect", "ptr size |prot int" },
	/* processes */
	{ "fork", "" },
	{ "vfork", "" },
	{ "clone", "clone ptr ptr ptr hex" },
	{ "clone3", "cloneargs size" },
	{ "execve", "execpath argv ptr" },
	{ "execveat", "dirfd execpath argv ptr |at" },
	{ "exit", "int" },
	{ "exit_group", "int" },
	{ "wait4", "int status |wait ptr" },
	{ "waitid", "int int ptr |waitid ptr" },
	{ "getpid", "" },
	{ "getppid", "" },
	{ "gettid", "" },
	{ "getpgrp", "" },
	{ "getpgid", "int" },
	{ "setpgid", "int int" },
	{ "getsid", "int" },
	{ "setsid", "" },
	{ "getuid", "" },
	{ "geteuid", "" },
	{ "getgid", "" },
	{ "getegid", "" },
	{ "setuid", "int" },
	{ "setgid", "int" },
	{ "setreuid", "int int" },
	{ "setregid", "int int" },
	{ "setresuid", "int int int" },
	{ "setresgid", "int int int" },
	{ "getresuid", "ptr ptr ptr" },
	{ "getresgid", "ptr ptr ptr" },
	{ "setfsuid", "int" },
	{ "setfsgid", "int" },
	{ "getgroups", "int ptr" },
	{ "setgroups", "int ptr" },
	{ "capget", "ptr ptr" },
	{ "capset", "ptr ptr" },
	{ "prctl", "=prctl hex hex hex hex" },
	{ "arch_prctl", "=arch hex" },
	{ "prlimit64", "int =rlimit rlimit rlimitout" },
	{ "getrlimit", "=rlimit rlimitout" },
	{ "setrlimit", "=rlimit rlimit" },
	{ "getrusage", "=rusage ptr" },
	{ "getpriority", "=prio int" },
	{ "setpriority", "=prio int int" },
	{ "sched_yield", "" },
	{ "sched_setaffinity", "int size ptr" },
	{ "sched_getaffinity", "int size ptr" },
	{ "sched_setscheduler", "int =sched ptr" },
	{ "sched_getscheduler", "int" },
	{ "sched_setparam", "int ptr" },
	{ "sched_getparam", "int ptr" },
	{ "sched_get_priority_max", "=sched" },
	{ "sched_get_priority_min", "=sched" },
	{ "sched_rr_get_interval", "int ptr" },
	{ "sched_setattr", "int ptr hex" },
	{ "sched_getattr", "int ptr uint hex" },
	{ "getcpu", "ptr ptr ptr" },
	{ "set_tid_address", "ptr" },
	{ "set_robust_list", "ptr size" },
	{ "get_robust_list", "int ptr ptr" },
	{ "rseq", "ptr uint hex hex" },
	{ "unshare", "|clone" },
	{ "setns", "fd |clone" },
	{ "seccomp", "=seccomp hex ptr" },
	{ "ptrace", "int int ptr ptr" },
	{ "process_vm_readv", "int ptr size ptr size hex" },
	{ "process_vm_writev", "int ptr size ptr size hex" },
	{ "kcmp", "int int int hex hex" },
	{ "membarrier", "int hex int" },
	{ "personality", "hex" },
	{ "uname", "ptr" },
	{ "sysinfo", "ptr" },
	{ "times", "ptr" },
	{ "acct", "path" },
	{ "sethostname", "in size" },
	{ "setdomainname", "in size" },
	{ "syslog", "int ptr int" },
	{ "reboot", "hex hex hex ptr" },
	{ "vhangup", "" },
	{ "getrandom", "ptr size |grnd" },
	{ "bpf", "int ptr uint" },
	{ "perf_event_open", "ptr int int fd hex" },
	{ "pidfd_open", "int |oflag" },
	{ "pidfd_send_signal", "fd signal ptr hex" },
	{ "pidfd_getfd", "fd fd hex" },
	{ "init_module", "ptr size path" },
	{ "finit_module", "fd path hex" },
	{ "delete_module", "path |oflag" },
	{ "add_key", "path path ptr size int" },
	{ "request_key", "path path path int" },
	{ "keyctl", "int hex hex hex hex" },
	/* signals */
	{ "kill", "int signal" },
	{ "tkill", "int signal" },
	{ "tgkill", "int int signal" },
	{ "rt_sigaction", "signal sigaction sigactionout size" },
	{ "rt_sigprocmask", "=sighow sigset sigsetout size" },
	{ "rt_sigreturn", "" },
	{ "rt_sigpending", "sigsetout size" },
	{ "rt_sigsuspend", "sigset size" },
	{ "rt_sigtimedwait", "sigset ptr timespec size" },
	{ "rt_sigqueueinfo", "int signal ptr" },
	{ "sigaltstack", "ptr ptr" },
	{ "signalfd", "fd sigset size" },
	{ "signalfd4", "fd sigset size |oflag" },
	{ "pause", "" },
	{ "alarm", "uint" },
	{ "restart_syscall", "" },
	/* sockets */
	{ "socket", "=addrfam socktype int" },
	{ "socketpair", "=addrfam socktype int pipefd" },
	{ "bind", "fd sockaddr int" },
	{ "connect", "fd sockaddr int" },
	{ "listen", "fd int" },
	{ "accept", "fd sockaddrout intout" },
	{ "accept4", "fd sockaddrout intout |sockflag" },
	{ "getsockname", "fd sockaddrout intout" },
	{ "getpeername", "fd sockaddrout intout" },
	{ "sendto", "fd in size |msgflag sockaddr int" },
	{ "recvfrom", "fd out size |msgflag sockaddrout intout" },
	{ "sendmsg", "fd ptr |msgflag" },
	{ "recvmsg", "fd ptr |msgflag" },
	{ "sendmmsg", "fd ptr uint |msgflag" },
	{ "recvmmsg", "fd ptr uint |msgflag timespecleft" },
	{ "shutdown", "fd =shut" },
	{ "setsockopt", "fd =sol sockopt optionin int" },
	{ "getsockopt", "fd =sol sockopt optionout intout" },
	/* polling */
	{ "poll", "pollfds uint int" },
	{ "ppoll", "pollfds uint timespecleft sigset size" },
	{ "select", "int ptr ptr ptr timevalleft" },
	{ "pselect6", "int ptr ptr ptr timespecleft ptr" },
	{ "epoll_create", "int" },
	{ "epoll_create1", "|oflag" },
	{ "epoll_ctl", "fd =epollctl fd epollevent" },
	{ "epoll_wait", "fd epollevents int int" },
	{ "epoll_pwait", "fd epollevents int int sigset size" },
	{ "epoll_pwait2", "fd epollevents int timespec sigset size" },
	{ "eventfd", "uint" },
	{ "eventfd2", "uint |eventfd" },
	/* time and locks */
	{ "futex", "ptr futex uint timespec ptr hex" },
	{ "nanosleep", "timespec timespecrest" },
	{ "clock_nanosleep", "=clock |timerflag timespec timespecrest" },
	{ "clock_gettime", "=clock timespecout" },
	{ "clock_getres", "=clock timespecout" },
	{ "clock_settime", "=clock timespec" },
	{ "clock_adjtime", "=clock ptr" },
	{ "adjtimex", "ptr" },
	{ "gettimeofday", "timevalout ptr" },
	{ "settimeofday", "timeval ptr" },
	{ "time", "ptr" },
	{ "getitimer", "int ptr" },
	{ "setitimer", "int ptr ptr" },
	{ "timer_create", "=clock ptr ptr" },
	{ "timer_settime", "int |timerflag ptr ptr" },
	{ "timer_gettime", "int ptr" },
	{ "timer_getoverrun", "int" },
	{ "timer_delete", "int" },
	{ "timerfd_create", "=clock |timerfd" },
	{ "timerfd_settime", "fd |timersetfd ptr ptr" },
	{ "timerfd_gettime", "fd ptr" },
	{ "mq_open", "path oflags mode ptr" },
	{ "mq_unlink", "path" },
};

static struct call calls[CALLS];

/* The kernel's own list says how many arguments a call has, where tracefs is there to ask. */
static unsigned int count_arguments(const char *name)
{
	char file[128], line[256];
	unsigned int count = 0;
	FILE *format;

	snprintf(file, sizeof(file), "/sys/kernel/tracing/events/syscalls/sys_enter_%s/format",
		 name);
	format = fopen(file, "r");
	if (!format)
		return ARGS;
	/* A blank line, and then the arguments behind the call's number. */
	while (fgets(line, sizeof(line), format))
		count += strstr(line, "field:") && !strstr(line, "common_") &&
			 !strstr(line, "__syscall_nr");
	fclose(format);
	return count < ARGS ? count : ARGS;
}

static void describe(struct call *call, const char *signature)
{
	char words[128], *rest = words, *word;
	unsigned int pieces = 0;

	snprintf(words, sizeof(words), "%s", signature);
	while ((word = strsep(&rest, " "))) {
		struct piece piece;

		if (!strcmp(word, "->")) {
			call->result = kind_of(rest);
			return;
		}
		if (!*word || call->count == ARGS)
			continue;
		call->kinds[call->count] = kind_of(word);
		piece = kind_piece(call->kinds[call->count], call->count);
		if (piece.kind != PIECE_NONE && pieces < PIECES)
			call->plan.pieces[pieces++] = piece;
		call->count++;
	}
}

void calls_init(void)
{
	kinds_init();
	for (__u32 slot = 0; slot < CALLS_32; slot++) {
		calls[slot].name = call_names[slot];
		calls[CALLS_32 + slot].name = call_names_32[slot];
		calls[CALLS_32 + slot].count = ARGS;
		calls[slot].count = ARGS;
	}
	for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
		int slot = call_slot(signatures[i][0]);

		if (slot < 0)
			continue;
		calls[slot].count = 0;
		describe(&calls[slot], signatures[i][1]);
	}
}

const struct call *call_of(__u32 slot)
{
	struct call *call = &calls[slot < CALLS ? slot : CALL_OTHER];

	/* The kernel is only asked about calls that come up: there are many, and most never do. */
	if (call->count == ARGS && !call->kinds[0]) {
		for (int i = 0; i < ARGS; i++)
			call->kinds[i] = kind_of("hex");
		if (call->name && slot < CALLS_32)
			call->count = count_arguments(call->name);
	}
	return call;
}

const struct plan *call_plan(__u32 slot)
{
	return &calls[slot].plan;
}

int call_slot(const char *name)
{
	for (int slot = 0; slot < CALLS_32; slot++) {
		if (calls[slot].name && !strcmp(calls[slot].name, name))
			return slot;
	}
	return -1;
}

int call_all_names(struct names *names)
{
	int err = 0;

	for (int slot = 0; !err && slot < CALLS_32; slot++) {
		if (calls[slot].name)
			err = names_add(names, calls[slot].name);
	}
	return err;
}

const char *call_name(__u32 slot)
{
	return slot < CALLS ? calls[slot].name : NULL;
}
