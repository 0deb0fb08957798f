// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "decode.h"
#include "names.h"
#include "text.h"

enum {
	SHOWN = 32, /* bytes of a buffer */
	LISTED = 8, /* elements of an array */
};

/* What there is to know about an argument. */
struct argument {
	__u64 value;
	const char *data; /* what it points to; NULL: not read */
	size_t size;
	const struct record *record;
	unsigned int number;
	const struct names_of *names;
};

struct kind {
	const char *word;
	void (*put)(const struct argument *);
	struct piece piece;
	int count_offset; /* from the argument to that with the count */
	const struct names_of *names;
};

static void put_hex(const struct argument *a)
{
	if (a->value)
		text_hex(a->value);
	else
		text_char('0');
}

static void put_ptr(const struct argument *a)
{
	if (a->value)
		text_hex(a->value);
	else
		text_string("NULL");
}

static void put_int(const struct argument *a)
{
	text_number((int)a->value);
}

static void put_uint(const struct argument *a)
{
	text_unsigned((unsigned int)a->value);
}

static void put_long(const struct argument *a)
{
	text_number((long long)a->value);
}

static void put_size(const struct argument *a)
{
	text_unsigned(a->value);
}

static void put_dirfd(const struct argument *a)
{
	if ((int)a->value == AT_FDCWD)
		text_string("AT_FDCWD");
	else
		put_int(a);
}

static const char *name_of(const struct names_of *table, unsigned int value)
{
	for (unsigned int i = 0; i < table->count; i++) {
		if (table->names[i].value == value)
			return table->names[i].name;
	}
	return NULL;
}

static const struct names_of *table_of(const char *kind)
{
	for (unsigned int i = 0; i < names_tables_count; i++) {
		if (!strcmp(names_tables[i].kind, kind))
			return &names_tables[i];
	}
	return NULL;
}

static void put_name(const struct names_of *table, unsigned int value)
{
	const char *name = name_of(table, value);

	if (name)
		text_string(name);
	else if (value < 4096)
		text_unsigned(value);
	else
		text_hex(value);
}

/* Names that stand for several bits come first in a table: kinds_init() has sorted it. */
static void put_bits_of(const struct names_of *table, __u64 value)
{
	const char *before = "", *name = name_of(table, 0);

	if (!value) {
		text_string(name ? name : "0");
		return;
	}
	for (unsigned int i = 0; value && i < table->count; i++) {
		__u64 bits = table->names[i].value;

		if (!bits || (value & bits) != bits)
			continue;
		text_string(before);
		text_string(table->names[i].name);
		value &= ~bits;
		before = "|";
	}
	if (value) {
		text_string(before);
		text_hex(value);
	}
}

static void put_one(const struct argument *a)
{
	put_name(a->names, (unsigned int)a->value);
}

static void put_bits(const struct argument *a)
{
	put_bits_of(a->names, (unsigned int)a->value);
}

static const struct names_of *oflag_names, *clone_names, *futex_names, *socktype_names,
	*sockflag_names, *so_names, *tcp_names, *addrfam_names, *pollev_names, *epollev_names,
	*saflag_names, *fdflag_names;

static void put_oflags_value(__u64 flags)
{
	static const char *const modes[] = { "O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE" };

	text_string(modes[flags & O_ACCMODE]);
	flags &= ~(__u64)O_ACCMODE;
	if (flags) {
		text_char('|');
		put_bits_of(oflag_names, flags);
	}
}

static void put_oflags(const struct argument *a)
{
	put_oflags_value((unsigned int)a->value);
}

static void put_mode(const struct argument *a)
{
	text_octal((unsigned int)a->value & 07777777);
}

static void put_signal_number(int number)
{
	const char *name = number > 0 && number < 32 ? sigabbrev_np(number) : NULL;

	if (name) {
		text_string("SIG");
		text_string(name);
	} else if (number >= 32 && number <= 64) {
		text_string("SIGRT_");
		text_number(number - 32);
	} else {
		text_number(number);
	}
}

static void put_signal(const struct argument *a)
{
	put_signal_number((int)a->value);
}

static void put_string(const struct argument *a)
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

static void put_in(const struct argument *a)
{
	put_bytes(a, a->record->args[a->number + 1]);
}

static void put_out(const struct argument *a)
{
	if (a->record->result < 0 || !a->record->returned)
		put_ptr(a);
	else
		put_bytes(a, (__u64)a->record->result);
}

