// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "common.h"

static pid_t child;
static int gate = -1; /* the end of a pipe: the child waits at the other one */

static bool is_program(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return false;
	if (!S_ISREG(st.st_mode)) {
		errno = EACCES;
		return false;
	}
	return access(path, X_OK) == 0;
}

/* Looks the program up as a shell does, so that the command needs one execve() and not one for
 * each folder. Returns false, and sets errno, where there is none. */
static bool find_program(const char *name, char path[PATH_MAX])
{
	const char *folder = getenv("PATH"), *end;
	int err = ENOENT;

	if (strchr(name, '/')) {
		snprintf(path, PATH_MAX, "%s", name);
		return is_program(path);
	}
	for (folder = folder ? folder : "/bin:/usr/bin"; *name; folder = end + 1) {
		end = strchrnul(folder, ':');
		snprintf(path, PATH_MAX, "%.*s%s%s", (int)(end - folder), folder,
			 end == folder ? "" : "/", name);
		if (is_program(path))
			return true;
		if (errno == EACCES)
			err = EACCES;
		if (!*end)
			break;
	}
	errno = err;
	return false;
}

static void on_child(int signal)
{
}

pid_t command_start(char **argv, sighandler_t on_pipe)
{
	/* That the command has ended has to wake us. */
	struct sigaction action = { .sa_handler = on_child, .sa_flags = SA_NOCLDSTOP }, before;
	char path[PATH_MAX], go;
	int ends[2];

	if (!find_program(argv[0], path))
		return report(errno, "cannot run '%s'", argv[0]);
	if (pipe2(ends, O_CLOEXEC))
		return report(errno, "cannot make a pipe");
	sigaction(SIGCHLD, &action, &before);
	child = fork();
	if (child == 0) {
		signal(SIGPIPE, on_pipe);
		sigaction(SIGCHLD, &before, NULL);
		close(ends[1]);
		if (read(ends[0], &go, 1) != 1)
			_exit(EXIT_FAILURE);
		execv(path, argv);
		report(errno, "cannot run '%s'", path);
		_exit(EXIT_FAILURE);
	}
	close(ends[0]);
	gate = ends[1];
	return child < 0 ? report(errno, "cannot make a process") : child;
}

void command_go(void)
{
	if (gate >= 0 && write(gate, "", 1) < 0)
		report(errno, "cannot start the command");
	command_cancel();
}

void command_cancel(void)
{
	if (gate >= 0)
		close(gate);
	gate = -1;
}

int command_end(bool now)
{
	int how = 0;
	pid_t pid;

	do
		pid = waitpid(child, &how, now ? WNOHANG : 0);
	while (pid < 0 && errno == EINTR);
	if (!pid) {
		kill(child, SIGTERM);
		return EXIT_SUCCESS;
	}
	return WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
}
