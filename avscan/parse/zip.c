/* SPDX-License-Identifier: ISC */
/* zip.c - what a ZIP file names twice, or in two ways.
 *
 * Each entry has a head of its own, and a row in the directory at the end; most
 * readers go by the rows, some by the heads. libarchive leaves out rows that lead
 * to one head, and tells one of two names. Whoever hides a name there shows
 * it to somebody else: such names are listed here, with a mark. Where a number is
 * too large for its place (all of its bits are set), it stands in the larger form
 * of the end, or in a field behind the row's name. */
#include <stdlib.h>
#include <string.h>

#include "avscan/entry_name.h"
#include "avscan/look.h"
#include "base/octets.h"
#include "base/vec.h"

/* APPNOTE 4.3.7, 4.3.12, 4.3.16: a head, a row, the end; how long each is before
 * its name or comment. */
#define HEAD_LEN 30
#define ROW_LEN 46
#define END_LEN 22
#define COMMENT_MAX 65535
/* 4.3.14, 4.3.15: the larger end, and what says where that is. */
#define END64_LEN 56
#define LOCATOR_LEN 20
/* 4.5.3: the field of a row. */
#define LARGE_ID 1
#define LARGE UINT32_MAX

struct row {
	uint64_t head;		/* where its head is */
	struct str name;
};

/* Where the rows are, counted from where heads are counted from. */
struct directory {
	uint64_t at, size;
	size_t end;		/* what ends it begins there in the file */
};

static uint64_t
get64(struct str data, size_t at)
{
	return octets_le_in(data, at, 4) |
	    (uint64_t)octets_le_in(data, at + 4, 4) << 32;
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

/* Do both ends say the same, as far as the smaller one can? */
static bool
is_same(uint64_t small, uint64_t large)
{
	return small == LARGE || small == large;
}

/* The larger end (4.3.14), which stands before the locator (4.3.15), and that
 * before the other end; the locator's place does not count a program before the
 * archive. Some readers go by it wherever it is, others where they must. */
static void
read_end64(struct look *look, struct str data, struct directory *directory)
{
	size_t locator = directory->end - LOCATOR_LEN, at;
	uint64_t told;

	if (directory->end < LOCATOR_LEN + END64_LEN ||
	    !begins_with(str_from_pos(data, locator), "PK\6\7"))
		return;
	told = get64(str_from_pos(data, locator), 8);
	at = told < locator ? (size_t)told : 0;
	if (!begins_with(str_from_pos(data, at), "PK\6\6"))
		at = locator - END64_LEN;
	if (!begins_with(str_from_pos(data, at), "PK\6\6"))
		return;
	data = str_from_pos(data, at);
	if (!is_same(directory->size, get64(data, 40)) ||
	    !is_same(directory->at, get64(data, 48)))
		look_mark(look, SCAN_MARK_archive_hidden);
	directory->size = get64(data, 40);
	directory->at = get64(data, 48);
	directory->end = at;
}

/* false: there is none, or it is said to be where it cannot be. */
static bool
find_directory(struct look *look, struct str data,
    struct directory *directory)
{
	struct str end = find_end(data);

	if (end.len == 0)
		return false;
	directory->end = (size_t)(end.data - data.data);
	directory->size = octets_le_in(end, 12, 4);
	directory->at = octets_le_in(end, 16, 4);
	read_end64(look, data, directory);
	return directory->size <= directory->end &&
	    directory->at <= directory->end - directory->size;
}

/* Where the head of a row is. The field has only those of the sizes, the place
 * and the disk that do not fit into the row, in this order (4.5.3). */
static uint64_t
head_of(struct str row, struct str fields)
{
	size_t at = (size_t)8 * (octets_le_in(row, 24, 4) == LARGE) +
	    (size_t)8 * (octets_le_in(row, 20, 4) == LARGE);
	uint64_t head = octets_le_in(row, 42, 4);

	while (head == LARGE && fields.len >= 4) {
		struct str field = str_sub(fields, 4,
		    octets_le_in(fields, 2, 2));

		if (octets_le_in(fields, 0, 2) == LARGE_ID &&
		    field.len >= at + 8)
			return get64(field, at);
		fields = str_from_pos(fields, 4 + octets_le_in(fields, 2, 2));
	}
	return head;
}

/* The rows, and in *data what counts for the places of heads: before a ZIP file
 * there may be a program. */
static struct vec
read_rows(struct look *look, struct str *data)
{
	struct directory directory;
	struct str rest;
	struct vec rows;

	vec_init(&rows, look->arena, sizeof(struct row));
	if (!find_directory(look, *data, &directory))
		return rows;
	*data = str_from_pos(*data, directory.end -
	    (size_t)(directory.size + directory.at));
	rest = str_sub(*data, (size_t)directory.at, (size_t)directory.size);
	while (rest.len >= ROW_LEN && begins_with(rest, "PK\1\2") &&
	    rows.len < look->limits.entries) {
		struct row *row = vec_push(&rows);
		size_t name_len = octets_le_in(rest, 28, 2);

		row->head = head_of(rest, str_sub(rest, ROW_LEN + name_len,
		    octets_le_in(rest, 30, 2)));
		row->name = str_sub(rest, ROW_LEN, name_len);
		rest = str_from_pos(rest, ROW_LEN + name_len +
		    octets_le_in(rest, 30, 2) + octets_le_in(rest, 32, 2));
	}
	return rows;
}

static void
add_hidden(struct look *look, const struct piece *piece, struct str name)
{
	struct scan_entry *entry;

	look_mark(look, SCAN_MARK_archive_hidden);
	entry = look_add_entry(look, entry_name(look->arena, piece->kind,
	    name), piece->depth + 1);
	/* (4.4.17.1) */
	if (entry != NULL && name.len != 0)
		entry->is_directory = name.data[name.len - 1] == '/';
}

static int
compare_heads(const void *a, const void *b)
{
	uint64_t first = ((const struct row *)a)->head;
	uint64_t second = ((const struct row *)b)->head;

	return (first > second) - (first < second);
}

/* Its head has another name, or it shares that with the row before. */
static void
check_row(struct look *look, const struct piece *piece, struct str data,
    const struct row *row, const struct row *before)
{
	struct str head = str_from_pos(data, row->head);
	struct str own = str_sub(head, HEAD_LEN, octets_le_in(head, 26, 2));

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
