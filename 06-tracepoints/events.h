/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: finds tracefs, and the tracepoints' names in it. */
#ifndef EVENTS_H
#define EVENTS_H

/* The folder of tracefs. NULL where it is not mounted or may not be read; that has been reported.
 */
const char *tracefs(void);

/* Prints the tracepoints whose CATEGORY:NAME matches the pattern: holds it, or, where it has one of
 * *?[, is matched by it as file names are in a shell. Returns 0, or -1 after a report. */
int list_events(const char *pattern);

/* Reports that there is no such tracepoint, and which names are near. Returns -1. */
int report_unknown(const char *category, const char *name);

#endif
