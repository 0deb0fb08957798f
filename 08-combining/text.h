/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: puts text together and writes it out in large parts. */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Where the text goes. */
void text_to(int fd);

/* The same for a file of this name. Returns 0; or -1, and sets errno. */
int text_to_file(const char *name);

void text_char(char c);
void text_string(const char *s);
void text_number(long long number);
void text_unsigned(unsigned long long number);
void text_hex(unsigned long long number);
void text_octal(unsigned int number);
void text_digits(unsigned int number, int width); /* with zeros in front */
void text_escaped(const char *bytes, size_t size);
/* The same up to a NUL, between quotes. */
void text_quoted(const char *string, size_t size);

/* Where the next letter goes; and makes a JSON string of all that was put since. */
size_t text_mark(void);
void text_as_json(size_t mark);

/* To be called between lines. text_line_done() writes out what there is if it is much;
 * text_flush() always does. They return 0, or -EPIPE where it cannot be written. */
int text_line_done(void);
int text_flush(void);

#endif
