// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The lessons and what each of them needs; and the output: what was found, and which can run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "items.h"

#define NEED(item)   (1U << (item))
#define LOADED       (NEED(KERNEL_VERSION) | NEED(ROOT) | NEED(BPF_LOAD) | NEED(BPF_RUN))
#define TRACED       (LOADED | NEED(BTF) | NEED(LOCKDOWN))
#define TRACEPOINTED (TRACED | NEED(TRACEFS) | NEED(TRACEPOINTS))

static const struct lesson lessons[] = {
	{ "00-setup", LOADED },
	{ "01-hello-kprobe", TRACED | NEED(KPROBES) },
	{ "02-reading-data", TRACED | NEED(KPROBES) },
	{ "03-maps", TRACED },
	{ "04-perf-events", TRACED | NEED(PERF_EVENTS) },
	{ "05-uprobes", TRACED | NEED(UPROBES) },
	{ "06-tracepoints", TRACEPOINTED },
	{ "07-perf-sampling", TRACED | NEED(PERF_EVENTS) },
	{ "08-combining", TRACED },
};

enum { LESSONS = sizeof(lessons) / sizeof(lessons[0]) };

#define RED    "\033[31m"
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"

static const struct {
	const char *word, *colour;
} verdicts[] = {
	[UNKNOWN] = { "unknown", RED }, [OK] = { "ok", GREEN },
	[MISSING] = { "missing", RED }, [OLD] = { "old", RED },
	[NOTE] = { "note", YELLOW },    [NOT_NEEDED] = { "not needed", "" },
};

bool in_vm(void)
{
	const char *place = getenv("WORKBOOK_PLACE");

	return place && !strcmp(place, "vm");
}

const struct lesson *find_lesson(const char *name)
{
	for (size_t i = 0; i < LESSONS; i++) {
		if (!strcmp(lessons[i].name, name))
			return &lessons[i];
	}
	return NULL;
}

const char *lesson_names(void)
{
	static char names[LESSONS * 20];
	size_t used = 0;

	for (size_t i = 0; i < LESSONS; i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "",
					 lessons[i].name);
	return names;
}

unsigned int needs_of_all(void)
{
	unsigned int needs = 0;

	for (size_t i = 0; i < LESSONS; i++)
		needs |= lessons[i].needs;
	return needs;
}

static bool is_bad(const struct item *item)
{
	return item->verdict == UNKNOWN || item->verdict == MISSING || item->verdict == OLD;
}

/* What to do about an item: nothing, mostly. Where we are in the VM, it is no help to say so. */
static const char *cure_of(const struct item *item)
{
	if (!item->cure)
		return "";
	if (in_vm() && !strncmp(item->cure, CURE_VM, strlen(CURE_VM)))
		return "choose another kernel for the VM, such as KERNEL=6.1";
	return item->cure;
}

/* The first item from number i on that the lesson needs and has not; ITEMS: none. */
static size_t next_missing(const struct item *items, const struct lesson *lesson, size_t i)
{
	while (i < TOOLS && !((lesson->needs & NEED(i)) && is_bad(&items[i])))
		i++;
	return i < TOOLS ? i : ITEMS;
}

static bool is_shown(const struct item *item, const struct lesson *lesson, bool quiet)
{
	if (quiet)
		return item->required && is_bad(item);
	return !lesson || item->required;
}

/* Prints a line of the table; the verdict in its colour, where the output is a terminal. */
static void print_line(const char *name, const char *found, const char *verdict, const char *colour)
{
	const char *no_color = getenv("NO_COLOR");

	printf("  %-18s  %-47s  ", name, found);
	if (isatty(STDOUT_FILENO) && !(no_color && *no_color) && *colour)
		printf("%s%s\033[0m\n", colour, verdict);
	else
		printf("%s\n", verdict);
}

/* Prints a cure below its item, in lines that fit into 80 columns. */
static void print_cure(const char *text)
{
	enum { INDENT = 6, WIDTH = 80 - INDENT };

	while (*text) {
		size_t n = strlen(text);

		if (n > WIDTH) {
			for (n = WIDTH; n > 1 && text[n] != ' '; n--)
				continue;
		}
		printf("%*s%.*s\n", INDENT, "", (int)n, text);
		text += n + strspn(text + n, " ");
	}
}

