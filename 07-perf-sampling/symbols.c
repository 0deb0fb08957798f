// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Addresses are collected first. Then each symbol table is gone through once, and each symbol is
 * offered to the addresses that it may name: nothing of a table need be kept. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common.h"
#include "symbols.h"

/* Further from its symbol than this, an address in the kernel belongs to none. */
enum { LARGEST_KERNEL_FUNCTION = 1 << 20 };

struct symbols {
	struct place *places;
	size_t count;
	void *place_tree; /* for tsearch() */
	struct function *functions;
	void *function_tree;
	char *(*demangle)(const char *name, char *buffer, size_t *size, int *status);
	void *library;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *p = a, *q = b;

	if (p->kind != q->kind)
		return p->kind < q->kind ? -1 : 1;
	if (p->file != q->file)
		return p->file < q->file ? -1 : 1;
	return p->address < q->address ? -1 : p->address > q->address;
}

static int compare_pointers(const void *a, const void *b)
{
	return compare_places(*(struct place *const *)a, *(struct place *const *)b);
}

static int compare_functions(const void *a, const void *b)
{
	const struct function *f = a, *g = b;
	int order = strcmp(f->name, g->name);

	if (!order)
		order = strcmp(f->module, g->module);
	return order ? order : (int)f->kind - (int)g->kind;
}

struct symbols *symbols_new(void)
{
	return calloc(1, sizeof(struct symbols));
}

struct place *symbols_place(struct symbols *symbols, struct place wanted)
{
	struct place *place, **found = tfind(&wanted, &symbols->place_tree, compare_places);

	if (found)
		return *found;
	place = malloc(sizeof(*place));
	if (!place)
		return NULL;
	*place = wanted;
	place->next = symbols->places;
	symbols->places = place;
	symbols->count++;
	return tsearch(place, &symbols->place_tree, compare_places) ? place : NULL;
}

struct function *symbols_function(struct symbols *symbols, struct function wanted)
{
	struct function *function, **found;

	found = tfind(&wanted, &symbols->function_tree, compare_functions);
	if (found)
		return *found;
	function = malloc(sizeof(*function));
	if (!function)
		return NULL;
	*function = wanted;
	function->name = strdup(wanted.name);
	function->module = strdup(wanted.module);
	function->next = symbols->functions;
	symbols->functions = function;
	if (!function->name || !function->module ||
	    !tsearch(function, &symbols->function_tree, compare_functions))
		return NULL;
	return function;
}

struct function *symbols_functions(const struct symbols *symbols)
{
	return symbols->functions;
}

/* --- files */

/* The vdso is a small library that the kernel puts into each process. All that have the same number
 * of bits have the same one. */
static Elf *open_vdso(void)
{
	char *start = (char *)getauxval(AT_SYSINFO_EHDR); // NOLINT(performance-no-int-to-ptr)
	const Elf64_Ehdr *head = (const Elf64_Ehdr *)start;

	if (!start || head->e_ident[EI_CLASS] != ELFCLASS64)
		return NULL;
	/* Its section headers come last. */
	return elf_memory(start, head->e_shoff + (size_t)head->e_shnum * head->e_shentsize);
}

static Elf *open_elf(const struct file *file)
{
	struct stat st;

	elf_version(EV_CURRENT);
	if (!strcmp(file->path, "[vdso]"))
		return open_vdso();
	/* Written to since it was mapped: who knows what was there. */
	if (file->fd < 0 || fstat(file->fd, &st) || st.st_mtim.tv_sec != file->changed.tv_sec ||
	    st.st_mtim.tv_nsec != file->changed.tv_nsec)
		return NULL;
	return elf_begin(file->fd, ELF_C_READ_MMAP, NULL);
}

static void read_segments(struct file *file)
{
	Elf *elf = open_elf(file);
	size_t count = 0;
	GElf_Phdr head;

	file->has_segments = true;
	if (elf && elf_kind(elf) == ELF_K_ELF && !elf_getphdrnum(elf, &count))
		file->segments = calloc(count, sizeof(*file->segments));
	for (size_t i = 0; file->segments && i < count; i++) {
		/* Only code is looked up; data may share a page of the file with it. */
		if (gelf_getphdr(elf, (int)i, &head) && head.p_type == PT_LOAD &&
		    head.p_flags & PF_X)
			file->segments[file->segment_count++] =
				(struct segment){ .offset = head.p_offset,
						  .size = head.p_filesz,
						  .address = head.p_vaddr };
	}
	elf_end(elf);
}

