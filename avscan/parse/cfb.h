/* SPDX-License-Identifier: ISC */
/* cfb.h - compound files ([MS-CFB]): storages and streams in one file.
 *
 * A chain of sectors is followed by a table, so a hostile one can go in circles:
 * no chain has more sectors than the file, and what has been read of a file is
 * linear in its size, for each chain is walked once. */
#ifndef AVSCAN_CFB_H
#define AVSCAN_CFB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct arena;

#define CFB_NAME_MAX 32

enum cfb_type { CFB_FREE = 0, CFB_STORAGE = 1, CFB_STREAM = 2, CFB_ROOT = 5 };

/* One entry of the directory. */
struct cfb_entry {
	/* In ASCII; other characters are '?', control characters too. */
	char name[CFB_NAME_MAX];
	enum cfb_type type;
	uint32_t start;
	uint64_t size;
	unsigned char clsid[16];
};

struct cfb {
	struct str data;
	struct arena *arena;
	size_t sector_size;
	uint32_t sector_count;
	const uint32_t *table;		/* what follows each sector */
	uint32_t table_len;
	uint32_t small_cutoff;
	struct str small_table;		/* the same of small sectors */
	struct str small_data;
	struct str directory;
	bool is_cut;			/* some chain is broken */
};

/* Read its tables. 0, or -1: it is none. */
int cfb_open(struct cfb *cfb, struct str data, struct arena *arena);

/* How many entries the directory has, free ones too. */
size_t cfb_count(const struct cfb *cfb);
/* Entry i. */
void cfb_entry(const struct cfb *cfb, size_t i, struct cfb_entry *entry_r);

/* The first bytes of a stream, at most max; fewer where its chain is broken. In
 * arena, or within data. */
struct str cfb_read(struct cfb *cfb, const struct cfb_entry *entry,
    size_t max);

#endif
