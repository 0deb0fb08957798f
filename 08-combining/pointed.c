// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "pointed.h"
#include "text.h"

static const struct names_of *clone_names, *addrfam_names, *pollev_names, *epollev_names,
	*saflag_names;

void pointed_init(void)
{
	clone_names = table_of("clone");
	addrfam_names = table_of("addrfam");
	pollev_names = table_of("pollev");
	epollev_names = table_of("epollev");
	saflag_names = table_of("saflag");
}

void put_string(const struct argument *a)
{
	if (!a->data) {
		put_ptr(a);
		return;
	}
	text_quoted(a->data, a->size);
	if (a->size == PIECE_SIZE)
		text_string("...");
}

static void put_bytes(const struct argument *a, __u64 length)
{
	if (!a->data && length) {
		put_ptr(a);
		return;
	}
	text_char('"');
	text_escaped(a->data, a->size);
	text_char('"');
	if (length > a->size)
		text_string("...");
}

void put_in(const struct argument *a)
{
	put_bytes(a, a->record->args[a->number + 1]);
}

void put_out(const struct argument *a)
{
	if (a->record->result < 0 || !a->record->returned)
		put_ptr(a);
	else
		put_bytes(a, (__u64)a->record->result);
}

void put_argv(const struct argument *a)
{
	const char *arg = a->data, *end = a->data + a->size, *before = "";

	if (!a->data) {
		put_ptr(a);
		return;
	}
	text_char('[');
	for (int i = 0; arg < end; i++) {
		size_t n = strnlen(arg, (size_t)(end - arg));

		text_string(before);
		if (i == SHOWN_ARGS) {
			text_string("...]");
			return;
		}
		text_quoted(arg, n);
		before = arg + n == end ? "" : ", ";
		arg += n + 1;
	}
	if (a->size == PIECE_SIZE)
		text_string("...");
	text_char(']');
}

/* Copies the struct that the argument points to. Where that was not read, puts the address. */
static bool get(const struct argument *a, void *to, size_t size)
{
	if (!a->data || a->size < size) {
		put_ptr(a);
		return false;
	}
	memcpy(to, a->data, size);
	return true;
}

void put_pair(const struct argument *a)
{
	int pair[2];

	if (!get(a, pair, sizeof(pair)))
		return;
	text_char('[');
	text_number(pair[0]);
	text_string(", ");
	text_number(pair[1]);
	text_char(']');
}

void put_pointed_int(const struct argument *a)
{
	int value;

	if (!get(a, &value, sizeof(value)))
		return;
	text_char('[');
	text_number(value);
	text_char(']');
}

/* An option is shown if it is an int. Others are structs or strings. */
void put_option_in(const struct argument *a)
{
	if ((unsigned int)a->record->args[a->number + 1] == sizeof(int))
		put_pointed_int(a);
	else
		put_ptr(a);
}

void put_option_out(const struct argument *a)
{
	unsigned int length = 0;

	/* The kernel has written its length, too: that is the next piece. */
	if (a->data && a->record->sizes[1] == sizeof(length))
		memcpy(&length, a->data + a->size, sizeof(length));
	if (length == sizeof(int))
		put_pointed_int(a);
	else
		put_ptr(a);
}

void put_status(const struct argument *a)
{
	int status;

	if (a->record->result <= 0) {
		put_ptr(a);
		return;
	}
	if (!get(a, &status, sizeof(status)))
		return;
	text_char('[');
	if (WIFEXITED(status)) {
		text_string("exited ");
		text_number(WEXITSTATUS(status));
	} else if (WIFSIGNALED(status)) {
		text_string("killed by ");
		put_signal_number(WTERMSIG(status));
	} else if (WIFSTOPPED(status)) {
		text_string("stopped by ");
		put_signal_number(WSTOPSIG(status));
	} else {
		text_hex((unsigned int)status);
	}
	text_char(']');
}

