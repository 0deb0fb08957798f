// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/perf_event.h>
#include <search.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "common.h"
#include "maps.h"

enum { PAGES = 64, SECOND = 1000000000 };

/* What happened to a process's memory. */
struct change {
	pid_t pid;
	pid_t parent; /* of a fork */
	enum { MAP, EXEC, FORK } kind;
	__u64 time;
	size_t number; /* in the order in which they were read */
	struct mapping mapping;
};

struct maps {
	pid_t only;
	struct change *changes;
	size_t count, room;
	bool sorted;
	struct file *files; /* all of them */
	void *tree;         /* those that can be read, for tsearch() */
	struct perf_buffer *buffer;
	unsigned long long lost;
	int err;
};

static __u64 now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (__u64)t.tv_sec * SECOND + (__u64)t.tv_nsec;
}

static int compare_files(const void *a, const void *b)
{
	const struct file *f = a, *g = b;

	if (f->inode != g->inode)
		return f->inode < g->inode ? -1 : 1;
	if (f->device != g->device)
		return f->device < g->device ? -1 : 1;
	return strcmp(f->path, g->path);
}

/* Opens the file of a mapping that was seen at that time, and makes sure that it is that one. */
static int open_file(pid_t pid, const struct mapping *mapping, const struct file *file, __u64 time)
{
	char path[64], target[PATH_MAX];
	struct stat st;
	ssize_t length;
	int fd;

	if (file->path[0] != '/')
		return -1;
	/* The kernel's own way to the mapped file, whatever its path leads to by now. It ends with
	 * the process; and since an exec another file may be mapped there. (Where file systems are
	 * stacked, the inode may be that of another layer: then the path tells.) */
	snprintf(path, sizeof(path), "/proc/%d/map_files/%llx-%llx", pid, mapping->start,
		 mapping->end);
	length = readlink(path, target, sizeof(target));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) &&
	    (st.st_ino == file->inode || (length == (ssize_t)strlen(file->path) &&
					  !memcmp(target, file->path, (size_t)length))))
		return fd;
	if (fd >= 0)
		close(fd);
	/* By its path only if it is the same one, and was not changed since it was mapped. */
	fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -1;
	time += now(CLOCK_REALTIME) - now(CLOCK_MONOTONIC);
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_ino == file->inode &&
	    (__u64)st.st_ctim.tv_sec * SECOND + (__u64)st.st_ctim.tv_nsec <= time)
		return fd;
	close(fd);
	return -1;
}

/* The file of a mapping that was seen at that time. */
static struct file *find_file(struct maps *maps, pid_t pid, const struct mapping *mapping,
			      struct file wanted, __u64 time)
{
	static const char deleted[] = " (deleted)";
	struct file *file, **found;
	size_t length;
	struct stat st;

	found = tfind(&wanted, &maps->tree, compare_files);
	if (found)
		return *found;
	file = malloc(sizeof(*file));
	if (!file)
		return NULL;
	*file = wanted;
	file->path = strdup(wanted.path);
	if (!file->path) {
		free(file);
		return NULL;
	}
	file->next = maps->files;
	maps->files = file;
	file->fd = open_file(pid, mapping, file, time);
	if (file->fd >= 0 && !fstat(file->fd, &st))
		file->changed = st.st_mtim;
	/* A file that cannot be opened may have been replaced, and the next one that looks like it
	 * may be another. */
	if ((file->fd >= 0 || file->path[0] != '/') && !tsearch(file, &maps->tree, compare_files))
		return NULL;
	length = strlen(file->path);
	if (length > strlen(deleted) && !strcmp(file->path + length - strlen(deleted), deleted))
		file->shown = length - strlen(deleted);
	else
		file->shown = length;
	return file;
}

