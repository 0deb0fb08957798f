// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <elfutils/libdw.h>
#include <gelf.h>

#include "binary.h"
#include "common.h"
#include "symbol.h"

/* The ELF machine that this program runs on. */
#if defined(__x86_64__)
enum { MACHINE = EM_X86_64 };
#elif defined(__aarch64__)
enum { MACHINE = EM_AARCH64 };
#elif defined(__riscv)
enum { MACHINE = EM_RISCV };
#else
#error "Which ELF machine is this architecture?"
#endif

/* What a look through a file's symbols has found. */
struct found {
	const char *name;
	unsigned long address; /* 0: none */
	bool old_version;      /* that is one which only programs linked long ago use */
	bool local;
	size_t locals; /* functions of this name that only their own source file sees */
	bool imported, indirect, data;
	size_t functions;
	struct names names; /* of all functions, to suggest from */
};

static struct segment *segment_of(struct symbol *symbol, unsigned long address)
{
	for (size_t i = 0; i < symbol->count; i++) {
		struct segment *segment = &symbol->segments[i];

		if (address >= segment->address && address < segment->address + segment->size)
			return segment;
	}
	return NULL;
}

static int read_segments(Elf *elf, struct symbol *symbol)
{
	GElf_Phdr header;
	size_t count;

	if (elf_getphdrnum(elf, &count))
		return -1;
	for (size_t i = 0; i < count && symbol->count < MOST_SEGMENTS; i++) {
		if (!gelf_getphdr(elf, (int)i, &header))
			return -1;
		if (header.p_type != PT_LOAD)
			continue;
		symbol->segments[symbol->count++] = (struct segment){
			.address = header.p_vaddr,
			.offset = header.p_offset,
			.size = header.p_filesz,
		};
	}
	return 0;
}

/* Looks at one symbol. old_version: it is not the one that a new program would be linked with. */
static int look_at(struct found *found, const char *name, const GElf_Sym *symbol, bool old_version)
{
	int type = GELF_ST_TYPE(symbol->st_info);
	bool local = GELF_ST_BIND(symbol->st_info) == STB_LOCAL;
	bool wanted = !strcmp(name, found->name);

	if (symbol->st_shndx == SHN_UNDEF) {
		found->imported |= wanted;
		return 0;
	}
	if (type == STT_FUNC) {
		found->functions++;
		if (names_add(&found->names, name))
			return -1;
	}
	if (!wanted)
		return 0;
	if (type == STT_GNU_IFUNC) {
		found->indirect = true;
	} else if (type == STT_OBJECT) {
		found->data = true;
	} else if (type == STT_FUNC) {
		if (local && symbol->st_value != found->address)
			found->locals++;
		/* One that everybody sees is better, and so is the version that is in use. */
		if (!found->address || (found->local && !local) ||
		    (found->old_version && !old_version)) {
			found->address = symbol->st_value;
			found->local = local;
			found->old_version = old_version;
		}
	}
	return 0;
}

/* The section that says for each symbol of .dynsym which version it is. */
static Elf_Data *versions_of(Elf *elf)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section))) {
		if (gelf_getshdr(section, &header) && header.sh_type == SHT_GNU_versym)
			return elf_getdata(section, NULL);
	}
	return NULL;
}

/* Looks through .symtab, which has all functions and may be stripped, and .dynsym, which has those
 * that other files can use. */
static int look_through(Elf *elf, struct found *found)
{
	enum { HIDDEN = 0x8000 };
	Elf_Data *versions = versions_of(elf), *data;
	Elf_Scn *section = NULL;
	GElf_Versym version;
	GElf_Shdr header;
	GElf_Sym symbol;
	const char *name;

	while ((section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &header) || !header.sh_entsize ||
		    (header.sh_type != SHT_SYMTAB && header.sh_type != SHT_DYNSYM))
			continue;
		data = elf_getdata(section, NULL);
		for (size_t i = 1; data && i < header.sh_size / header.sh_entsize; i++) {
			bool old = header.sh_type == SHT_DYNSYM && versions &&
				   gelf_getversym(versions, (int)i, &version) && version & HIDDEN;
			char *plain;
			int err;

			if (!gelf_getsym(data, (int)i, &symbol))
				break;
			name = elf_strptr(elf, header.sh_link, symbol.st_name);
			if (!name || !*name)
				continue;
			/* .symtab writes versions as "name@@NEW" and "name@OLD". */
			plain = strndup(name, strcspn(name, "@"));
			old |= strchr(name, '@') && !strstr(name, "@@");
			err = plain ? look_at(found, plain, &symbol, old) : -1;
			free(plain);
			if (err)
				return -1;
		}
	}
	return 0;
}

struct inlined {
	const char *name;
	bool has;
};

static int is_inlined(Dwarf_Die *function, void *arg)
{
	struct inlined *inlined = arg;
	const char *name = dwarf_diename(function);

	if (!name || strcmp(name, inlined->name) || !dwarf_func_inline(function))
		return DWARF_CB_OK;
	inlined->has = true;
	return DWARF_CB_ABORT;
}

/* Asks the debug information, if there is some. */
static bool was_inlined(Elf *elf, const char *name, bool *known)
{
	struct inlined inlined = { .name = name };
	Dwarf *dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
	Dwarf_Off at = 0, next;
	size_t size;
	Dwarf_Die unit;

	*known = dwarf != NULL;
	while (dwarf && !inlined.has && !dwarf_nextcu(dwarf, at, &next, &size, NULL, NULL, NULL)) {
		if (dwarf_offdie(dwarf, at + size, &unit))
			dwarf_getfuncs(&unit, is_inlined, &inlined, 0);
		at = next;
	}
	dwarf_end(dwarf);
	return inlined.has;
}