static void put_argv(const struct argument *a)
{
	const char *arg = a->data, *end = a->data + a->size, *before = "";

	if (!a->data) {
		put_ptr(a);
		return;
	}
	text_char('[');
	while (arg < end) {
		size_t n = strnlen(arg, (size_t)(end - arg));

		text_string(before);
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

static void put_pair(const struct argument *a)
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

static void put_pointed_int(const struct argument *a)
{
	int value;

	if (!get(a, &value, sizeof(value)))
		return;
	text_char('[');
	text_number(value);
	text_char(']');
}

static void put_status(const struct argument *a)
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

static void put_timespec(const struct argument *a)
{
	put_two(a, "tv_sec=", ", tv_nsec=");
}

static void put_timeval(const struct argument *a)
{
	put_two(a, "tv_sec=", ", tv_usec=");
}

static void put_limit(__u64 limit)
{
	if (limit == (__u64)RLIM_INFINITY)
		text_string("RLIM_INFINITY");
	else
		text_unsigned(limit);
}

static void put_rlimit(const struct argument *a)
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

static void put_sigset(const struct argument *a)
{
	__u64 set;

	if (get(a, &set, sizeof(set)))
		put_signals(set);
}

static void put_sigaction(const struct argument *a)
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

static void put_file_type(unsigned int mode)
{
	static const struct {
		unsigned int type;
		const char *name;
	} types[] = {
		{ S_IFREG, "S_IFREG|" },   { S_IFDIR, "S_IFDIR|" }, { S_IFCHR, "S_IFCHR|" },
		{ S_IFBLK, "S_IFBLK|" },   { S_IFIFO, "S_IFIFO|" }, { S_IFLNK, "S_IFLNK|" },
		{ S_IFSOCK, "S_IFSOCK|" },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if ((mode & S_IFMT) == types[i].type)
			text_string(types[i].name);
	}
	text_octal(mode & 07777);
}

static void put_mode_and_size(unsigned int mode, long long size)
{
	text_string("{st_mode=");
	put_file_type(mode);
	text_string(", st_size=");
	text_number(size);
	text_string(", ...}");
}

static void put_stat(const struct argument *a)
{
	struct stat st;

	if (get(a, &st, sizeof(st)))
		put_mode_and_size(st.st_mode, st.st_size);
}

static void put_statx(const struct argument *a)
{
	struct statx st;

	if (get(a, &st, sizeof(st)))
		put_mode_and_size(st.stx_mode, (long long)st.stx_size);
}

static void put_openhow(const struct argument *a)
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

static void put_clone_flags(__u64 flags, __u64 signal)
{
	put_bits_of(clone_names, flags);
	if (signal) {
		text_char('|');
		put_signal_number((int)signal);
	}
}

static void put_clone(const struct argument *a)
{
	enum { SIGNAL = 0xff };

	if (!(a->value & ~(__u64)SIGNAL))
		put_signal_number((int)a->value);
	else
		put_clone_flags(a->value & ~(__u64)SIGNAL, a->value & SIGNAL);
}

static void put_cloneargs(const struct argument *a)
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

static void put_socktype(const struct argument *a)
{
	enum { TYPE = 0xf };

	put_name(socktype_names, a->value & TYPE);
	if (a->value & ~(__u64)TYPE) {
		text_char('|');
		put_bits_of(sockflag_names, (unsigned int)a->value & ~TYPE);
	}
}

static void put_sockopt(const struct argument *a)
{
	int level = (int)a->record->args[a->number - 1];

	if (level == SOL_SOCKET)
		put_name(so_names, (unsigned int)a->value);
	else if (level == IPPROTO_TCP)
		put_name(tcp_names, (unsigned int)a->value);
	else
		put_int(a);
}

static void put_address(int family, const void *address)
{
	char text[INET6_ADDRSTRLEN];

	text_string(inet_ntop(family, address, text, sizeof(text)) ? text : "?");
}

static void put_sockaddr(const struct argument *a)
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

static void put_pollfds(const struct argument *a)
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

static void put_epollevent(const struct argument *a)
{
	if (!a->data || a->size < sizeof(struct epoll_event))
		put_ptr(a);
	else
		put_epoll(a, 1);
}

static void put_epollevents(const struct argument *a)
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

static void put_futex(const struct argument *a)
{
	put_name(futex_names, (unsigned int)a->value & (unsigned int)FUTEX_CMD_MASK);
	if (a->value & FUTEX_PRIVATE_FLAG)
		text_string("|FUTEX_PRIVATE_FLAG");
	if (a->value & FUTEX_CLOCK_REALTIME)
		text_string("|FUTEX_CLOCK_REALTIME");
}

static void put_fcntlarg(const struct argument *a)
{
	switch (a->record->args[a->number - 1]) {
	case F_SETFD:
		put_bits_of(fdflag_names, a->value);
		break;
	case F_SETFL:
		put_oflags(a);
		break;
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		put_int(a);
		break;
	default:
		put_hex(a);
	}
}

#define STRING                                                                                     \
	{                                                                                          \
		.kind = PIECE_STRING                                                               \
	}
#define FIXED(bytes)                                                                               \
	{                                                                                          \
		.kind = PIECE_FIXED, .size = (bytes), .most = (bytes)                              \
	}
#define OUT(bytes)                                                                                 \
	{                                                                                          \
		.kind = PIECE_FIXED, .size = (bytes), .most = (bytes), .if_succeeded = 1           \
	}

static struct kind kinds[128] = {
	{ .word = "hex", .put = put_hex },
	{ .word = "ptr", .put = put_ptr },
	{ .word = "int", .put = put_int },
	{ .word = "fd", .put = put_int },
	{ .word = "uint", .put = put_uint },
	{ .word = "long", .put = put_long },
	{ .word = "size", .put = put_size },
	{ .word = "dirfd", .put = put_dirfd },
	{ .word = "oflags", .put = put_oflags },
	{ .word = "mode", .put = put_mode },
	{ .word = "signal", .put = put_signal },
	{ .word = "clone", .put = put_clone },
	{ .word = "futex", .put = put_futex },
	{ .word = "socktype", .put = put_socktype },
	{ .word = "sockopt", .put = put_sockopt },
	{ .word = "fcntlarg", .put = put_fcntlarg },
	{ .word = "path", .put = put_string, .piece = STRING },
	{ .word = "pathout",
	  .put = put_string,
	  .piece = { .kind = PIECE_STRING, .if_succeeded = 1 } },
	{ .word = "execpath", .put = put_string, .piece = STRING },
	{ .word = "argv", .put = put_argv, .piece = STRING },
	{ .word = "in",
	  .put = put_in,
	  .piece = { .kind = PIECE_COUNTED, .size = 1, .most = SHOWN },
	  .count_offset = 1 },
	{ .word = "out",
	  .put = put_out,
	  .piece = { .kind = PIECE_RESULT, .size = 1, .most = SHOWN, .if_succeeded = 1 } },
	{ .word = "pipefd", .put = put_pair, .piece = OUT(8) },
	{ .word = "intin", .put = put_pointed_int, .piece = FIXED(4) },
	{ .word = "intout", .put = put_pointed_int, .piece = OUT(4) },
	{ .word = "status", .put = put_status, .piece = OUT(4) },
	{ .word = "timespec", .put = put_timespec, .piece = FIXED(16) },
	{ .word = "timespecout", .put = put_timespec, .piece = OUT(16) },
	{ .word = "timeval", .put = put_timeval, .piece = FIXED(16) },
	{ .word = "timevalout", .put = put_timeval, .piece = OUT(16) },
	{ .word = "rlimit", .put = put_rlimit, .piece = FIXED(16) },
	{ .word = "rlimitout", .put = put_rlimit, .piece = OUT(16) },
	{ .word = "sigset", .put = put_sigset, .piece = FIXED(8) },
	{ .word = "sigsetout", .put = put_sigset, .piece = OUT(8) },
	{ .word = "sigaction", .put = put_sigaction, .piece = FIXED(32) },
	{ .word = "sigactionout", .put = put_sigaction, .piece = OUT(32) },
	{ .word = "stat", .put = put_stat, .piece = OUT(sizeof(struct stat)) },
	{ .word = "statx", .put = put_statx, .piece = OUT(sizeof(struct statx)) },
	{ .word = "openhow", .put = put_openhow, .piece = FIXED(24) },
	{ .word = "cloneargs", .put = put_cloneargs, .piece = FIXED(64) },
	{ .word = "sockaddr",
	  .put = put_sockaddr,
	  .piece = { .kind = PIECE_COUNTED, .size = 1, .most = sizeof(struct sockaddr_un) },
	  .count_offset = 1 },
	{ .word = "sockaddrout",
	  .put = put_sockaddr,
	  .piece = { .kind = PIECE_POINTED, .most = sizeof(struct sockaddr_un), .if_succeeded = 1 },
	  .count_offset = 1 },
	{ .word = "pollfds",
	  .put = put_pollfds,
	  .piece = { .kind = PIECE_COUNTED,
		     .size = sizeof(struct pollfd),
		     .most = LISTED * sizeof(struct pollfd) },
	  .count_offset = 1 },
	{ .word = "epollevent", .put = put_epollevent, .piece = FIXED(sizeof(struct epoll_event)) },
	{ .word = "epollevents",
	  .put = put_epollevents,
	  .piece = { .kind = PIECE_RESULT,
		     .size = sizeof(struct epoll_event),
		     .most = LISTED * sizeof(struct epoll_event),
		     .if_succeeded = 1 } },
};

/* More bits first; the shorter of two names for the same. */
static int compare_names(const void *a, const void *b)
{
	const struct name *first = a, *second = b;
	int bits = __builtin_popcount(second->value) - __builtin_popcount(first->value);

	if (bits)
		return bits;
	if (first->value != second->value)
		return first->value < second->value ? -1 : 1;
	bits = (int)strlen(first->name) - (int)strlen(second->name);
	return bits ? bits : strcmp(first->name, second->name);
}

void kinds_init(void)
{
	for (unsigned int i = 0; i < names_tables_count; i++)
		qsort(names_tables[i].names, names_tables[i].count, sizeof(struct name),
		      compare_names);
	oflag_names = table_of("oflag");
	clone_names = table_of("clone");
	futex_names = table_of("futex");
	socktype_names = table_of("socktype");
	sockflag_names = table_of("sockflag");
	so_names = table_of("so");
	tcp_names = table_of("tcp");
	addrfam_names = table_of("addrfam");
	pollev_names = table_of("pollev");
	epollev_names = table_of("epollev");
	saflag_names = table_of("saflag");
	fdflag_names = table_of("fdflag");
}

const struct kind *kind_of(const char *word)
{
	const struct names_of *table = *word ? table_of(word + 1) : NULL;
	void (*put)(const struct argument *) = *word == '|' ? put_bits : put_one;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct kind *kind = &kinds[i];

		if (kind->word && !strcmp(kind->word, word))
			return kind;
		/* "|at" and "=clock" are kinds with the names of that table. */
		if (!kind->word && !kind->put && table) {
			kind->put = put;
			kind->names = table;
		}
		if (!kind->word && table && kind->put == put && kind->names == table)
			return kind;
	}
	return &kinds[0];
}

struct piece kind_piece(const struct kind *kind, unsigned int arg)
{
	struct piece piece = kind->piece;

	piece.arg = (__u8)arg;
	piece.count_arg = (__u8)((int)arg + kind->count_offset);
	return piece;
}

static bool is_piece_of(const struct call *call, unsigned int piece, unsigned int arg)
{
	return call->plan.pieces[piece].kind != PIECE_NONE && call->plan.pieces[piece].arg == arg;
}

void decode_argument(const struct call *call, const struct record *r, unsigned int arg)
{
	const struct kind *kind = call->kinds[arg];
	struct argument a = { .value = r->args[arg], .record = r, .number = arg };
	const char *data = (const char *)(r + 1);

	if (!kind) {
		put_hex(&a);
		return;
	}
	for (unsigned int i = 0; i < PIECES; data += r->sizes[i], i++) {
		if (is_piece_of(call, i, arg) && r->sizes[i]) {
			a.data = data;
			a.size = r->sizes[i];
		}
	}
	a.names = kind->names;
	kind->put(&a);
}

unsigned int decode_count(const struct call *call, const struct record *r)
{
	const __u64 *args = r->args;

	for (unsigned int i = 1; i < call->count; i++) {
		void (*put)(const struct argument *) = call->kinds[i]->put;
		void (*before)(const struct argument *) = call->kinds[i - 1]->put;

		/* An open has a mode only if it may make a file. */
		if (put == put_mode && before == put_oflags &&
		    !(args[i - 1] & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))))
			return i;
		if (put == put_fcntlarg && (args[i - 1] == F_GETFD || args[i - 1] == F_GETFL))
			return i;
		if (before == put_futex && (args[i - 1] & FUTEX_CMD_MASK) == FUTEX_WAKE)
			return i + 1;
		if (before == put_futex && (args[i - 1] & FUTEX_CMD_MASK) == FUTEX_WAIT)
			return i + 2;
	}
	return call->count;
}

