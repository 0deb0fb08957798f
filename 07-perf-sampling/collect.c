// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "collect.h"
#include "common.h"
#include "sample.h"

/* What was counted together: a process and a path of places, the outermost first. */
struct sample {
	struct sample *next;
	unsigned long long count;
	char comm[COMM_SIZE + 1];
	size_t depth;
	struct place *places[];
};

struct context {
	int stacks_fd;
	size_t frames;
	__u64 *addresses;
	struct maps *maps;
	struct symbols *symbols;
};

/* Where a process was. An address behind a call is that to return to, and may be the next
 * function's already: -1 leads back into the caller. */
static struct place user_place(const struct sample_key *key, __u64 time, __u64 address,
			       bool is_return, struct maps *maps)
{
	const struct mapping *mapping;

	address -= is_return;
	mapping = maps_find(maps, (pid_t)key->pid, time, address);
	if (!mapping)
		return (struct place){ .kind = NOWHERE };
	return (struct place){
		.kind = IN_FILE,
		.file = mapping->file,
		.address = address_in_file(address, mapping, symbols_segment(mapping)),
	};
}

/* Puts the places of one of the two stacks into sample, the outermost first. Returns 0, or -ENOMEM.
 */
static int add_stack(struct context *context, struct sample *sample, const struct sample_key *key,
		     __u64 time, bool in_kernel)
{
	int stack = in_kernel ? key->kernel_stack : key->user_stack;
	size_t depth = 0;
	__u32 id = (__u32)stack;

	if (stack < 0 || bpf_map_lookup_elem(context->stacks_fd, &id, context->addresses))
		return 0;
	while (depth < context->frames && context->addresses[depth])
		depth++;
	for (size_t i = depth; i > 0; i--) {
		__u64 address = context->addresses[i - 1];
		struct place place, *kept;

		if (in_kernel)
			place = (struct place){ .kind = IN_KERNEL, .address = address - (i > 1) };
		else
			place = user_place(key, time, address, i > 1, context->maps);
		kept = symbols_place(context->symbols, place);
		if (!kept)
			return -ENOMEM;
		sample->places[sample->depth++] = kept;
	}
	return 0;
}

static int read_samples(struct context *context, int counts_fd, struct sample **list)
{
	struct sample_key key, *before = NULL;
	struct sample_count count;
	struct sample *sample;
	int err;

	while (!(err = bpf_map_get_next_key(counts_fd, before, &key))) {
		before = &key;
		if (bpf_map_lookup_elem(counts_fd, &key, &count) || !count.samples)
			continue;
		sample = calloc(1, sizeof(*sample) + 2 * context->frames * sizeof(struct place *));
		if (!sample)
			return -ENOMEM;
		sample->next = *list;
		*list = sample;
		sample->count = count.samples;
		memcpy(sample->comm, key.comm, COMM_SIZE);
		if (add_stack(context, sample, &key, count.first, false) ||
		    add_stack(context, sample, &key, count.first, true))
			return -ENOMEM;
	}
	return err == -ENOENT ? 0 : err;
}

static int add_sample(struct node *root, const struct sample *sample, struct symbols *symbols)
{
	struct function process = { .name = sample->comm, .module = "", .kind = PROCESS };
	struct function **path = calloc(sample->depth + 1, sizeof(struct function *));
	int err;

	if (!path)
		return -ENOMEM;
	path[0] = symbols_function(symbols, process);
	for (size_t i = 0; i < sample->depth; i++)
		path[i + 1] = sample->places[i]->function;
	err = path[0] ? tree_add(root, path, sample->depth + 1, sample->count) : -ENOMEM;
	free(path);
	return err;
}

int collect(struct node *root, int counts_fd, int stacks_fd, size_t frames, struct maps *maps,
	    struct symbols *symbols)
{
	struct context context = { stacks_fd, frames, NULL, maps, symbols };
	struct sample *list = NULL, *sample;
	int err;

	context.addresses = calloc(frames, sizeof(__u64));
	err = context.addresses ? read_samples(&context, counts_fd, &list) : -ENOMEM;
	if (!err)
		err = symbols_resolve(symbols);
	for (sample = list; sample && !err; sample = sample->next)
		err = add_sample(root, sample, symbols);
	while ((sample = list)) {
		list = sample->next;
		free(sample);
	}
	free(context.addresses);
	return err ? report(err, "cannot read what was counted") : 0;
}