static int open_elf(const char *path, int *fd, Elf **elf)
{
	elf_version(EV_CURRENT);
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0)
		return -1;
	*elf = elf_begin(*fd, ELF_C_READ_MMAP, NULL);
	return *elf ? 0 : -1;
}

static bool defines(const char *path, const char *name)
{
	struct found found = { .name = name };
	Elf *elf = NULL;
	int fd = -1;

	if (!open_elf(path, &fd, &elf))
		look_through(elf, &found);
	names_free(&found.names);
	elf_end(elf);
	if (fd >= 0)
		close(fd);
	return found.address || found.indirect;
}

/* An import comes from one of the libraries that the file names. Writes that one's name. */
static bool find_exporter(Elf *elf, const char *function, char *exporter, size_t size)
{
	Elf_Scn *section = NULL;
	char path[PATH_MAX];
	GElf_Shdr header;
	Elf_Data *data;
	GElf_Dyn entry;

	while ((section = elf_nextscn(elf, section))) {
		if (gelf_getshdr(section, &header) && header.sh_type == SHT_DYNAMIC)
			break;
	}
	data = section ? elf_getdata(section, NULL) : NULL;
	for (int i = 0; data && gelf_getdyn(data, i, &entry) && entry.d_tag != DT_NULL; i++) {
		const char *library;

		if (entry.d_tag != DT_NEEDED)
			continue;
		library = elf_strptr(elf, header.sh_link, entry.d_un.d_val);
		if (library && !find_library(library, path) && defines(path, function)) {
			snprintf(exporter, size, "%s", library);
			return true;
		}
	}
	return false;
}

/* Says why there is no such function here. */
static int report_missing(Elf *elf, const char *path, const struct found *found)
{
	char nearest[512], exporter[256];
	const char *name = found->name, *near = "";
	bool known;

	if (found->indirect)
		return report(0,
			      "%s is an indirect function: %s has several, and picks one when a "
			      "program starts. Only that choice could be probed",
			      name, path);
	if (found->data)
		return report(0, "%s is a variable in %s, and no function", name, path);
	if (found->imported && find_exporter(elf, name, exporter, sizeof(exporter)))
		return report(0, "%s only imports %s: it is in %s. Try: %s %s %s", path, name,
			      exporter, program_invocation_short_name, exporter, name);
	if (found->imported)
		return report(0, "%s only imports %s: probe the library that has it", path, name);
	names_nearest(&found->names, name, nearest, sizeof(nearest));
	if (*nearest)
		near = ". Near it: ";
	if (!found->functions)
		return report(0, "%s has no symbols at all: it was stripped", path);
	if (was_inlined(elf, name, &known))
		return report(0,
			      "%s was inlined in %s: its code is part of its callers, and there is "
			      "no place to probe%s%s",
			      name, path, near, nearest);
	if (*nearest || known)
		return report(0, "%s has no function '%s'%s%s", path, name, near, nearest);
	return report(0,
		      "%s has no function '%s', and none with a name near it (static, inlined or "
		      "stripped? There is no debug information to tell)",
		      path, name);
}

static int report_kind(Elf *elf, const char *path)
{
	GElf_Ehdr header;

	if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header))
		return report(0, "%s is no ELF file, so it has no functions to probe (a script?)",
			      path);
	if (header.e_machine != MACHINE || gelf_getclass(elf) != ELFCLASS64)
		return report(0, "%s is for another kind of processor, or for 32 bits", path);
	if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
		return report(0, "%s is no program and no library yet: link it", path);
	return 0;
}

int find_symbol(const char *binary, const char *function, struct symbol *symbol)
{
	struct found found = { .name = function };
	struct stat file;
	Elf *elf = NULL;
	int fd = -1, err;

	*symbol = (struct symbol){ 0 };
	err = find_binary(binary, symbol->path);
	if (err)
		return err;
	if (!stat(symbol->path, &file) && !S_ISREG(file.st_mode))
		return report(0, "%s is no file", symbol->path);
	err = open_elf(symbol->path, &fd, &elf);
	if (err && fd < 0) {
		report(errno, "cannot read %s", symbol->path);
		goto out;
	}
	err = err ? report(0, "cannot read %s: %s", symbol->path, elf_errmsg(-1))
		  : report_kind(elf, symbol->path);
	if (err)
		goto out;
	if (read_segments(elf, symbol) || look_through(elf, &found)) {
		err = report(0, "cannot read the symbols of %s", symbol->path);
		goto out;
	}
	if (!found.address) {
		err = report_missing(elf, symbol->path, &found);
		goto out;
	}
	if (!segment_of(symbol, found.address)) {
		err = report(0, "%s is in no part of %s that is loaded (only debug information?)",
			     function, symbol->path);
		goto out;
	}
	if (found.local && found.locals > 1)
		fprintf(stderr, "%s has %zu functions %s: this is about the first\n", symbol->path,
			found.locals, function);
	symbol->address = found.address;
out:
	names_free(&found.names);
	elf_end(elf);
	if (fd >= 0)
		close(fd);
	return err;
}

int report_attach(const struct symbol *symbol, const char *function, int pid, int err)
{
	switch (err) {
	case ESRCH:
		return report(0, "there is no process %d", pid);
	case EINVAL:
	case EOPNOTSUPP:
	case 524: /* the kernel's own ENOTSUPP */
		return report(
			0,
			"the kernel cannot put a probe there: that is not the beginning of an "
			"instruction of %s, or it is an instruction that cannot be probed",
			function);
	case ENOENT:
		return report(0, "this kernel has no uprobes: 00-setup/check says what to do");
	default:
		return report(err, "cannot put a probe on %s in %s", function, symbol->path);
	}
}
