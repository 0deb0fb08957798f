// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "decode.h"
#include "pointed.h"
#include "text.h"
#include "values.h"

struct kind {
	const char *word;
	void (*put)(const struct argument *);
	struct piece piece;
	int count_offset; /* from the argument to that with the count */
	const struct names_of *names;
};

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
	{ .word = "filemode", .put = put_filemode },
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
	{ .word = "optionin", .put = put_option_in, .piece = FIXED(4) },
	{ .word = "optionout", .put = put_option_out, .piece = OUT(4) },
	{ .word = "intout", .put = put_pointed_int, .piece = OUT(4) },
	{ .word = "status", .put = put_status, .piece = OUT(4) },
	{ .word = "timespec", .put = put_timespec, .piece = FIXED(16) },
	{ .word = "timespecout", .put = put_timespec, .piece = OUT(16) },
	{ .word = "timespecleft", .put = put_timespec_left, .piece = OUT(16) },
	{ .word = "timespecrest", .put = put_timespec_rest, .piece = FIXED(16) },
	{ .word = "timeval", .put = put_timeval, .piece = FIXED(16) },
	{ .word = "timevalleft", .put = put_timeval_left, .piece = OUT(16) },
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

static const struct names_of *mremap_names;

void kinds_init(void)
{
	values_init();
	pointed_init();
	mremap_names = table_of("mremap");
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

static bool is_without_argument(int command)
{
	switch (command) {
	case F_GETFD:
	case F_GETFL:
	case F_GETOWN:
	case F_GETSIG:
	case F_GETLEASE:
	case F_GETPIPE_SZ:
	case F_GET_SEALS:
		return true;
	default:
		return false;
	}
}

unsigned int decode_count(const struct call *call, const struct record *r)
{
	for (unsigned int i = 1; i < call->count; i++) {
		void (*put)(const struct argument *) = call->kinds[i]->put;
		void (*before)(const struct argument *) = call->kinds[i - 1]->put;
		__u64 last = r->args[i - 1];

		/* An open has a mode only if it may make a file. */
		if (put == put_mode && before == put_oflags &&
		    !(last & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))))
			return i;
		/* Only a device has a number. */
		if (before == put_filemode && !S_ISCHR(last) && !S_ISBLK(last))
			return i;
		/* Only some flags come with a new address. */
		if (call->kinds[i - 1]->names == mremap_names && !(last & ~(__u64)MREMAP_MAYMOVE))
			return i;
		if (put == put_fcntlarg && is_without_argument((int)last))
			return i;
		if (before == put_futex && (last & FUTEX_CMD_MASK) == FUTEX_WAKE)
			return i + 1;
		if (before == put_futex && (last & FUTEX_CMD_MASK) == FUTEX_WAIT)
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
	} else if (call->result) {
		struct argument a = { .value = (__u64)r->result, .record = r };

		call->result->put(&a);
	} else {
		text_number(r->result);
	}
}
