/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Given: remembers which files each process had at which addresses, and when. */
#ifndef MAPS_H
#define MAPS_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include <linux/types.h>

/* A file with code. It is opened as soon as it is seen, so that it can still be read when the
 * process has ended and the file has been removed or replaced. */
struct file {
	const char *path; /* or "[vdso]" */
	size_t shown;     /* how much of the path to show: not " (deleted)" */
	__u64 device, inode;
	int fd;                  /* -1: could not be opened, or is another one by now */
	struct timespec changed; /* when it was last written to, before it was opened */
	struct file *next;
	bool has_segments;
	struct segment *segments; /* for symbols.c */
	size_t segment_count;
};

/* A piece of a file that the file wants in memory: the bytes from offset on, at that address. */
struct segment {
	__u64 offset, size, address;
};

/* A piece of a file in the memory of a process: the bytes from offset on, from start to end. */
struct mapping {
	__u64 start, end, offset;
	struct file *file;
};

struct maps;

/* Begins to remember: what processes map from now on, and what they have mapped already; with only
 * not 0 for one process. map_fd is a PerfEventArray. Returns NULL and has reported why where that
 * fails. */
struct maps *maps_new(int map_fd, pid_t only);

/* Waits for at most ms and takes in what is new. Returns 0, or a negative error number. */
int maps_poll(struct maps *maps, int ms);

/* What the process had at this address at that time; NULL: nobody knows. */
const struct mapping *maps_find(struct maps *maps, pid_t pid, __u64 time, __u64 address);

/* How many of the kernel's messages did not fit into the buffers. */
unsigned long long maps_lost(const struct maps *maps);

void maps_free(struct maps *maps);

#endif
