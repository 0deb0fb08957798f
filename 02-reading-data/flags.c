// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>

/* The kernel's header and not <fcntl.h>: that one has O_LARGEFILE as 0 on 64-bit machines. */
#include <linux/fcntl.h>

#include "flags.h"

#define FLAG(name)                                                                                 \
	{                                                                                          \
		name, #name                                                                        \
	}

/* A flag that is made of several bits stands before those that it is made of. */
static const struct {
	unsigned long long bits;
	const char *name;
} names[] = {
	FLAG(O_CREAT),    FLAG(O_EXCL),   FLAG(O_NOCTTY),  FLAG(O_TRUNC),
	FLAG(O_APPEND),   FLAG(O_SYNC),   FLAG(O_DSYNC),   { FASYNC, "O_ASYNC" },
	FLAG(O_NONBLOCK), FLAG(O_DIRECT), FLAG(O_TMPFILE), FLAG(O_DIRECTORY),
	FLAG(O_NOFOLLOW), FLAG(O_PATH),   FLAG(O_NOATIME), FLAG(O_CLOEXEC),
};

static const char *const access_modes[] = {
	[O_RDONLY] = "O_RDONLY",
	[O_WRONLY] = "O_WRONLY",
	[O_RDWR] = "O_RDWR",
	[O_ACCMODE] = "O_ACCMODE", /* neither to read nor to write: some drivers know it */
};

void format_flags(unsigned long long flags, char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "%s", access_modes[flags & O_ACCMODE]);

	/* open() and openat() add O_LARGEFILE by themselves on 64-bit machines: it says nothing. */
	flags &= ~(unsigned long long)(O_ACCMODE | O_LARGEFILE);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && used < size; i++) {
		if ((flags & names[i].bits) != names[i].bits)
			continue;
		used += (size_t)snprintf(text + used, size - used, "|%s", names[i].name);
		flags &= ~names[i].bits;
	}
	if (flags && used < size)
		snprintf(text + used, size - used, "|0x%llx", flags);
}
