/* SPDX-License-Identifier: ISC */
/* zip.c - what a ZIP file names twice, or in two ways.
 *
 * Each entry has a head of its own, and a row in the directory at the end; most
 * readers go by the rows, some by the heads. libarchive leaves out rows that lead
 * to one head, and tells one of two names. Whoever hides a name there shows
 * it to somebody else: such names are listed here, with a mark. */
#include <stdlib.h>
#include <string.h>

#include "avscan/look.h"
#include "base/vec.h"

/* APPNOTE 4.3.7, 4.3.12, 4.3.16: a head, a row, the end; how long each is before
 * its name or comment. */
#define HEAD_LEN 30
#define ROW_LEN 46
#define END_LEN 22
#define COMMENT_MAX 65535

struct row {
	uint32_t head;		/* where its head is */
	struct str name;
};

static uint32_t
get16(struct str data, size_t at)
{
	if (data.len < at + 2)
		return 0;
	return (uint32_t)(unsigned char)data.data[at] |
	    (uint32_t)(unsigned char)data.data[at + 1] << 8;
}

static uint32_t
get32(struct str data, size_t at)
{
	return get16(data, at) | get16(data, at + 2) << 16;
}

static bool
begins_with(struct str data, const char *signature)
{
	return data.len >= 4 && memcmp(data.data, signature, 4) == 0;
}

/* The end, which only a comment follows; "" without. */
static struct str
find_end(struct str data)
{
	size_t least = data.len > END_LEN + COMMENT_MAX
	    ? data.len - END_LEN - COMMENT_MAX : 0;

	for (size_t at = data.len < END_LEN ? 0 : data.len - END_LEN + 1;
	    at > least; at--)
		if (begins_with(str_from_pos(data, at - 1), "PK\5\6"))
			return str_from_pos(data, at - 1);
	return STR("");
}

/* The rows, and in *data what counts for the places of heads: before a ZIP file
 * there may be a program. */
static struct vec
read_rows(struct look *look, struct str *data)
{
	struct str end = find_end(*data), rest;
	uint64_t size = get32(end, 12), at = get32(end, 16);
	size_t before = (size_t)(end.data - data->data);
	struct vec rows;

	vec_init(&rows, look->arena, sizeof(struct row));
	if (end.len == 0 || size + at > before)
		return rows;
	*data = str_from_pos(*data, before - (size_t)(size + at));
	rest = str_sub(*data, (size_t)at, (size_t)size);
	while (rest.len >= ROW_LEN && begins_with(rest, "PK\1\2") &&
	    rows.len < look->limits.entries) {
		struct row *row = vec_push(&rows);
		size_t name_len = get16(rest, 28);

		row->head = get32(rest, 42);
		row->name = str_sub(rest, ROW_LEN, name_len);
		rest = str_from_pos(rest, ROW_LEN + name_len +
		    get16(rest, 30) + get16(rest, 32));
	}
	return rows;
}

static void
add_hidden(struct look *look, const struct piece *piece, struct str name)
{
	struct scan_entry *entry;

	look_mark(look, SCAN_MARK_archive_hidden);
	entry = look_add_entry(look, name, piece->depth + 1);
	/* (4.4.17.1) */
	if (entry != NULL && name.len != 0)
		entry->is_directory = name.data[name.len - 1] == '/';
}

static int
compare_heads(const void *a, const void *b)
{
	uint32_t first = ((const struct row *)a)->head;
	uint32_t second = ((const struct row *)b)->head;

	return (first > second) - (first < second);
}

/* Its head has another name, or it shares that with the row before. */
static void
check_row(struct look *look, const struct piece *piece, struct str data,
    const struct row *row, const struct row *before)
{
	struct str head = str_from_pos(data, row->head);
	struct str own = str_sub(head, HEAD_LEN, get16(head, 26));

	if (before != NULL && before->head == row->head) {
		if (!str_eq(before->name, row->name))
			add_hidden(look, piece, before->name);
		add_hidden(look, piece, row->name);
	} else if (begins_with(head, "PK\3\4") && !str_eq(own, row->name)) {
		add_hidden(look, piece, own);
		add_hidden(look, piece, row->name);
	}
}

static bool
fits(const struct piece *piece)
{
	return piece->kind == SCAN_KIND_zip ||
	    piece->kind == SCAN_KIND_dos_program;
}

static void
read_zip(struct look *look, const struct piece *piece)
{
	struct str data = piece->data;
	struct vec rows = read_rows(look, &data);

	if (rows.len != 0)
		qsort(rows.items, rows.len, sizeof(struct row),
		    compare_heads);
	for (size_t i = 0; i < rows.len; i++)
		check_row(look, piece, data, vec_at(&rows, i), i == 0 ? NULL
		    : vec_at(&rows, i - 1));
}

const struct parser parser_zip = {
	.fits = fits,
	.read = read_zip,
};
