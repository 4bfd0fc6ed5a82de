/* SPDX-License-Identifier: ISC */
/* test_mime_mime4j.c - the contents that mime4j took out of its test messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
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

/* They differ, but a line that is no field ends their header: that of a message is
 * read elsewhere. */
static size_t bare;

static const char *const folders[] = { "mimetools-testmsgs", "testmsgs" };

/* Line ends of texts differ between its files. */
static struct str
without_cr(struct arena *arena, struct str text)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] != '\r')
			buf_add_char(&out, text.data[i]);
	return buf_str(&out);
}

static void
add_leaf(struct arena *arena, struct vec *rows, struct str content)
{
	struct oracle_row *row = vec_push(rows);

	content = without_cr(arena, content);
	*row = (struct oracle_row){ .path = STR(""), .type = STR(""),
	    .name = STR(""), .is_leaf = true, .has_hash = true,
	    .size = content.len };
	oracle_hash(arena, content, row->hash);
}

/* <text-body name="FILE"/>, <binary-body name="FILE"/> */
static void
read_xml(struct arena *arena, const char *folder, struct str xml,
    struct vec *rows)
{
	const char *at = xml.data, *end = xml.data + xml.len;

	vec_init(rows, arena, sizeof(struct oracle_row));
	while ((at = memmem(at, (size_t)(end - at), "-body name=\"", 12)) !=
	    NULL) {
		const char *name = at + 12;
		const char *stop = memchr(name, '"', (size_t)(end - name));

		assert_non_null(stop);
		add_leaf(arena, rows, oracle_file(arena, arena_printf(arena,
		    "%s/%.*s", folder, (int)(stop - name), name)));
		at = stop;
	}
}

/* What stands within contents is none of its parts. */
static bool
is_structure(const struct mime_part *part)
{
	return part->source == MIME_FROM_STRUCTURE &&
	    (part->kind == MIME_TEXT || part->kind == MIME_FILE);
}

static void
compare(struct arena *arena, const char *folder, struct str base,
    struct oracle_counts *counts)
{
	struct str bytes = oracle_file(arena, arena_printf(arena,
	    "%s/%.*s.msg", folder, STR_ARG(base)));
	struct str xml = oracle_file(arena, arena_printf(arena,
	    "%s/%.*s_decoded.xml", folder, STR_ARG(base)));
	struct str name, value;
	const struct mime_message *message;
	struct message stored;
	struct vec ours, theirs;

	message = mime_tree_read(arena, &mime_default_limits, bytes, 0, 7);
	message_begin(&stored, arena, bytes);
	while (message_next_field(&stored, &name, &value))
		continue;
	vec_init(&ours, arena, sizeof(struct oracle_row));
	for (const struct mime_part *part = message->root; part != NULL;
	    part = mime_part_after(part))
		if (is_structure(part))
			add_leaf(arena, &ours, oracle_content(arena, part,
			    stored.rest));
	read_xml(arena, folder, xml, &theirs);
	if (stored.has_bare_lines && oracle_compare(&ours, &theirs, false) >=
	    0) {
		bare++;
		return;
	}
	if (!oracle_count(counts, message, &ours, &theirs, false))
		print_error("%s/%.*s\n ours:\n%.*s mime4j:\n%.*s", folder,
		    STR_ARG(base), STR_ARG(oracle_text(arena, &ours)),
		    STR_ARG(oracle_text(arena, &theirs)));
}

static bool
compare_folder(const char *folder, struct oracle_counts *counts)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	if (dir == NULL)
		return false;
	while ((entry = readdir(dir)) != NULL) {
		struct str base = str_from(entry->d_name);
		struct arena *arena = arena_new(0);

		if (str_has_suffix_nocase(base, STR(".msg"))) {
			base.len -= 4;
			compare(arena, folder, base, counts);
		}
		arena_free(&arena);
	}
	closedir(dir);
	return true;
}

static void
test_contents(void **state)
{
	const char *data = getenv("MAILREEVE_DATA");
	struct oracle_counts counts = { .messages = 0 };

	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		if (compare_folder(arena_printf(*state, "%s/mime/james-mime4j/"
		    "core/src/test/resources/%s", data != NULL ? data
		    : "../shared/data", folders[i]), &counts))
			continue;
		print_message("skipped: no messages of others, they come "
		    "from the folder in MAILREEVE_DATA\n");
		skip();
	}
	oracle_print(&counts, "mime4j");
	print_message("  %5zu differ and are no messages\n", bare);
	assert_int_equal(counts.unexplained, 0);
	assert_true(counts.messages + bare >= 80);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(test_contents),
	};

	return cmocka_run_group_tests_name("mime_mime4j", tests, NULL, NULL);
}
