// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "binary.h"
#include "common.h"

/* Starts this program again with an environment that makes the loader list the libraries it would
 * load, name among them, and end: none of their code runs. Returns where the list can be read. */
static FILE *ask_loader(const char *name, pid_t *child)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return NULL;
	*child = fork();
	if (*child == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(fds[1], STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		setenv("LD_TRACE_LOADED_OBJECTS", "1", 1);
		setenv("LD_PRELOAD", name, 1);
		execl("/proc/self/exe", program_invocation_short_name, (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	if (*child < 0) {
		close(fds[0]);
		return NULL;
	}
	return fdopen(fds[0], "r");
}

int find_library(const char *name, char path[PATH_MAX])
{
	char *line = NULL, *arrow, *found, *end;
	size_t room = 0;
	pid_t child = -1;
	int err = -1;
	FILE *list;

	/* In LD_PRELOAD these would mean more than one, or more than a name. */
	if (!*name || strpbrk(name, " :/$"))
		return -1;
	list = ask_loader(name, &child);
	/* "<tab>NAME => PATH (ADDRESS)"; for the loader itself "<tab>PATH (ADDRESS)". */
	while (list && getline(&line, &room, list) >= 0) {
		end = strstr(line, " (0x");
		if (err == 0 || line[0] != '\t' || !end)
			continue;
		*end = '\0';
		arrow = strstr(line, " => ");
		found = arrow ? arrow + 4 : line + 1;
		if (arrow)
			*arrow = '\0';
		if (!strcmp(arrow ? line + 1 : basename(found), name) && realpath(found, path))
			err = 0;
	}
	free(line);
	if (list)
		fclose(list);
	if (child > 0)
		waitpid(child, NULL, 0);
	return err;
}

static int find_command(const char *name, char path[PATH_MAX])
{
	const char *folder = getenv("PATH"), *end;
	struct stat file;
	char *candidate;
	int err = -1;

	for (; err && folder; folder = *end ? end + 1 : NULL) {
		end = strchrnul(folder, ':');
		if (asprintf(&candidate, "%.*s/%s", (int)(end - folder),
			     end == folder ? "." : folder, name) < 0)
			return -1;
		if (!stat(candidate, &file) && S_ISREG(file.st_mode) && !access(candidate, X_OK) &&
		    realpath(candidate, path))
			err = 0;
		free(candidate);
	}
	return err;
}

/* The names that the loader knows from its cache, to suggest from. There may be no ldconfig. */
static void suggest_library(const char *name, char *text, size_t size)
{
	FILE *list = popen("PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null", "r");
	size_t length = strlen(name), room = 0;
	bool is_short = length > 3 && !strcmp(name + length - 3, ".so");
	struct names names = { 0 };
	char *line = NULL, *rest;

	while (list && getline(&line, &room, list) >= 0) {
		if (line[0] != '\t')
			continue;
		line[strcspn(line, " ")] = '\0';
		/* Without its version, or without .so, the name is not wrong, only short. */
		rest = line + 1 + length;
		if (!strncmp(line + 1, name, length) &&
		    (!strncmp(rest, ".so", 3) || (is_short && *rest == '.'))) {
			names_free(&names);
			names_add(&names, line + 1);
			break;
		}
		if (names_add(&names, line + 1))
			break;
	}
	names_nearest(&names, name, text, size);
	names_free(&names);
	free(line);
	if (list)
		pclose(list);
}

int find_binary(const char *name, char path[PATH_MAX])
{
	char nearest[256];

	if (strchr(name, '/')) {
		if (!realpath(name, path))
			return report(errno, "cannot find %s", name);
		return 0;
	}
	if (!find_command(name, path) || !find_library(name, path))
		return 0;
	if (!access(name, F_OK))
		return report(
			0, "'%s' is no command on PATH and no library. For the file here say ./%s",
			name, name);
	suggest_library(name, nearest, sizeof(nearest));
	return report(0, "'%s' is no command on PATH and no library that the loader finds%s%s",
		      name, *nearest ? ". Near it: " : "", nearest);
}