static void put_two(const struct argument *a, const char *first, const char *second)
{
	__s64 two[2];

	if (!get(a, two, sizeof(two)))
		return;
	text_char('{');
	text_string(first);
	text_number(two[0]);
	text_string(second);
	text_number(two[1]);
	text_char('}');
}

void put_timespec(const struct argument *a)
{
	put_two(a, "tv_sec=", ", tv_nsec=");
}

void put_timeval(const struct argument *a)
{
	put_two(a, "tv_sec=", ", tv_usec=");
}

/* The kernel has put what was left of the time in its place. */
void put_timespec_left(const struct argument *a)
{
	put_two(a, "left tv_sec=", ", tv_nsec=");
}

void put_timeval_left(const struct argument *a)
{
	put_two(a, "left tv_sec=", ", tv_usec=");
}

/* The kernel writes what is left only if a signal has ended the sleep. */
void put_timespec_rest(const struct argument *a)
{
	enum { ERESTART_RESTARTBLOCK = 516 };

	if (a->record->result == -ERESTART_RESTARTBLOCK)
		put_timespec(a);
	else
		put_ptr(a);
}

static void put_limit(__u64 limit)
{
	if (limit == (__u64)RLIM_INFINITY)
		text_string("RLIM_INFINITY");
	else
		text_unsigned(limit);
}

void put_rlimit(const struct argument *a)
{
	__u64 two[2];

	if (!get(a, two, sizeof(two)))
		return;
	text_string("{rlim_cur=");
	put_limit(two[0]);
	text_string(", rlim_max=");
	put_limit(two[1]);
	text_char('}');
}

static void put_signals(__u64 set)
{
	const char *before = "";

	/* Many are better told by what is not in it. */
	bool inverted = __builtin_popcountll(set) > 32;

	if (inverted) {
		text_char('~');
		set = ~set;
	}
	text_char('[');
	for (int i = 0; i < 64; i++) {
		if (!(set >> i & 1))
			continue;
		text_string(before);
		put_signal_number(i + 1);
		before = " ";
	}
	text_char(']');
}

void put_sigset(const struct argument *a)
{
	__u64 set;

	if (get(a, &set, sizeof(set)))
		put_signals(set);
}

void put_sigaction(const struct argument *a)
{
	/* as the kernel has it: with the restorer on x86, without on most others */
	struct {
		__u64 handler, flags, last[2];
	} action;

	if (!get(a, &action, sizeof(action)))
		return;
	text_string("{sa_handler=");
	if (action.handler == (uintptr_t)SIG_DFL)
		text_string("SIG_DFL");
	else if (action.handler == (uintptr_t)SIG_IGN)
		text_string("SIG_IGN");
	else
		text_hex(action.handler);
	text_string(", sa_flags=");
	put_bits_of(saflag_names, action.flags & ~0x04000000ULL); /* SA_RESTORER, always there */
	text_char('}');
}

static void put_mode_and_size(unsigned int mode, long long size)
{
	text_string("{st_mode=");
	put_file_type(mode);
	text_string(", st_size=");
	text_number(size);
	text_string(", ...}");
}

void put_stat(const struct argument *a)
{
	struct stat st;

	if (get(a, &st, sizeof(st)))
		put_mode_and_size(st.st_mode, st.st_size);
}

void put_statx(const struct argument *a)
{
	struct statx st;

	if (get(a, &st, sizeof(st)))
		put_mode_and_size(st.stx_mode, (long long)st.stx_size);
}

void put_openhow(const struct argument *a)
{
	__u64 how[3];

	if (!get(a, how, sizeof(how)))
		return;
	text_string("{flags=");
	put_oflags_value(how[0]);
	text_string(", mode=");
	text_octal((unsigned int)how[1]);
	text_string(", resolve=");
	text_hex(how[2]);
	text_char('}');
}