/* Linux keeps these four to itself: they say what happens after a signal, and no program ever sees
 * them. So no header has their names. */
static const char *restart_name(long number)
{
	switch (number) {
	case 512:
		return "ERESTARTSYS";
	case 513:
		return "ERESTARTNOINTR";
	case 514:
		return "ERESTARTNOHAND";
	case 516:
		return "ERESTART_RESTARTBLOCK";
	default:
		return NULL;
	}
}

const char *error_name(__s64 result)
{
	const char *name;

	if (result >= 0 || result < -4095)
		return NULL;
	name = restart_name((long)-result);
	if (!name)
		name = strerrorname_np((int)-result);
	return name ? name : "?";
}

void decode_result(const struct call *call, const struct record *r)
{
	const char *error = error_name(r->result);

	if (!r->returned) {
		text_char('?');
	} else if (error && restart_name((long)-r->result)) {
		text_string("? ");
		text_string(error);
		text_string(" (interrupted by a signal)");
	} else if (error) {
		text_string("-1 ");
		if (*error == '?')
			text_number(-r->result);
		else
			text_string(error);
		text_string(" (");
		text_string(strerrordesc_np((int)-r->result) ? strerrordesc_np((int)-r->result)
							     : "unknown error");
		text_char(')');
	} else if (call->is_address) {
		text_hex((__u64)r->result);
	} else {
		text_number(r->result);
	}
}
