/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: an event as a line of text. */
#ifndef PRINT_H
#define PRINT_H

#include <linux/types.h>

#include "event.h"

void print_heading(void);

/* Prints one line for an exec. */
void print_exec(const struct event *e);

#endif
