// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "svg.h"

/* In pixels; flame.js has the same width and margin. */
enum { WIDTH = 1200, MARGIN = 12, TOP = 64, ROW = 18, LETTER = 7, BOTTOM = 30 };

/* A frame narrower than this cannot be seen. */
static const double narrowest = 0.2;

/* The file flame.js, as a string. */
__asm__(".pushsection .rodata\n"
	"flame_js:\n"
	".incbin \"flame.js\"\n"
	".byte 0\n"
	".popsection\n");
extern const char flame_js[];

/* A name as XML takes it. length: at most so many letters of it. */
static void write_text(FILE *file, const char *name, size_t length)
{
	for (const char *p = name; *p && length > 0; p++, length--) {
		if (*p == '<')
			fputs("&lt;", file);
		else if (*p == '>')
			fputs("&gt;", file);
		else if (*p == '&')
			fputs("&amp;", file);
		else if (*p == '"')
			fputs("&quot;", file);
		else if (*p >= ' ' && *p < 0x7f)
			fputc(*p, file);
		else
			fprintf(file, "\\x%02x", (unsigned char)*p);
	}
}

/* Blue for what processes do, amber for the kernel, grey for what has no name. Neighbours differ a
 * little, and a name has the same colour everywhere. */
static void write_colour(FILE *file, const struct function *function)
{
	unsigned int hash = 5381;

	for (const char *p = function->name; *p; p++)
		hash = hash * 33 + (unsigned char)*p;
	switch (function->kind) {
	case USER:
		fprintf(file, "hsl(%u,%u%%,%u%%)", 188 + hash % 36, 48 + hash / 36 % 18,
			72 + hash / 648 % 12);
		break;
	case KERNEL:
		fprintf(file, "hsl(%u,%u%%,%u%%)", 32 + hash % 14, 74 + hash / 14 % 14,
			70 + hash / 196 % 10);
		break;
	case PROCESS:
		fputs("hsl(150,28%,78%)", file);
		break;
	default:
		fputs("hsl(0,0%,85%)", file);
	}
}

struct drawing {
	FILE *file;
	unsigned long long all;
	unsigned int depth;
};

static void write_frame(const struct drawing *drawing, const char *name, const char *module,
			const struct function *function, const struct node *node,
			unsigned long long at, unsigned int level)
{
	double scale = (double)(WIDTH - 2 * MARGIN) / (double)drawing->all;
	double x = MARGIN + (double)at * scale, width = (double)node->total * scale;
	unsigned int y = TOP + (drawing->depth - level) * ROW;
	FILE *file = drawing->file;
	size_t letters = width < 2 * LETTER ? 0 : (size_t)((width - 6) / LETTER);

	fprintf(file,
		"<g class=\"frame\" tabindex=\"0\" data-at=\"%llu\" data-n=\"%llu\" "
		"data-level=\"%u\" data-name=\"",
		at, node->total, level);
	write_text(file, name, 1000);
	fputs("\"><title>", file);
	write_text(file, name, 1000);
	if (*module) {
		fputs(" in ", file);
		write_text(file, module, 255);
	}
	fprintf(file,
		"\n%llu samples, %.1f%%</title><rect x=\"%.2f\" y=\"%u\" width=\"%.2f\" "
		"height=\"%d\" rx=\"2\" fill=\"",
		node->total, 100 * (double)node->total / (double)drawing->all, x, y, width,
		ROW - 1);
	if (function)
		write_colour(file, function);
	else
		fputs("hsl(150,12%,86%)", file);
	fprintf(file, "\"/><text x=\"%.2f\" y=\"%u\">", x + 3, y + 13);
	write_text(file, name, letters);
	fputs("</text></g>\n", file);
}

static int compare_names(const void *a, const void *b)
{
	const struct node *n = *(struct node *const *)a, *m = *(struct node *const *)b;

	return strcmp(n->function->name, m->function->name);
}

