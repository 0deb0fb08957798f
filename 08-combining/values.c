// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "text.h"
#include "values.h"

/* As the kernel has it. For 64-bit programs the headers say 0, but musl sets it. */
#if defined(__aarch64__) || defined(__arm__)
enum { KERNEL_O_LARGEFILE = 0400000 };
#else
enum { KERNEL_O_LARGEFILE = 0100000 };
#endif

static const struct names_of *oflag_names, *clone_names, *futex_names, *socktype_names,
	*sockflag_names, *so_names, *tcp_names, *fdflag_names;

void put_hex(const struct argument *a)
{
	if (a->value)
		text_hex(a->value);
	else
		text_char('0');
}

void put_ptr(const struct argument *a)
{
	if (a->value)
		text_hex(a->value);
	else
		text_string("NULL");
}

void put_int(const struct argument *a)
{
	text_number((int)a->value);
}

void put_uint(const struct argument *a)
{
	text_unsigned((unsigned int)a->value);
}

void put_long(const struct argument *a)
{
	text_number((long long)a->value);
}

void put_size(const struct argument *a)
{
	text_unsigned(a->value);
}

void put_dirfd(const struct argument *a)
{
	if ((int)a->value == AT_FDCWD)
		text_string("AT_FDCWD");
	else
		put_int(a);
}

static const char *name_of(const struct names_of *table, __u64 value)
{
	for (unsigned int i = 0; i < table->count; i++) {
		if (table->names[i].value == value)
			return table->names[i].name;
	}
	return NULL;
}

const struct names_of *table_of(const char *kind)
{
	for (unsigned int i = 0; i < names_tables_count; i++) {
		if (!strcmp(names_tables[i].kind, kind))
			return &names_tables[i];
	}
	return NULL;
}

void put_name(const struct names_of *table, __u64 value)
{
	const char *name = name_of(table, value);

	if (name)
		text_string(name);
	else if (value < 4096)
		text_unsigned(value);
	else
		text_hex(value);
}

/* Names that stand for several bits come first in a table: values_init() has sorted it. */
void put_bits_of(const struct names_of *table, __u64 value)
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

void put_one(const struct argument *a)
{
	put_name(a->names, (unsigned int)a->value);
}

void put_bits(const struct argument *a)
{
	put_bits_of(a->names, (unsigned int)a->value);
}

void put_oflags_value(__u64 flags)
{
	static const char *const modes[] = { "O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE" };

	text_string(modes[flags & O_ACCMODE]);
	flags &= ~(__u64)O_ACCMODE;
	if (flags & KERNEL_O_LARGEFILE)
		text_string("|O_LARGEFILE");
	flags &= ~(__u64)KERNEL_O_LARGEFILE;
	if (flags) {
		text_char('|');
		put_bits_of(oflag_names, flags);
	}
}

void put_oflags(const struct argument *a)
{
	put_oflags_value((unsigned int)a->value);
}

void put_mode(const struct argument *a)
{
	text_octal((unsigned int)a->value & 07777777);
}

void put_file_type(unsigned int mode)
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

void put_filemode(const struct argument *a)
{
	put_file_type((unsigned int)a->value);
}

void put_signal_number(int number)
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

void put_signal(const struct argument *a)
{
	put_signal_number((int)a->value);
}

static void put_clone_flags(__u64 flags, __u64 signal)
{
	put_bits_of(clone_names, flags);
	if (signal) {
		text_char('|');
		put_signal_number((int)signal);
	}
}

void put_clone(const struct argument *a)
{
	enum { SIGNAL = 0xff };

	if (!((unsigned int)a->value & ~(__u64)SIGNAL))
		put_signal_number((int)a->value);
	else
		put_clone_flags((unsigned int)a->value & ~(__u64)SIGNAL, a->value & SIGNAL);
}

void put_socktype(const struct argument *a)
{
	enum { TYPE = 0xf };

	put_name(socktype_names, a->value & TYPE);
	if (a->value & ~(__u64)TYPE) {
		text_char('|');
		put_bits_of(sockflag_names, (unsigned int)a->value & ~TYPE);
	}
}

void put_sockopt(const struct argument *a)
{
	int level = (int)a->record->args[a->number - 1];

	if (level == SOL_SOCKET)
		put_name(so_names, (unsigned int)a->value);
	else if (level == IPPROTO_TCP)
		put_name(tcp_names, (unsigned int)a->value);
	else
		put_int(a);
}

void put_futex(const struct argument *a)
{
	put_name(futex_names, (unsigned int)a->value & (unsigned int)FUTEX_CMD_MASK);
	if (a->value & FUTEX_PRIVATE_FLAG)
		text_string("|FUTEX_PRIVATE_FLAG");
	if (a->value & FUTEX_CLOCK_REALTIME)
		text_string("|FUTEX_CLOCK_REALTIME");
}

void put_fcntlarg(const struct argument *a)
{
	switch ((int)a->record->args[a->number - 1]) {
	case F_SETFD:
		put_bits_of(fdflag_names, a->value);
		break;
	case F_SETFL:
		put_oflags(a);
		break;
	case F_SETSIG:
		put_signal(a);
		break;
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
	case F_SETOWN:
	case F_SETPIPE_SZ:
		put_int(a);
		break;
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		put_ptr(a);
		break;
	default:
		put_hex(a);
	}
}

/* More bits first; the shorter of two names for the same. */
static int compare_names(const void *a, const void *b)
{
	const struct name *first = a, *second = b;
	int bits = __builtin_popcountll(second->value) - __builtin_popcountll(first->value);

	if (bits)
		return bits;
	if (first->value != second->value)
		return first->value < second->value ? -1 : 1;
	bits = (int)strlen(first->name) - (int)strlen(second->name);
	return bits ? bits : strcmp(first->name, second->name);
}

void values_init(void)
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
	fdflag_names = table_of("fdflag");
}