const struct segment *symbols_segment(const struct mapping *mapping)
{
	/* Where the file tells nothing, addresses are taken to be offsets. */
	static const struct segment whole = { 0 };
	__u64 end = mapping->offset + mapping->end - mapping->start;
	struct file *file = mapping->file;

	if (!file->has_segments)
		read_segments(file);
	for (size_t i = 0; i < file->segment_count; i++) {
		const struct segment *segment = &file->segments[i];

		/* (a mapping begins at a page, and the end of another segment may be in there) */
		if (segment->offset < end && segment->offset + segment->size > mapping->offset &&
		    segment->offset / 4096 * 4096 >= mapping->offset)
			return segment;
	}
	for (size_t i = 0; i < file->segment_count; i++) {
		if (file->segments[i].offset < end &&
		    file->segments[i].offset + file->segments[i].size > mapping->offset)
			return &file->segments[i];
	}
	return &whole;
}

/* Of several names for a function: those that other files may use, and the plain ones. */
static int rank_of(const GElf_Sym *symbol, const char *name)
{
	int rank = GELF_ST_BIND(symbol->st_info) == STB_GLOBAL ? 300
		   : GELF_ST_BIND(symbol->st_info) == STB_WEAK ? 200
							       : 100;

	return rank - (int)strspn(name, "_") - (strchr(name, '@') ? 50 : 0);
}

/* The first of the places, sorted by address, at or behind this one. */
static size_t first_from(struct place **places, size_t count, __u64 address)
{
	size_t from = 0, to = count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (places[middle]->address < address)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static int offer(struct place *place, const GElf_Sym *symbol, const char *name)
{
	int rank = rank_of(symbol, name);

	if (place->name &&
	    (symbol->st_value < place->start ||
	     (symbol->st_value == place->start &&
	      (rank < place->rank || (rank == place->rank && strcmp(name, place->name) >= 0)))))
		return 0;
	free(place->name);
	place->name = strdup(name);
	place->start = symbol->st_value;
	place->rank = rank;
	return place->name ? 0 : -ENOMEM;
}

static int read_symbols(Elf *elf, Elf_Scn *section, struct place **places, size_t count)
{
	GElf_Shdr head;
	GElf_Sym symbol;
	Elf_Data *data;
	size_t symbols;
	int err = 0;

	data = elf_getdata(section, NULL);
	if (!data || !gelf_getshdr(section, &head) || !head.sh_entsize)
		return 0;
	symbols = head.sh_size / head.sh_entsize;
	for (size_t i = 0; i < symbols && !err; i++) {
		const char *name;

		if (!gelf_getsym(data, (int)i, &symbol) || symbol.st_shndx == SHN_UNDEF ||
		    (GELF_ST_TYPE(symbol.st_info) != STT_FUNC &&
		     GELF_ST_TYPE(symbol.st_info) != STT_GNU_IFUNC))
			continue;
		for (size_t j = first_from(places, count, symbol.st_value);
		     j < count && places[j]->address - symbol.st_value < symbol.st_size && !err;
		     j++) {
			name = elf_strptr(elf, head.sh_link, symbol.st_name);
			if (name && *name)
				err = offer(places[j], &symbol, name);
		}
	}
	return err;
}

/* The places are all in one file, and sorted. */
static int resolve_file(struct place **places, size_t count)
{
	Elf *elf = open_elf(places[0]->file);
	Elf_Scn *section = NULL, *table = NULL;
	GElf_Shdr head;
	int err = 0;

	if (!elf)
		return 0;
	while ((section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &head))
			continue;
		/* .symtab has all that .dynsym has, and is cut off by strip. */
		if (head.sh_type == SHT_SYMTAB || (head.sh_type == SHT_DYNSYM && !table))
			table = section;
	}
	if (table)
		err = read_symbols(elf, table, places, count);
	elf_end(elf);
	return err;
}

/* --- the kernel */

struct nearest {
	__u64 start; /* of the nearest symbol at or below, as far as we have read */
	char type;
	char name[120], module[60];
};

/* The places are sorted. Lines of /proc/kallsyms are "ADDRESS TYPE NAME", and for modules also
 * "\t[MODULE]"; they are not quite sorted. */