void put_cloneargs(const struct argument *a)
{
	__u64 args[8];

	if (!get(a, args, sizeof(args)))
		return;
	text_string("{flags=");
	put_bits_of(clone_names, args[0]);
	text_string(", exit_signal=");
	put_signal_number((int)args[4]);
	text_string(", ...}");
}

static void put_address(int family, const void *address)
{
	char text[INET6_ADDRSTRLEN];

	text_string(inet_ntop(family, address, text, sizeof(text)) ? text : "?");
}

void put_sockaddr(const struct argument *a)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
		char bytes[sizeof(struct sockaddr_un) + 1];
	} address = { 0 };
	size_t path = offsetof(struct sockaddr_un, sun_path);

	if (!a->data || a->size < sizeof(sa_family_t)) {
		put_ptr(a);
		return;
	}
	memcpy(&address, a->data, a->size < sizeof(address) ? a->size : sizeof(address));
	text_string("{sa_family=");
	put_name(addrfam_names, address.any.sa_family);
	if (address.any.sa_family == AF_INET && a->size >= sizeof(address.in)) {
		text_string(", sin_port=");
		text_unsigned(ntohs(address.in.sin_port));
		text_string(", sin_addr=");
		put_address(AF_INET, &address.in.sin_addr);
	} else if (address.any.sa_family == AF_INET6 && a->size >= sizeof(address.in6)) {
		text_string(", sin6_port=");
		text_unsigned(ntohs(address.in6.sin6_port));
		text_string(", sin6_addr=");
		put_address(AF_INET6, &address.in6.sin6_addr);
	} else if (address.any.sa_family == AF_UNIX && a->size > path) {
		text_string(", sun_path=");
		if (address.un.sun_path[0]) {
			text_quoted(address.un.sun_path, sizeof(address.un.sun_path));
		} else { /* a name that is not in the file system begins with a NUL */
			text_string("@\"");
			text_escaped(address.un.sun_path + 1,
				     (a->size < sizeof(address.un) ? a->size : sizeof(address.un)) -
					     path - 1);
			text_char('"');
		}
	}
	text_char('}');
}

void put_pollfds(const struct argument *a)
{
	struct pollfd fds[LISTED];
	size_t count = a->size / sizeof(fds[0]);
	__u64 all = a->record->args[a->number + 1];

	if (!a->data) {
		put_ptr(a);
		return;
	}
	memcpy(fds, a->data, count * sizeof(fds[0]));
	text_char('[');
	for (size_t i = 0; i < count; i++) {
		text_string(i ? ", {fd=" : "{fd=");
		text_number(fds[i].fd);
		text_string(", events=");
		put_bits_of(pollev_names, (unsigned short)fds[i].events);
		if (a->record->result > 0) {
			text_string(", revents=");
			put_bits_of(pollev_names, (unsigned short)fds[i].revents);
		}
		text_char('}');
	}
	text_string(all > count ? ", ...]" : "]");
}

static void put_epoll(const struct argument *a, long long all)
{
	struct epoll_event events[LISTED];
	size_t count = a->size / sizeof(events[0]);

	memcpy(events, a->data, count * sizeof(events[0]));
	for (size_t i = 0; i < count; i++) {
		text_string(i ? ", {events=" : "{events=");
		put_bits_of(epollev_names, events[i].events);
		text_string(", data=");
		text_hex(events[i].data.u64);
		text_char('}');
	}
	if (all > (long long)count)
		text_string(", ...");
}

void put_epollevent(const struct argument *a)
{
	if (!a->data || a->size < sizeof(struct epoll_event))
		put_ptr(a);
	else
		put_epoll(a, 1);
}

void put_epollevents(const struct argument *a)
{
	if (a->record->result < 0 || (a->record->result && !a->data)) {
		put_ptr(a);
		return;
	}
	text_char('[');
	if (a->data)
		put_epoll(a, a->record->result);
	text_char(']');
}
