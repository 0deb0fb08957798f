// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <linux/types.h>

#include "common.h"
#include "text.h"
#include "trace.h"

/* A line is at most what is in a record, with four letters for each byte, and each of those escaped
 * once more for JSON. */
enum { LONGEST_LINE = DATA_SIZE * 4 * 2 + 8192, SIZE = 4 * LONGEST_LINE };

static char text[SIZE], spare[LONGEST_LINE];
static size_t used;
static int out = STDOUT_FILENO;

void text_to(int fd)
{
	out = fd;
}

int text_to_file(const char *name)
{
	/* Not for the command that we may run. */
	out = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	return out < 0 ? -1 : 0;
}

void text_char(char c)
{
	if (used < SIZE)
		text[used++] = c;
}

static void put(const char *bytes, size_t size)
{
	if (size > SIZE - used)
		size = SIZE - used;
	memcpy(text + used, bytes, size);
	used += size;
}

void text_string(const char *s)
{
	put(s, strlen(s));
}

static void put_digits(unsigned long long number, unsigned int base, int width)
{
	char digits[24];
	int i = sizeof(digits);

	do {
		digits[--i] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number || (int)sizeof(digits) - i < width);
	put(digits + i, sizeof(digits) - (size_t)i);
}

void text_number(long long number)
{
	if (number < 0)
		text_char('-');
	put_digits(number < 0 ? -(unsigned long long)number : (unsigned long long)number, 10, 1);
}

void text_unsigned(unsigned long long number)
{
	put_digits(number, 10, 1);
}

void text_hex(unsigned long long number)
{
	put("0x", 2);
	put_digits(number, 16, 1);
}

void text_octal(unsigned int number)
{
	text_char('0');
	if (number)
		put_digits(number, 8, 1);
}

void text_digits(unsigned int number, int width)
{
	put_digits(number, 10, width);
}

void text_escaped(const char *bytes, size_t size)
{
	size_t n, length;
	char letter[4];

	while (size) {
		if (*bytes >= ' ' && *bytes < 0x7f && *bytes != '"' && *bytes != '\\') {
			text_char(*bytes++);
			size--;
			continue;
		}
		n = escape_letter(bytes, size, letter, &length);
		put(letter, length);
		bytes += n;
		size -= n;
	}
}

void text_quoted(const char *string, size_t size)
{
	text_char('"');
	text_escaped(string, strnlen(string, size));
	text_char('"');
}

size_t text_mark(void)
{
	return used;
}

/* All that is put here is printable, so only two letters need a backslash. */
void text_as_json(size_t mark)
{
	size_t size = used - mark;

	if (size > sizeof(spare))
		size = sizeof(spare);
	memcpy(spare, text + mark, size);
	used = mark;
	text_char('"');
	for (size_t i = 0; i < size; i++) {
		if (spare[i] == '"' || spare[i] == '\\')
			text_char('\\');
		text_char(spare[i]);
	}
	text_char('"');
}

int text_line_done(void)
{
	text_char('\n');
	return used > SIZE - 2 * LONGEST_LINE || used > 65536 ? text_flush() : 0;
}

int text_flush(void)
{
	size_t done = 0;

	while (done < used) {
		ssize_t n = write(out, text + done, used - done);

		if (n < 0 && errno != EINTR) {
			used = 0;
			return -EPIPE;
		}
		if (n > 0)
			done += (size_t)n;
	}
	used = 0;
	return 0;
}