static int resolve_kernel(struct place **places, size_t count)
{
	struct nearest *nearest = calloc(count, sizeof(*nearest)), *below = NULL;
	FILE *file = fopen("/proc/kallsyms", "re");
	char line[512], *name, *end;
	int err = nearest ? 0 : -ENOMEM;
	bool hidden = count > 0;

	while (!err && file && fgets(line, sizeof(line), file)) {
		__u64 address = strtoull(line, &end, 16);
		size_t i = first_from(places, count, address);

		hidden &= !address;
		if (i == count || !address || end[0] != ' ' || address < nearest[i].start)
			continue;
		/* Data ends a function, too. Of two names the first is kept, unless it is data. */
		if (address == nearest[i].start && strchr("tTwW", nearest[i].type))
			continue;
		nearest[i].start = address;
		nearest[i].type = end[1];
		name = end + 3;
		end = name + strcspn(name, "\t\n");
		snprintf(nearest[i].name, sizeof(nearest[i].name), "%.*s", (int)(end - name), name);
		nearest[i].module[0] = '\0';
		if (*end == '\t')
			snprintf(nearest[i].module, sizeof(nearest[i].module), "%.*s",
				 (int)strcspn(end + 1, "\n"), end + 1);
	}
	if (!err && hidden)
		report(0, "/proc/kallsyms shows no addresses (/proc/sys/kernel/kptr_restrict?): "
			  "the kernel's functions have no names");
	for (size_t i = 0; i < count && !err; i++) {
		if (nearest[i].start)
			below = &nearest[i];
		if (!below || !strchr("tTwW", below->type) ||
		    places[i]->address - below->start >= LARGEST_KERNEL_FUNCTION)
			continue;
		places[i]->name = strdup(below->name);
		places[i]->module = strdup(below->module[0] ? below->module : "[kernel]");
		if (!places[i]->name || !places[i]->module)
			err = -ENOMEM;
	}
	if (file)
		fclose(file);
	free(nearest);
	return err;
}

/* --- all of it */

/* The C++ library has the function that knows how C++ spells names. It is only opened if there is
 * such a name, and without it these names stay as they are. */
static char *demangled(struct symbols *symbols, const char *name)
{
	int status;

	if (strncmp(name, "_Z", 2) != 0)
		return NULL;
	if (!symbols->library) {
		symbols->library = dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_LOCAL);
		if (!symbols->library)
			symbols->library = dlopen("libc++abi.so.1", RTLD_LAZY | RTLD_LOCAL);
		if (symbols->library)
			*(void **)&symbols->demangle = dlsym(symbols->library, "__cxa_demangle");
	}
	return symbols->demangle ? symbols->demangle(name, NULL, NULL, &status) : NULL;
}

static int name_place(struct symbols *symbols, struct place *place)
{
	struct function wanted = { .name = "[unknown]", .module = "", .kind = UNKNOWN };
	char *plain = NULL, text[512];
	const char *slash;
	char module[256] = "";

	if (place->kind == IN_FILE) {
		slash = memrchr(place->file->path, '/', place->file->shown);
		slash = slash ? slash + 1 : place->file->path;
		snprintf(module, sizeof(module), "%.*s",
			 (int)(place->file->path + place->file->shown - slash), slash);
		snprintf(text, sizeof(text), "%s+0x%llx", module, place->address);
		/* Memory that shows no file is called "//anon", "[heap]" or nothing. */
		if ((place->file->path[0] == '/' && place->file->path[1] != '/') || place->name) {
			wanted.name = text;
			wanted.module = module;
		}
	} else if (place->kind == IN_KERNEL) {
		wanted.module = place->module ? place->module : "[kernel]";
	}
	if (place->name) {
		wanted.kind = place->kind == IN_KERNEL ? KERNEL : USER;
		plain = demangled(symbols, place->name);
		wanted.name = plain ? plain : place->name;
	}
	place->function = symbols_function(symbols, wanted);
	free(plain);
	return place->function ? 0 : -ENOMEM;
}

int symbols_resolve(struct symbols *symbols)
{
	struct place **places = calloc(symbols->count + 1, sizeof(struct place *)), *place;
	size_t count = 0, next;
	int err = places ? 0 : -ENOMEM;

	for (place = symbols->places; place && !err; place = place->next)
		places[count++] = place;
	if (count)
		qsort(places, count, sizeof(struct place *), compare_pointers);
	for (size_t i = 0; i < count && !err; i = next) {
		for (next = i + 1; next < count && places[next]->kind == places[i]->kind &&
				   places[next]->file == places[i]->file;
		     next++)
			continue;
		if (places[i]->kind == IN_KERNEL)
			err = resolve_kernel(places + i, next - i);
		else if (places[i]->kind == IN_FILE)
			err = resolve_file(places + i, next - i);
	}
	for (size_t i = 0; i < count && !err; i++)
		err = name_place(symbols, places[i]);
	free(places);
	return err;
}

static void keep(void *node)
{
}

void symbols_free(struct symbols *symbols)
{
	struct function *function;
	struct place *place;

	if (!symbols)
		return;
	tdestroy(symbols->place_tree, keep);
	tdestroy(symbols->function_tree, keep);
	while ((place = symbols->places)) {
		symbols->places = place->next;
		free(place->name);
		free(place->module);
		free(place);
	}
	while ((function = symbols->functions)) {
		symbols->functions = function->next;
		free((char *)function->name);
		free((char *)function->module);
		free(function);
	}
	if (symbols->library)
		dlclose(symbols->library);
	free(symbols);
}
