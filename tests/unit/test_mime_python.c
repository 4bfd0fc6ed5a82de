/* SPDX-License-Identifier: ISC */
/* test_mime_python.c - torture tests of others, as Python's email package read
 * them; where it reads less, a named reason says why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "fixture.h"
#include "mail/message.h"
#include "mime/part.h"
#include "mime/reader.h"
#include "mime_oracle.h"
#include "mime_tree.h"

#define NAME_MAX_SHOWN 60	/* names are cut in what it wrote */
#define ROWS_MAX 40		/* and so are the parts */

static const char *const sets[] = { "cpython", "james-mime4j", "jsmime",
    "mime-tools-perl" };

/* What our oddities do not say. */
static const struct {
	const char *file, *why;
} rulings[] = {
	{ "twopart.msg", "\"base64 \" is base64, though a blank follows" },
	{ "russian.msg", "a name in encoded words (RFC 2047 5)" },
	{ "russian-headers.msg", "a name in encoded words (RFC 2047 5)" },
	{ "multipartemptypart.msg", "a part that has no header is empty" },
};

/* "1.2 text/html "name" 10/0123456789abcdef" */
static void
parse_row(struct str piece, struct vec *rows)
{
	struct oracle_row *row = vec_push(rows);
	struct str rest = piece, size;
	ptrdiff_t last, slash;
	unsigned byte;

	row->name = STR("");
	str_cut(&rest, ' ', &row->path);
	str_cut(&rest, ' ', &row->type);
	last = str_find_last(rest, ' ');
	size = last >= 0 ? str_from_pos(rest, (size_t)last + 1) : rest;
	slash = str_find(size, '/');
	if (rest.len == 0 || slash < 0 || size.len != (size_t)slash + 17 ||
	    str_to_u64(str_sub(size, 0, (size_t)slash), UINT64_MAX,
	    &row->size) != 0)
		return;
	/* A multipart without parts is one with an empty content for it. */
	row->is_leaf = row->has_hash = row->size != 0 ||
	    !str_has_prefix_nocase(row->type, STR("multipart/"));
	for (size_t i = 0; i < sizeof(row->hash); i++) {
		assert_int_equal(sscanf(size.data + slash + 1 + 2 * i, "%2x",
		    &byte), 1);
		row->hash[i] = (unsigned char)byte;
	}
	if (last > 1)
		row->name = str_sub(rest, 1, (size_t)last - 2);
}

static void
parse_rows(struct arena *arena, struct str text, struct vec *rows)
{
	vec_init(rows, arena, sizeof(struct oracle_row));
	while (text.len != 0) {
		const char *next = memmem(text.data, text.len, "; 1.", 4);
		size_t len = next == NULL ? text.len
		    : (size_t)(next - text.data);

		parse_row(str_sub(text, 0, len), rows);
		text = str_from_pos(text, len + 2);
	}
}

/* As it wrote them. */
static void
cut_names(struct vec *rows)
{
	for (size_t i = 0; i < rows->len; i++) {
		struct oracle_row *row = vec_at(rows, i);
		size_t chars = 0, len = 0;

		while (len < row->name.len && chars < NAME_MAX_SHOWN)
			for (len++, chars++; len < row->name.len &&
			    (row->name.data[len] & 0xc0) == 0x80; len++)
				continue;
		row->name.len = len;
	}
	if (rows->len > ROWS_MAX)
		rows->len = ROWS_MAX;
}

static bool
is_ruled(struct str file)
{
	for (size_t i = 0; i < ARRAY_LEN(rulings); i++)
		if (str_has_suffix_nocase(file, str_from(rulings[i].file)))
			return true;
	return false;
}

struct tally {
	struct oracle_counts counts;
	size_t ruled;
	size_t bare;	/* differ, but a line that is no field ends their header:
			 * that of a message is read elsewhere */
};

static void
compare(const char *folder, struct str file, struct str parts,
    struct tally *tally)
{
	struct arena *arena = arena_new(0);
	struct str bytes = oracle_file(arena, arena_printf(arena, "%s/%.*s",
	    folder, STR_ARG(file))), name, value;
	const struct mime_message *message;
	struct vec ours, theirs;
	struct message stored;

	message = mime_tree_read(arena, &mime_default_limits, bytes, 1, 100);
	message_begin(&stored, arena, bytes);
	while (message_next_field(&stored, &name, &value))
		continue;
	oracle_ours(arena, message, stored.rest, &ours);
	parse_rows(arena, parts, &theirs);
	cut_names(&ours);
	if (stored.has_bare_lines && oracle_compare(&ours, &theirs, true) >= 0)
		tally->bare++;
	else if (is_ruled(file))
		tally->ruled++;
	else if (!oracle_count(&tally->counts, message, &ours, &theirs, true))
		print_error("%s/%.*s\n ours:\n%.*s Python:\n%.*s", folder,
		    STR_ARG(file), STR_ARG(oracle_text(arena, &ours)),
		    STR_ARG(oracle_text(arena, &theirs)));
	arena_free(&arena);
}

static bool
compare_set(struct arena *arena, const char *set, struct tally *tally)
{
	const char *data = getenv("MAILREEVE_DATA");
	char *folder = arena_printf(arena, "%s/mime/%s",
	    data != NULL ? data : "../shared/data", set);
	struct str lines = oracle_file(arena, arena_printf(arena,
	    "%s/ORACLE-python-email.tsv", folder)), line;

	if (lines.data == NULL)
		return false;
	str_cut(&lines, '\n', &line);	/* the names of the columns */
	while (lines.len != 0 && str_cut(&lines, '\n', &line)) {
		struct str column[5];

		for (size_t i = 0; i < ARRAY_LEN(column); i++)
			str_cut(&line, '\t', &column[i]);
		compare(folder, column[0], column[4], tally);
	}
	return true;
}

static void
test_python(void **state)
{
	struct tally tally = { .ruled = 0 };

	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		if (compare_set(*state, sets[i], &tally))
			continue;
		print_message("skipped: no messages of others, they come "
		    "from the folder in MAILREEVE_DATA\n");
		skip();
	}
	oracle_print(&tally.counts, "Python's email");
	for (size_t i = 0; i < ARRAY_LEN(rulings); i++)
		print_message("  ruled: %s: %s\n", rulings[i].file,
		    rulings[i].why);
	print_message("  %5zu by these rulings, and %zu differ and are "
	    "no messages\n",
	    tally.ruled, tally.bare);
	assert_int_equal(tally.counts.unexplained, 0);
	assert_true(tally.counts.messages >= 300);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(test_python),
	};

	return cmocka_run_group_tests_name("mime_python", tests, NULL, NULL);
}