static void add_change(struct maps *maps, struct change change)
{
	if (maps->count == maps->room) {
		size_t room = maps->room ? 2 * maps->room : 1024;
		struct change *list = realloc(maps->changes, room * sizeof(*list));

		if (!list) {
			maps->err = -ENOMEM;
			return;
		}
		maps->changes = list;
		maps->room = room;
	}
	change.number = maps->count;
	maps->changes[maps->count++] = change;
	maps->sorted = false;
}

/* time is 0 for what was there before we began. */
static void add_mapping(struct maps *maps, pid_t pid, __u64 time, struct mapping mapping,
			struct file wanted)
{
	/* That of 32-bit programs is another one. */
	if (!strcmp(wanted.path, "[vdso]") && mapping.end <= UINT32_MAX)
		wanted.path = "[vdso32]";
	mapping.file = find_file(maps, pid, &mapping, wanted, time ? time : now(CLOCK_MONOTONIC));
	if (!mapping.file) {
		maps->err = -ENOMEM;
		return;
	}
	add_change(maps, (struct change){ .pid = pid, .time = time, .mapping = mapping });
}

/* --- what processes have mapped already */

static void read_maps(struct maps *maps, pid_t pid)
{
	char name[64], *line = NULL;
	size_t room = 0;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%d/maps", pid);
	file = fopen(name, "re");
	if (!file)
		return; /* it has ended */
	while (getline(&line, &room, file) >= 0) {
		struct mapping mapping = { 0 };
		unsigned int major, minor;
		struct file wanted = { 0 };
		char may[5];
		int path = 0;

		if (sscanf(line, "%llx-%llx %4s %llx %x:%x %llu %n", &mapping.start, &mapping.end,
			   may, &mapping.offset, &major, &minor, &wanted.inode, &path) < 7 ||
		    may[2] != 'x')
			continue;
		line[strcspn(line, "\n")] = '\0';
		wanted.path = line + path;
		wanted.device = makedev(major, minor);
		add_mapping(maps, pid, 0, mapping, wanted);
	}
	free(line);
	fclose(file);
}

static int read_all_maps(struct maps *maps)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;

	if (!folder)
		return report(errno, "cannot read /proc");
	while ((entry = readdir(folder))) {
		if (isdigit((unsigned char)entry->d_name[0]))
			read_maps(maps, (pid_t)strtol(entry->d_name, NULL, 10));
	}
	closedir(folder);
	return 0;
}

/* --- what they map from now on: the kernel's messages, each with the time at its end */

struct mmap_record {
	struct perf_event_header header;
	__u32 pid, tid;
	__u64 start, size, offset;
	__u32 major, minor;
	__u64 inode, generation;
	__u32 may, flags;
	char path[];
};

struct task_record {
	struct perf_event_header header;
	__u32 pid, parent; /* of a COMM record: pid, tid */
};

struct lost_record {
	struct perf_event_header header;
	__u64 id, count;
};

static enum bpf_perf_event_ret on_record(void *ctx, int cpu, struct perf_event_header *header)
{
	__u64 time = *(__u64 *)((char *)header + header->size - sizeof(time));
	struct mmap_record *map = (void *)header;
	struct task_record *task = (void *)header;
	struct maps *maps = ctx;

	if (header->type == PERF_RECORD_LOST) {
		maps->lost += ((struct lost_record *)header)->count;
		return LIBBPF_PERF_EVENT_CONT;
	}
	/* All of these have the pid in the same place. */
	if (maps->only && (pid_t)task->pid != maps->only)
		return LIBBPF_PERF_EVENT_CONT;
	if (header->type == PERF_RECORD_MMAP2)
		add_mapping(maps, (pid_t)map->pid, time,
			    (struct mapping){ .start = map->start,
					      .end = map->start + map->size,
					      .offset = map->offset },
			    (struct file){ .path = map->path,
					   .device = makedev(map->major, map->minor),
					   .inode = map->inode });
	else if (header->type == PERF_RECORD_COMM && header->misc & PERF_RECORD_MISC_COMM_EXEC)
		add_change(maps,
			   (struct change){ .pid = (pid_t)task->pid, .kind = EXEC, .time = time });
	else if (header->type == PERF_RECORD_FORK && task->pid != task->parent)
		add_change(maps, (struct change){ .pid = (pid_t)task->pid,
						  .parent = (pid_t)task->parent,
						  .kind = FORK,
						  .time = time });
	return LIBBPF_PERF_EVENT_CONT;
}

