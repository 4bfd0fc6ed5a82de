/* SPDX-License-Identifier: ISC */
/* memory_private.h - what the files of the store in memory share. */
#ifndef STORE_MEMORY_PRIVATE_H
#define STORE_MEMORY_PRIVATE_H

#include <sys/types.h>

#include "store/store.h"

/* One block of memory: this, the value, the key. */
struct memory_entry {
	struct memory_entry *next;	/* in its bucket */
	int64_t put_ms;
	int64_t life_ms;	/* since then */
	uint32_t hash;
	uint32_t key_len;
	uint64_t len;
	uint64_t value[];	/* aligned for what operations keep */
};

struct memory {
	struct store base;
	struct store_stats stats;
	struct memory_entry **buckets;
	size_t bucket_count;	/* in use */
	size_t bucket_capacity;
	size_t sweep_at;	/* the bucket to look through next */
	size_t count, bytes, bytes_max;
	uint64_t changes;	/* how often anything was put or forgotten */

	/* The snapshot. */
	char *path;		/* NULL: none */
	uint64_t saved_changes, saving_changes;
	pid_t writer;		/* the child that writes; 0: none */
};

struct memory *memory_new(void);
void memory_drop(struct memory *memory);	/* all entries and itself */

/* Free what has expired in so many buckets, the next ones each time. */
void memory_sweep(struct memory *memory, size_t buckets, int64_t now_ms);

struct str memory_entry_key(const struct memory_entry *entry);
/* An entry as it stood in a snapshot; its value is to be filled in. */
void *memory_restore(struct memory *memory, struct str key, size_t len,
    int64_t put_ms, int64_t life_ms);

/* --- the snapshot's format (memory_snapshot.c) ---------------------------- */

enum snapshot_state {
	SNAPSHOT_LOADED,
	SNAPSHOT_TORN,		/* cut short, or bytes were changed */
	SNAPSHOT_OTHER_VERSION,
	SNAPSHOT_FOREIGN,	/* none of ours */
};

/* Read all entries; nothing is read unless all of them can be. */
enum snapshot_state memory_snapshot_parse(struct memory *memory,
    struct str bytes);
/* Write all entries to a descriptor; only calls that a child of a process with
 * threads may make. -1 and errno. */
int memory_snapshot_write(const struct memory *memory, int fd);
/* What stands at the end of a snapshot, of all bytes before. */
uint64_t memory_snapshot_sum(struct str bytes);

#endif
