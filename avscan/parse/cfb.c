/* SPDX-License-Identifier: ISC */
/* cfb.c - compound files ([MS-CFB]): storages and streams in one file. */
#include "avscan/parse/cfb.h"

#include <string.h>

#include "base/arena.h"
#include "base/octets.h"

/* [MS-CFB] 2.2: the header, and where things stand in it. */
#define HEADER_SIZE 512
#define SECTOR_SHIFT_AT 30
#define DIRECTORY_AT 48
#define CUTOFF_AT 56
#define SMALL_TABLE_AT 60
#define DIFAT_AT 68
#define DIFAT_HEAD_AT 76
#define DIFAT_HEAD_LEN 109
/* 2.6: an entry of the directory. */
#define ENTRY_SIZE 128
#define NAME_LEN_AT 64
#define TYPE_AT 66
#define CLSID_AT 80
#define START_AT 116
#define SIZE_AT 120
/* 2.1: no sector has a larger number. */
#define SECTOR_MAX 0xfffffffa
#define SMALL_SIZE 64

/* Sector n; the last one of a file may be cut. */
static struct str
sector(const struct cfb *cfb, uint32_t n)
{
	if (n >= cfb->sector_count)
		return STR("");
	return str_sub(cfb->data, ((size_t)n + 1) * cfb->sector_size,
	    cfb->sector_size);
}

/* What follows sector n; SECTOR_MAX + 1 or more: nothing. */
static uint32_t
next_of(struct cfb *cfb, uint32_t n)
{
	if (n < cfb->table_len)
		return cfb->table[n];
	cfb->is_cut = true;
	return UINT32_MAX;
}

/* The bytes of a chain, at most max. Those that stand one behind another need
 * no copy. */
static struct str
read_chain(struct cfb *cfb, uint32_t start, size_t max)
{
	uint32_t n = start, left = cfb->sector_count;
	struct buf whole;
	struct str run = STR("");

	buf_init(&whole, cfb->arena);
	while (n <= SECTOR_MAX && left-- != 0 && whole.len + run.len < max) {
		struct str piece = sector(cfb, n);

		if (piece.len == 0) {
			cfb->is_cut = true;
			break;
		}
		if (run.len != 0 && run.data + run.len == piece.data) {
			run.len += piece.len;
		} else {
			buf_add_str(&whole, run);
			run = piece;
		}
		n = next_of(cfb, n);
	}
	if (whole.len == 0)
		return str_sub(run, 0, max);
	buf_add_str(&whole, run);
	return str_sub(buf_str(&whole), 0, max);
}

/* Add the table of one sector. */
static void
add_table(struct cfb *cfb, uint32_t *table, uint32_t n)
{
	struct str piece = sector(cfb, n);

	if (piece.len < cfb->sector_size) {
		cfb->is_cut = true;
		return;
	}
	for (size_t i = 0; i < cfb->sector_size / 4 &&
	    cfb->table_len < cfb->sector_count; i++)
		table[cfb->table_len++] = octets_le(piece.data + 4 * i, 4);
}

/* The table is itself in sectors, whose numbers stand in the header and in a
 * chain of sectors of numbers (2.5). */
static void
read_table(struct cfb *cfb)
{
	const char *head = cfb->data.data;
	uint32_t *table = arena_alloc(cfb->arena,
	    ((size_t)cfb->sector_count + 1) * sizeof(*table));
	uint32_t n = octets_le(head + DIFAT_AT, 4), left = cfb->sector_count;
	size_t numbers = cfb->sector_size / 4 - 1;

	cfb->table = table;
	for (size_t i = 0; i < DIFAT_HEAD_LEN; i++)
		if (octets_le(head + DIFAT_HEAD_AT + 4 * i, 4) <= SECTOR_MAX)
			add_table(cfb, table,
			    octets_le(head + DIFAT_HEAD_AT + 4 * i, 4));
	while (n <= SECTOR_MAX && left-- != 0 &&
	    cfb->table_len < cfb->sector_count) {
		struct str piece = sector(cfb, n);

		if (piece.len < cfb->sector_size) {
			cfb->is_cut = true;
			return;
		}
		for (size_t i = 0; i < numbers; i++)
			if (octets_le(piece.data + 4 * i, 4) <= SECTOR_MAX)
				add_table(cfb, table,
				    octets_le(piece.data + 4 * i, 4));
		n = octets_le(piece.data + 4 * numbers, 4);
	}
}