struct maps *maps_new(int map_fd, pid_t only)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.sample_type = PERF_SAMPLE_TIME,
		.sample_id_all = 1,
		.mmap = 1,
		.mmap2 = 1,
		.comm = 1,
		.comm_exec = 1,
		.task = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC, /* as bpf_ktime_get_ns() */
		.watermark = 1,
		.wakeup_watermark = PAGES * 4096 / 4,
	};
	struct maps *maps = calloc(1, sizeof(*maps));
	struct rlimit files;

	if (!maps) {
		report(ENOMEM, "cannot remember what processes map");
		return NULL;
	}
	maps->only = only;
	/* One is open for each library and program of the machine. */
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	/* First the messages, then what was there before, so that nothing falls between. */
	maps->buffer = perf_buffer__new_raw(map_fd, PAGES, &attr, on_record, maps, NULL);
	if (!maps->buffer) {
		report(errno, "cannot have the kernel tell what processes map");
		maps_free(maps);
		return NULL;
	}
	if (only)
		read_maps(maps, only);
	else
		maps->err = read_all_maps(maps);
	if (maps->err) {
		if (maps->err == -ENOMEM)
			report(maps->err, "cannot remember what processes map");
		maps_free(maps);
		return NULL;
	}
	return maps;
}

int maps_poll(struct maps *maps, int ms)
{
	int err = ms ? perf_buffer__poll(maps->buffer, ms) : 0;

	if (err >= 0)
		err = perf_buffer__consume(maps->buffer);
	if (err >= 0 || err == -EINTR)
		err = maps->err;
	return err;
}

static int compare_changes(const void *a, const void *b)
{
	const struct change *c = a, *d = b;

	if (c->pid != d->pid)
		return c->pid < d->pid ? -1 : 1;
	if (c->time != d->time)
		return c->time < d->time ? -1 : 1;
	return c->number < d->number ? -1 : c->number > d->number;
}

/* How many changes lie before or at this time of this process. */
static size_t count_before(const struct maps *maps, pid_t pid, __u64 time)
{
	struct change wanted = { .pid = pid, .time = time, .number = maps->count };
	size_t from = 0, to = maps->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (compare_changes(&maps->changes[middle], &wanted) <= 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

const struct mapping *maps_find(struct maps *maps, pid_t pid, __u64 time, __u64 address)
{
	if (!maps->sorted) {
		if (maps->count)
			qsort(maps->changes, maps->count, sizeof(*maps->changes), compare_changes);
		maps->sorted = true;
	}
	/* Back in time: the latest mapping at this address counts. */
	for (size_t i = count_before(maps, pid, time); i > 0; i--) {
		const struct change *change = &maps->changes[i - 1];

		if (change->pid != pid || change->kind == EXEC)
			return NULL;
		if (change->kind == FORK) { /* a copy of its parent's memory */
			pid = change->parent;
			time = change->time;
			i = count_before(maps, pid, time) + 1;
		} else if (address >= change->mapping.start && address < change->mapping.end) {
			return &change->mapping;
		}
	}
	return NULL;
}

unsigned long long maps_lost(const struct maps *maps)
{
	return maps->lost;
}

static void keep(void *node)
{
}

void maps_free(struct maps *maps)
{
	struct file *file;

	if (!maps)
		return;
	perf_buffer__free(maps->buffer);
	tdestroy(maps->tree, keep);
	while ((file = maps->files)) {
		maps->files = file->next;
		if (file->fd >= 0)
			close(file->fd);
		free(file->segments);
		free((char *)file->path);
		free(file);
	}
	free(maps->changes);
	free(maps);
}
