// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "events.h"

const char *tracefs(void)
{
	static const char *const places[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	bool forbidden = false;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char events[PATH_MAX];

		snprintf(events, sizeof(events), "%s/events", places[i]);
		if (!access(events, R_OK | X_OK))
			return places[i];
		forbidden |= errno == EACCES;
	}
	if (forbidden)
		report(0,
		       "only root may look at the kernel's tracepoints: start it with 'make run', "
		       "which finds a place where you are root");
	else
		report(0, "tracefs, where the kernel describes its tracepoints, is not mounted. Do "
			  "that: mount -t tracefs nodev /sys/kernel/tracing");
	return NULL;
}

/* Calls use() for each tracepoint, a "CATEGORY:NAME", until it returns a negative value. */
static int for_each_event(int (*use)(void *ctx, const char *event), void *ctx)
{
	const char *folder = tracefs();
	char file[PATH_MAX], *line = NULL;
	size_t room = 0;
	FILE *events;
	int err = 0;

	if (!folder)
		return -1;
	snprintf(file, sizeof(file), "%s/available_events", folder);
	events = fopen(file, "r");
	if (!events)
		return report(errno, "cannot read %s", file);
	while (!err && getline(&line, &room, events) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		err = use(ctx, line);
	}
	if (!err && ferror(events))
		err = report(errno, "cannot read %s", file);
	free(line);
	fclose(events);
	return err;
}

struct search {
	const char *pattern;
	size_t found;
};

static int print_match(void *ctx, const char *event)
{
	struct search *search = ctx;

	if (strpbrk(search->pattern, "*?[") ? fnmatch(search->pattern, event, 0)
					    : !strstr(event, search->pattern))
		return 0;
	search->found++;
	return puts(event) == EOF ? -EPIPE : 0;
}

int list_events(const char *pattern)
{
	struct search search = { .pattern = pattern ? pattern : "" };
	int err = for_each_event(print_match, &search);

	if (!err && !search.found)
		return report(0, "the kernel has no tracepoint like '%s'", pattern);
	if (!err)
		err = flush_output();
	return err == -EPIPE ? report_end(err, NULL) : err;
}

/* Keeps the part of an event's name that belongs to the wanted category, or its category. */
struct near {
	const char *category;
	struct names events, categories, here;
};

static int keep_near(void *ctx, const char *event)
{
	struct near *near = ctx;
	size_t length = strcspn(event, ":");
	char category[128];

	snprintf(category, sizeof(category), "%.*s", (int)length, event);
	if (!strcmp(category, near->category))
		return names_add(&near->here, event + length + 1);
	return names_add(&near->events, event) ? -ENOMEM : names_add(&near->categories, category);
}

int report_unknown(const char *category, const char *name)
{
	struct near near = { .category = category };
	char wanted[256], text[512] = "";

	if (for_each_event(keep_near, &near) == 0) {
		names_nearest(&near.here, name, text, sizeof(text));
		/* A typo in the category, or another one? */
		if (!*text) {
			snprintf(wanted, sizeof(wanted), "%s:%s", category, name);
			names_nearest(&near.events, wanted, text, sizeof(text));
		}
		if (!*text) {
			snprintf(wanted, sizeof(wanted), ":%s", name);
			names_nearest(&near.events, wanted, text, sizeof(text));
		}
		if (!*text && !near.here.count)
			names_nearest(&near.categories, category, text, sizeof(text));
		report(0, "the kernel has no tracepoint '%s %s'%s%s. 'tracepoint --list' shows all",
		       category, name, *text ? ". Near it: " : "", text);
	}
	names_free(&near.here);
	names_free(&near.events);
	names_free(&near.categories);
	return -1;
}
