// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Makes one or more calls of many kinds, with arguments of all kinds, in the current folder, which
 * has to be empty. Two tracers that watch it at the same time have to see the same. It takes what
 * the kernel answers: a call that fails is as good as one that succeeds.
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

enum { SIGSET = 8 }; /* bytes of the kernel's set of signals */

static char buffer[4096];

static void on_signal(int number)
{
}

static void files(void)
{
	static const char text[] = "forty letters and more, which are too many to show";
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC, .resolve = 0x8 };
	struct stat st;
	struct statx stx;
	int ends[2];
	long fd, copy;

	syscall(SYS_umask, 027);
	fd = syscall(SYS_openat, AT_FDCWD, "file", O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
	syscall(SYS_openat, AT_FDCWD, "file", O_RDWR | O_CREAT | O_EXCL, 0644);
	syscall(SYS_openat2, AT_FDCWD, "/none", &how, sizeof(how));
	syscall(SYS_openat, AT_FDCWD, "none", 0100000 | O_DIRECTORY);
	syscall(SYS_write, fd, text, sizeof(text) - 1);
	syscall(SYS_write, fd, "short", 5);
	syscall(SYS_pwrite64, fd, "at", 2, 100L);
	syscall(SYS_lseek, fd, 0L, SEEK_SET);
	syscall(SYS_lseek, fd, 0L, SEEK_HOLE);
	syscall(SYS_lseek, fd, -1L, SEEK_CUR);
	syscall(SYS_lseek, fd, 0L, 77);
	syscall(SYS_pread64, fd, buffer, 20, 3L);
	syscall(SYS_read, fd, buffer, sizeof(buffer));
	syscall(SYS_read, 77, buffer, sizeof(buffer));
	syscall(SYS_ftruncate, fd, 10L);
	syscall(SYS_truncate, "file", 12L);
	syscall(SYS_fallocate, fd, 0, 0L, 4096L);
	syscall(SYS_fsync, fd);
	syscall(SYS_fdatasync, fd);
	syscall(SYS_flock, fd, LOCK_EX | LOCK_NB);
	syscall(SYS_fchmod, fd, 0640);
	syscall(SYS_fchmodat, AT_FDCWD, "file", 04755);
	syscall(SYS_fchown, fd, -1, 0);
	syscall(SYS_fchownat, AT_FDCWD, "file", 0, -1, AT_SYMLINK_NOFOLLOW);
	syscall(SYS_fstat, fd, &st);
	syscall(SYS_newfstatat, AT_FDCWD, ".", &st, 0);
	syscall(SYS_newfstatat, AT_FDCWD, "none", &st, AT_SYMLINK_NOFOLLOW);
	syscall(SYS_statx, AT_FDCWD, "file", AT_SYMLINK_NOFOLLOW, STATX_SIZE | STATX_MODE, &stx);
	syscall(SYS_faccessat, AT_FDCWD, "file", R_OK | W_OK);
	syscall(SYS_faccessat2, AT_FDCWD, "file", X_OK, AT_EACCESS);
	copy = syscall(SYS_dup, fd);
	syscall(SYS_dup3, fd, copy, O_CLOEXEC);
	syscall(SYS_fcntl, fd, F_GETFD);
	syscall(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
	syscall(SYS_fcntl, fd, F_SETFL, O_APPEND | O_NONBLOCK);
	syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 20);
	syscall(SYS_fcntl, fd, F_GETLEASE);
	syscall(SYS_close, copy);
	syscall(SYS_close, 12345);
	syscall(SYS_close_range, 50, 60, CLOSE_RANGE_CLOEXEC);
	syscall(SYS_mkdirat, AT_FDCWD, "folder", 0750);
	syscall(SYS_symlinkat, "file", AT_FDCWD, "link");
	syscall(SYS_readlinkat, AT_FDCWD, "link", buffer, sizeof(buffer));
	syscall(SYS_linkat, AT_FDCWD, "link", AT_FDCWD, "hard", AT_SYMLINK_FOLLOW);
	syscall(SYS_renameat2, AT_FDCWD, "hard", AT_FDCWD, "file", RENAME_NOREPLACE);
	syscall(SYS_mknodat, AT_FDCWD, "fifo", S_IFIFO | 0600, 0);
	syscall(SYS_unlinkat, AT_FDCWD, "fifo", 0);
	syscall(SYS_unlinkat, AT_FDCWD, "folder", AT_REMOVEDIR);
	syscall(SYS_getcwd, buffer, sizeof(buffer));
	syscall(SYS_chdir, "none");
	syscall(SYS_fchdir, fd);
	syscall(SYS_setxattr, "file", "user.name", "value", 5, XATTR_CREATE);
	syscall(SYS_getxattr, "file", "user.none", NULL, 0);
	syscall(SYS_ioctl, fd, TCGETS, buffer);
	syscall(SYS_ioctl, fd, SIOCGIFINDEX, buffer);
	syscall(SYS_pipe2, ends, O_CLOEXEC | O_NONBLOCK);
	syscall(SYS_fcntl, ends[0], F_GETPIPE_SZ);
	syscall(SYS_fcntl, ends[0], F_SETPIPE_SZ, 8192);
	syscall(SYS_read, ends[0], buffer, 10);
	syscall(SYS_splice, fd, NULL, ends[1], NULL, 5, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
	syscall(SYS_sendfile, ends[1], fd, NULL, 4);
	syscall(SYS_inotify_init1, O_CLOEXEC);
	syscall(SYS_inotify_add_watch, fd, "file", IN_MODIFY | IN_CREATE | IN_DELETE);
	syscall(SYS_memfd_create, "memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	syscall(SYS_mount, "what", "none", "tmpfs", MS_NOSUID | MS_RDONLY, NULL);
#ifdef __x86_64__
	syscall(SYS_open, "file", O_RDONLY);
	syscall(SYS_creat, "/none/file", 0600);
	syscall(SYS_stat, "file", &st);
	syscall(SYS_lstat, "none", &st);
	syscall(SYS_access, "file", R_OK | X_OK);
	syscall(SYS_mkdir, "folder", 0700);
	syscall(SYS_rmdir, "folder");
	syscall(SYS_chmod, "none", 01777);
	syscall(SYS_rename, "none", "other");
	syscall(SYS_link, "none", "other");
	syscall(SYS_symlink, "none", "other");
	syscall(SYS_readlink, "other", buffer, 10);
	syscall(SYS_unlink, "other");
	syscall(SYS_dup2, fd, 30);
	syscall(SYS_pipe, ends);
	syscall(SYS_mknod, "none/device", S_IFCHR | 0600, 0x103);
#endif
}

static void memory(void)
{
	char *page = (char *)syscall(SYS_mmap, NULL, 8192L, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);

	syscall(SYS_mmap, NULL, 4096L, PROT_NONE, MAP_SHARED, 77, 4096L);
	syscall(SYS_mprotect, page, 4096L, PROT_READ);
	syscall(SYS_madvise, page, 4096L, MADV_DONTNEED);
	syscall(SYS_msync, page, 4096L, MS_SYNC);
	syscall(SYS_mlock, page, 4096L);
	syscall(SYS_munlock, page, 4096L);
	syscall(SYS_mlockall, 0);
	syscall(SYS_mremap, page, 8192L, 4096L, MREMAP_MAYMOVE);
	syscall(SYS_munmap, page, 4096L);
	syscall(SYS_brk, 0L);
}

static void sockets(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(8080) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(53) };
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "socket" };
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "\0name" };
	socklen_t length = sizeof(in);
	struct timeval second = { .tv_sec = 1 };
	int one = 1, pair[2];
	long tcp, local;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in6.sin6_addr = in6addr_loopback;
	tcp = syscall(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	syscall(SYS_setsockopt, tcp, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	syscall(SYS_setsockopt, tcp, SOL_TCP, TCP_SYNCNT, &one, sizeof(one));
	syscall(SYS_setsockopt, tcp, SOL_TCP, TCP_KEEPIDLE, &one, sizeof(one));
	syscall(SYS_setsockopt, tcp, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	length = sizeof(one);
	syscall(SYS_getsockopt, tcp, SOL_SOCKET, SO_TYPE, &one, &length);
	syscall(SYS_bind, tcp, &in, sizeof(in));
	syscall(SYS_listen, tcp, 5);
	length = sizeof(in);
	syscall(SYS_getsockname, tcp, &in, &length);
	syscall(SYS_getpeername, tcp, &in, &length);
	syscall(SYS_accept4, 77, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	syscall(SYS_connect, tcp, &in6, sizeof(in6));
	local = syscall(SYS_socket, AF_UNIX, SOCK_DGRAM, 0);
	syscall(SYS_connect, local, &un, offsetof(struct sockaddr_un, sun_path) + 7);
	syscall(SYS_bind, local, &name, offsetof(struct sockaddr_un, sun_path) + 5);
	syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, pair);
	syscall(SYS_sendto, pair[0], "letters", 7, MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
	syscall(SYS_recvfrom, pair[1], buffer, 100, MSG_PEEK, NULL, NULL);
	syscall(SYS_recvfrom, pair[1], buffer, 100, 0, NULL, NULL);
	syscall(SYS_sendto, local, "text", 4, 0, &un, offsetof(struct sockaddr_un, sun_path) + 7);
	syscall(SYS_sendmsg, 77, NULL, MSG_NOSIGNAL);
	syscall(SYS_recvmsg, 77, NULL, MSG_WAITALL);
	syscall(SYS_shutdown, pair[0], SHUT_RDWR);
}

static void waiting(void)
{
	struct timespec none = { 0 }, short_time = { .tv_nsec = 1000000 },
			long_time = { .tv_sec = 9 };
	struct itimerval soon = { .it_value = { .tv_usec = 50000 } };
	struct sigaction action = { .sa_handler = on_signal };
	struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data = { .u64 = 7 } };
	struct timespec rest = { 0 };
	struct timeval tenth = { .tv_usec = 1000 };
	int ends[2];
	struct pollfd fds[2];
	long epoll;

	if (pipe(ends))
		return;
	fds[0] = (struct pollfd){ .fd = ends[0], .events = POLLIN | POLLPRI };
	fds[1] = (struct pollfd){ .fd = ends[1], .events = POLLOUT };
	syscall(SYS_ppoll, fds, 2, &long_time, NULL, SIGSET);
	syscall(SYS_ppoll, fds, 1, &short_time, NULL, SIGSET);
	syscall(SYS_pselect6, 0, NULL, NULL, NULL, &short_time, NULL);
	epoll = syscall(SYS_epoll_create1, O_CLOEXEC);
	syscall(SYS_epoll_ctl, epoll, EPOLL_CTL_ADD, ends[0], &event);
	syscall(SYS_epoll_ctl, epoll, EPOLL_CTL_DEL, ends[1], NULL);
	syscall(SYS_epoll_pwait, epoll, &event, 1, 0, NULL, SIGSET);
	syscall(SYS_write, ends[1], "x", 1);
	syscall(SYS_epoll_pwait, epoll, &event, 1, 0, NULL, SIGSET);
	syscall(SYS_eventfd2, 3, EFD_CLOEXEC | EFD_NONBLOCK);
	syscall(SYS_timerfd_create, CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	short_time = (struct timespec){ .tv_nsec = 1000 };
	syscall(SYS_nanosleep, &short_time, &rest);
	sigaction(SIGALRM, &action, NULL);
	syscall(SYS_setitimer, ITIMER_REAL, &soon, NULL);
	syscall(SYS_nanosleep, &long_time, &rest);
	syscall(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &none, NULL);
	syscall(SYS_clock_getres, CLOCK_BOOTTIME, &rest);
	syscall(SYS_clock_settime, 77, &none);
	syscall(SYS_futex, &ends[0], FUTEX_WAKE_PRIVATE, 1);
	syscall(SYS_futex, &ends[0], FUTEX_WAIT, -1, &none);
#ifdef __x86_64__
	syscall(SYS_poll, fds, 2, 0);
	syscall(SYS_select, 0, NULL, NULL, NULL, &tenth);
	syscall(SYS_epoll_create, 5);
	syscall(SYS_epoll_wait, epoll, &event, 1, 0);
	syscall(SYS_eventfd, 3);
	syscall(SYS_alarm, 0);
#endif
}

static void processes(void)
{
	struct clone_args clone = { .flags = CLONE_CLEAR_SIGHAND | CLONE_THREAD,
				    .exit_signal = SIGCHLD };
	struct rlimit limit = { .rlim_cur = 77, .rlim_max = RLIM_INFINITY };
	struct sigaction action = { .sa_handler = SIG_IGN, .sa_flags = SA_RESTART };
	uint64_t set = 1ULL << (SIGINT - 1) | 1ULL << (SIGTERM - 1);
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(3);
	syscall(SYS_wait4, child, &status, 0, NULL);
	syscall(SYS_wait4, -1, &status, WNOHANG | WUNTRACED, NULL);
	syscall(SYS_waitid, P_ALL, 0, NULL, WNOHANG | WEXITED | WSTOPPED, NULL);
	syscall(SYS_clone3, &clone, sizeof(clone));
	syscall(SYS_clone, CLONE_VM | CLONE_THREAD, NULL, NULL, NULL, NULL);
	syscall(SYS_unshare, CLONE_FS | CLONE_FILES);
	syscall(SYS_setns, 77, CLONE_NEWNET);
	syscall(SYS_getpid);
	syscall(SYS_getppid);
	syscall(SYS_gettid);
	syscall(SYS_getuid);
	syscall(SYS_setuid, 0);
	syscall(SYS_setresgid, -1, 0, -1);
	syscall(SYS_getpgid, 1);
	syscall(SYS_setpgid, 4000000, 0);
	syscall(SYS_kill, 4000000, SIGTERM);
	syscall(SYS_kill, 4000000, 0);
	syscall(SYS_tgkill, 4000000, 4000000, SIGUSR1);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR1, NULL, &action);
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, SIGSET);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &set, SIGSET);
	syscall(SYS_rt_sigpending, &set, SIGSET);
	syscall(SYS_signalfd4, -1, &set, SIGSET, SFD_CLOEXEC);
	syscall(SYS_prlimit64, 0, RLIMIT_CORE, NULL, &limit);
	limit = (struct rlimit){ .rlim_cur = 77, .rlim_max = RLIM_INFINITY };
	syscall(SYS_prlimit64, 4000000, RLIMIT_CORE, &limit, NULL);
	syscall(SYS_getrusage, RUSAGE_THREAD, buffer);
	syscall(SYS_getpriority, PRIO_PROCESS, 0);
	syscall(SYS_setpriority, PRIO_USER, 4000000, 5);
	syscall(SYS_sched_yield);
	syscall(SYS_sched_getscheduler, 0);
	syscall(SYS_sched_get_priority_max, SCHED_FIFO);
	syscall(SYS_sched_getaffinity, 0, 128, buffer);
	syscall(SYS_prctl, PR_GET_DUMPABLE);
	syscall(SYS_prctl, PR_SET_NAME, "calls");
	syscall(SYS_personality, 0xffffffff);
	syscall(SYS_uname, buffer);
	syscall(SYS_sysinfo, buffer);
	syscall(SYS_getrandom, buffer, 8, GRND_NONBLOCK);
	syscall(SYS_pidfd_open, 4000000, 0);
	syscall(SYS_execve, "/none", (char *[]){ "a", "b c", "d\"", NULL }, NULL);
	syscall(SYS_execveat, 77, "", (char *[]){ "none", NULL }, NULL, AT_EMPTY_PATH);
	syscall(SYS_seccomp, 77, 0, NULL);
#ifdef __x86_64__
	syscall(SYS_arch_prctl, 0x1003, buffer); /* ARCH_GET_FS */
	syscall(SYS_gettimeofday, buffer, NULL);
#endif
}

int main(int argc, char **argv)
{
	files();
	memory();
	sockets();
	waiting();
	processes();
#ifdef __x86_64__
	/* A 32-bit call of a 64-bit program: getpid(). */
	long result = 20;

	__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
#endif
	return 0;
}
