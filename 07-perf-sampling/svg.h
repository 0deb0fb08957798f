/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: a flame graph, as one SVG file that a browser shows without anything else. */
#ifndef SVG_H
#define SVG_H

#include "tree.h"

/* Returns 0, or -1 and has reported why. */
int svg_write(const char *path, const struct node *root);

#endif