static void print_table(const struct item *items, const struct lesson *lesson)
{
	const char *cure = "";
	size_t run = 0;

	for (size_t i = 0; i < ITEMS; i++) {
		const struct item *item = &items[i];

		/* One cure for several in a row is said once, below the last of them. */
		if (i == TOOLS || (is_shown(item, lesson, false) && strcmp(cure_of(item), cure))) {
			print_cure(cure);
			cure = "";
		}
		if (i == KERNEL_VERSION)
			printf("Kernel\n");
		else if (i == TOOLS && !lesson)
			printf("\nToolchain\n");
		if (!is_shown(item, lesson, false))
			continue;
		print_line(item->name, item->found, verdicts[item->verdict].word,
			   verdicts[item->verdict].colour);
		cure = cure_of(item);
	}
	print_cure(cure);

	printf("\nLessons\n");
	for (size_t i = 0; i < LESSONS; i++) {
		size_t missing = next_missing(items, &lessons[i], 0);
		char why[192];

		if (lesson && lesson != &lessons[i])
			continue;
		if (missing == ITEMS) {
			run++;
			print_line(lessons[i].name, "runs on this kernel", "ok", GREEN);
			continue;
		}
		snprintf(why, sizeof(why), "%s: %s", items[missing].name, items[missing].found);
		print_line(lessons[i].name, why, "not here", YELLOW);
	}
	if (lesson)
		return;
	if (run == LESSONS)
		printf("\nAll lessons run on this kernel.\n");
	else if (!run && !in_vm())
		printf("\nNo lesson runs on this kernel as you are now: 'make run' and 'make test' use\n"
		       "the throwaway VM.\n");
	else if (in_vm())
		printf("\n%zu of %d lessons run in this VM.\n", run, LESSONS);
	else
		printf("\n%zu of %d lessons run on this kernel. For the others, 'make run' and\n"
		       "'make test' use the throwaway VM.\n",
		       run, LESSONS);
}

static void print_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < ' ' || c > '~')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void print_member(const char *name, const char *text)
{
	printf("\"%s\":", name);
	print_string(text);
	putchar(',');
}

static void print_json(const struct item *items, const struct lesson *lesson, bool quiet, bool ok)
{
	const char *comma = "";

	printf("{\"items\":[");
	for (size_t i = 0; i < ITEMS; i++) {
		const struct item *item = &items[i];

		if (!is_shown(item, lesson, quiet))
			continue;
		printf("%s\n{", comma);
		print_member("name", item->name);
		print_member("group", i < TOOLS ? "Kernel" : "Toolchain");
		print_member("found", item->found);
		print_member("verdict", verdicts[item->verdict].word);
		printf("\"required\":%s,\"cure\":", item->required ? "true" : "false");
		print_string(cure_of(item));
		putchar('}');
		comma = ",";
	}
	printf("],\n\"lessons\":[");
	comma = "";
	for (size_t i = 0; i < LESSONS; i++) {
		size_t missing = next_missing(items, &lessons[i], 0);

		if (lesson && lesson != &lessons[i])
			continue;
		printf("%s\n{", comma);
		print_member("name", lessons[i].name);
		printf("\"runs_here\":%s,\"missing\":[", missing == ITEMS ? "true" : "false");
		for (comma = ""; missing != ITEMS; comma = ",") {
			printf("%s", comma);
			print_string(items[missing].name);
			missing = next_missing(items, &lessons[i], missing + 1);
		}
		printf("]}");
		comma = ",";
	}
	printf("],\n\"ok\":%s}\n", ok ? "true" : "false");
}

bool print_items(const struct item items[ITEMS], const struct lesson *lesson, struct style style)
{
	bool ok = true;

	for (size_t i = 0; i < ITEMS; i++) {
		if (items[i].required && is_bad(&items[i]))
			ok = false;
	}
	if (style.json) {
		print_json(items, lesson, style.quiet, ok);
	} else if (style.quiet) {
		for (size_t i = 0; i < ITEMS; i++) {
			if (is_shown(&items[i], lesson, true))
				printf("%s: %s\n", items[i].name, items[i].found);
		}
	} else {
		print_table(items, lesson);
	}
	return ok;
}