int
cfb_open(struct cfb *cfb, struct str data, struct arena *arena)
{
	struct cfb_entry root;
	uint32_t shift;

	*cfb = (struct cfb){ .data = data, .arena = arena };
	if (data.len < HEADER_SIZE)
		return -1;
	shift = octets_le(data.data + SECTOR_SHIFT_AT, 2);
	if (shift != 9 && shift != 12)
		return -1;
	cfb->sector_size = (size_t)1 << shift;
	if (data.len <= cfb->sector_size)
		return -1;
	cfb->sector_count = (uint32_t)((data.len - 1) / cfb->sector_size);
	read_table(cfb);
	cfb->small_cutoff = octets_le(data.data + CUTOFF_AT, 4);
	cfb->directory = read_chain(cfb,
	    octets_le(data.data + DIRECTORY_AT, 4), data.len);
	cfb->small_table = read_chain(cfb,
	    octets_le(data.data + SMALL_TABLE_AT, 4), data.len);
	if (cfb_count(cfb) == 0)
		return -1;
	/* The root has the small sectors as its stream (2.6.2). */
	cfb_entry(cfb, 0, &root);
	cfb->small_data = read_chain(cfb, root.start, data.len);
	return 0;
}

size_t
cfb_count(const struct cfb *cfb)
{
	return cfb->directory.len / ENTRY_SIZE;
}

static char
plain_char(uint32_t unit)
{
	return unit >= 0x20 && unit < 0x7f ? (char)unit : '?';
}

void
cfb_entry(const struct cfb *cfb, size_t i, struct cfb_entry *entry_r)
{
	const char *at = cfb->directory.data + i * ENTRY_SIZE;
	/* In bytes, with the NUL at its end (2.6.1). */
	uint32_t len = octets_le(at + NAME_LEN_AT, 2) / 2;

	*entry_r = (struct cfb_entry){
		.type = (enum cfb_type)(unsigned char)at[TYPE_AT],
		.start = octets_le(at + START_AT, 4),
		.size = octets_le(at + SIZE_AT, 4),
	};
	/* The upper half means something in large sectors alone. */
	if (cfb->sector_size != 512)
		entry_r->size |= (uint64_t)octets_le(at + SIZE_AT + 4, 4) << 32;
	memcpy(entry_r->clsid, at + CLSID_AT, sizeof(entry_r->clsid));
	for (uint32_t j = 0; j + 1 < len && j < CFB_NAME_MAX - 1; j++)
		entry_r->name[j] = plain_char(octets_le(at + 2 * j, 2));
}

static struct str
read_small(struct cfb *cfb, uint32_t start, size_t max)
{
	uint32_t n = start;
	size_t left = cfb->small_data.len / SMALL_SIZE + 1;
	struct buf whole;

	buf_init(&whole, cfb->arena);
	while (n <= SECTOR_MAX && left-- != 0 && whole.len < max) {
		struct str piece = str_sub(cfb->small_data,
		    (size_t)n * SMALL_SIZE, SMALL_SIZE);
		struct str next = str_sub(cfb->small_table, (size_t)n * 4, 4);

		if (piece.len == 0 || next.len < 4) {
			cfb->is_cut = true;
			break;
		}
		buf_add_str(&whole, piece);
		n = octets_le(next.data, 4);
	}
	return str_sub(buf_str(&whole), 0, max);
}

struct str
cfb_read(struct cfb *cfb, const struct cfb_entry *entry, size_t max)
{
	size_t size = entry->size < max ? (size_t)entry->size : max;

	if (size == 0)
		return STR("");
	return entry->size < cfb->small_cutoff
	    ? read_small(cfb, entry->start, size)
	    : read_chain(cfb, entry->start, size);
}
