/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: runs the command to trace. */
#ifndef COMMAND_H
#define COMMAND_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* Makes a process that waits, and becomes the command at command_go(). on_pipe is what SIGPIPE does
 * there. Returns its ID; or -1, and has said why. */
pid_t command_start(char **argv, sighandler_t on_pipe);

/* Lets it go. From here on its first system call is its execve(). */
void command_go(void);

/* Takes away a process that still waits. Else does nothing. */
void command_cancel(void);

/* Waits for the command's end. Returns the status to exit with: the command's own, or 128 and the
 * number of the signal that has ended it. now: does not wait; a command that still runs gets a
 * SIGTERM, and the status is 0. */
int command_end(bool now);

#endif
