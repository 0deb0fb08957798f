/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: the flags of an open by name. */
#ifndef FLAGS_H
#define FLAGS_H

#include <stddef.h>

enum { FLAGS_SIZE = 256 }; /* room for all names at once */

/* Writes the flags into text, of size bytes, as "O_RDWR|O_CREAT|O_CLOEXEC". */
void format_flags(unsigned long long flags, char *text, size_t size);

#endif