/* Draws what node calls, from left to right by name, so that two pictures can be compared. */
static int write_children(const struct drawing *drawing, const struct node *node,
			  unsigned long long at, unsigned int level)
{
	const struct node *child, **list;
	size_t count = 0, i = 0;
	int err = 0;

	for (child = node->children; child; child = child->next)
		count++;
	if (!count)
		return 0;
	list = calloc(count, sizeof(struct node *));
	if (!list)
		return -ENOMEM;
	for (child = node->children; child; child = child->next)
		list[i++] = child;
	qsort(list, count, sizeof(struct node *), compare_names);
	for (i = 0; i < count && !err; i++) {
		const struct function *function = list[i]->function;

		if ((double)list[i]->total * WIDTH / (double)drawing->all >= narrowest) {
			write_frame(drawing, function->name, function->module, function, list[i],
				    at, level);
			err = write_children(drawing, list[i], at, level + 1);
		}
		at += list[i]->total;
	}
	free(list);
	return err;
}

static int write_svg(FILE *file, const struct node *root)
{
	struct drawing drawing = { file, root->total ? root->total : 1, tree_depth(root) };
	unsigned int height = TOP + (drawing.depth + 1) * ROW + BOTTOM;

	fprintf(file,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %u\" width=\"%d\" "
		"height=\"%u\" data-all=\"%llu\">\n"
		"<title>Flame graph of %llu samples</title>\n"
		"<style>\n"
		"svg { background: #fcfcfa; font: 12px ui-monospace, monospace; }\n"
		"text { fill: #1d2430; pointer-events: none; }\n"
		".head { font: bold 17px sans-serif; } .note { font: 12px sans-serif; fill: #5b6470; }\n"
		".frame { cursor: pointer; outline: none; }\n"
		".frame:hover rect, .frame:focus rect { stroke: #1d2430; }\n"
		".found rect { fill: #e0457b; } .found text { fill: #fff; }\n"
		".behind { opacity: 0.5; } .gone { display: none; }\n"
		"#search { font: 13px sans-serif; width: 100%%; box-sizing: border-box; height: 26px;\n"
		"border: 1px solid #98a2ae; border-radius: 4px; padding: 0 8px; }\n"
		"#reset { cursor: pointer; } #reset rect { fill: #e6e9ed; }\n"
		"</style>\n"
		"<text class=\"head\" x=\"%d\" y=\"26\">Where the CPUs were at work</text>\n"
		"<text class=\"note\" x=\"%d\" y=\"46\">%llu samples. A frame is a function: the wider, the "
		"more samples in it and in those above it, which it called.</text>\n",
		WIDTH, height, WIDTH, height, drawing.all, root->total, MARGIN, MARGIN,
		root->total);
	fprintf(file,
		"<g id=\"reset\" class=\"gone\"><rect x=\"786\" y=\"10\" width=\"104\" height=\"26\" "
		"rx=\"4\"/><text x=\"798\" y=\"27\">Reset (Esc)</text></g>\n"
		"<foreignObject x=\"900\" y=\"10\" width=\"288\" height=\"28\"><input id=\"search\" "
		"xmlns=\"http://www.w3.org/1999/xhtml\" type=\"search\" placeholder=\"Search: part of a "
		"name, or /expression/\" autocomplete=\"off\"/></foreignObject>\n"
		"<text id=\"matched\" class=\"note\" x=\"1188\" y=\"52\" text-anchor=\"end\"/>\n"
		"<text id=\"detail\" class=\"note\" x=\"%d\" y=\"%u\"/>\n",
		MARGIN, height - 10);
	write_frame(&drawing, "all", "", NULL, root, 0, 0);
	if (write_children(&drawing, root, 0, 1))
		return -ENOMEM;
	fprintf(file, "<script><![CDATA[\n%s]]></script>\n</svg>\n", flame_js);
	return 0;
}

int svg_write(const char *path, const struct node *root)
{
	bool to_stdout = !strcmp(path, "-");
	FILE *file = to_stdout ? stdout : fopen(path, "we");
	int err;

	if (!file)
		return report(errno, "cannot write to %s", path);
	errno = 0;
	err = write_svg(file, root);
	if (ferror(file))
		err = errno ? -errno : -EIO;
	if ((to_stdout ? fflush(file) : fclose(file)) && !err)
		err = -errno;
	if (to_stdout && err == -EPIPE)
		return 0; /* whoever read it has left, as head does */
	return err ? report(err, "cannot write to %s", path) : 0;
}
