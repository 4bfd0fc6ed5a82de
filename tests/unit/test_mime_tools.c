/* SPDX-License-Identifier: ISC */
/* test_mime_tools.c - the parts that MIME-tools (Perl) saw in its test messages:
 * type, size and file name of each. */
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
#include "mime/part.h"
#include "mime/reader.h"
#include "mime_oracle.h"
#include "mime_tree.h"

/* Not compared, and why; key NULL: the whole file. */
static const struct {
	const char *file, *key, *fact, *why;
} rulings[] = {
	{ "ak-0696-none.ref", NULL, NULL, "it did not look into messages" },
	{ "ak-0696-replace.ref", NULL, NULL,
	    "it put messages in the place of their part" },
	{ "uu-junk-extracted.ref", NULL, NULL,
	    "uuencode made its text a multipart" },
	{ "uu-zeegee.ref", NULL, NULL, "uuencode made its text a multipart" },
	{ "russian.ref", "Msg", "Filename",
	    "the same name, written in Perl's way" },
	{ "multi-2evil.ref", "Part_2", "Filename",
	    "the same name, written in Perl's way" },
	{ "multi-digest.ref", "Part_2_1", "Type",
	    "\"text\" alone is text/plain (RFC 2045 5.2)" },
	{ "multi-weirdspace.ref", "Part_1", "Size",
	    "the line end in front of the last one before a delimiter; "
	    "Python's email keeps it as we do" },
	{ "multi-nested2.ref", "Part_5_1", "Size",
	    "the line end before a delimiter is that one's (RFC 2046 5.1.1)" },
};

/* "Part_1_2", "Msg": the numbers from the root down. */
static const struct mime_part *
find_part(const struct mime_message *message, struct str key)
{
	const struct mime_part *part = message->root;
	struct str number;

	if (str_is(key, "Msg"))
		return part;
	str_cut(&key, '_', &number);	/* Part */
	while (part != NULL && key.len != 0 && str_cut(&key, '_', &number)) {
		uint64_t nth;

		assert_int_equal(str_to_u64(number, 1000, &nth), 0);
		/* A message within a part is that part for it. */
		if (part->kind == MIME_MESSAGE && part->below != NULL &&
		    part->below->kind == MIME_CONTAINER)
			part = part->below;
		for (part = part->below; part != NULL && nth > 1; nth--)
			part = part->next;
	}
	return part;
}

/* What stands between the quotes, without what escapes. */
static struct str
unquote(struct arena *arena, struct str text)
{
	struct buf out;

	buf_init(&out, arena);
	text = str_trim(text);
	if (text.len != 0 && text.data[text.len - 1] == ',')
		text.len--;
	if (text.len != 0 && text.data[0] == '"')
		text = str_sub(text, 1, text.len - 2);
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\\' && i + 1 < text.len)
			i++;
		buf_add_char(&out, text.data[i]);
	}
	return buf_str(&out);
}

static bool
is_fact(struct arena *arena, const struct mime_part *part, struct str fact,
    struct str value)
{
	struct buf ours;
	uint64_t size;

	buf_init(&ours, arena);
	if (str_is(fact, "Type")) {
		buf_printf(&ours, "%.*s/%.*s", STR_ARG(part->type),
		    STR_ARG(part->subtype));
		return str_eq_nocase(buf_str(&ours), value);
	}
	if (str_is(fact, "Filename"))
		return str_eq(part->name, value);
	if (!str_is(fact, "Size"))
		return true;
	return str_to_u64(value, UINT64_MAX, &size) == 0 &&
	    part->size == size;
}

/* key NULL: the whole file? */
static bool
is_ruled(const char *file, const char *key, const char *fact)
{
	for (size_t i = 0; i < ARRAY_LEN(rulings); i++) {
		if (strcmp(file, rulings[i].file) != 0)
			continue;
		if (key == NULL && rulings[i].key == NULL)
			return true;
		if (key != NULL && rulings[i].key != NULL &&
		    strcmp(key, rulings[i].key) == 0 &&
		    strcmp(fact, rulings[i].fact) == 0)
			return true;
	}
	return false;
}

struct tally {
	size_t files, ruled, facts, wrong;
};

/* Lines of { "Part_1" => { "Size" => 76, ... }, ... } */
static void
compare_facts(struct arena *arena, const struct mime_message *message,
    struct str lines, const char *file, struct tally *tally)
{
	const struct mime_part *part = NULL;
	struct str line, key = STR("");

	while (lines.len != 0 && str_cut(&lines, '\n', &line)) {
		const char *arrow = memmem(line.data, line.len, "=>", 2);
		struct str name, value;

		if (arrow == NULL)
			continue;
		name = unquote(arena, str_of(line.data,
		    (size_t)(arrow - line.data)));
		value = str_from_pos(line, (size_t)(arrow - line.data) + 2);
		if (str_is(str_trim(value), "{")) {
			key = name;
			part = str_is(key, "Parser") ? NULL
			    : find_part(message, key);
			continue;
		}
		if (str_is(key, "Parser"))
			continue;
		tally->facts++;
		value = unquote(arena, value);
		if (part != NULL && is_fact(arena, part, name, value))
			continue;
		if (is_ruled(file, str_dup(arena, key), str_dup(arena, name)))
			continue;
		tally->wrong++;
		print_error("%s: %.*s is not %.*s %.*s\n%.*s", file,
		    STR_ARG(key), STR_ARG(name), STR_ARG(value),
		    STR_ARG(mime_tree_text(arena, message)));
	}
}

/* The message that a .ref is about has its name, or what stands before "-". */
static struct str
message_of(struct arena *arena, const char *folder, const char *file)
{
	struct str base = str_from(file), bytes;

	base.len -= 4;
	bytes = oracle_file(arena, arena_printf(arena, "%s/%.*s.msg", folder,
	    STR_ARG(base)));
	if (bytes.data != NULL)
		return bytes;
	base.len = (size_t)str_find_last(base, '-');
	return oracle_file(arena, arena_printf(arena, "%s/%.*s.msg", folder,
	    STR_ARG(base)));
}

static void
compare(const char *folder, const char *file, struct tally *tally)
{
	struct arena *arena = arena_new(0);
	struct str bytes = message_of(arena, folder, file);

	assert_non_null(bytes.data);
	tally->files++;
	if (is_ruled(file, NULL, NULL))
		tally->ruled++;
	else
		compare_facts(arena, mime_tree_read(arena,
		    &mime_default_limits, bytes, 0, 13), oracle_file(arena,
		    arena_printf(arena, "%s/%s", folder, file)), file, tally);
	arena_free(&arena);
}

static void
test_facts(void **state)
{
	const char *data = getenv("MAILREEVE_DATA");
	char *folder = arena_printf(*state, "%s/mime/mime-tools-perl/testmsgs",
	    data != NULL ? data : "../shared/data");
	DIR *dir = opendir(folder);
	struct tally tally = { .files = 0 };
	const struct dirent *entry;

	if (dir == NULL) {
		print_message("skipped: no messages of others, they come "
		    "from the folder in MAILREEVE_DATA\n");
		skip();
	}
	while ((entry = readdir(dir)) != NULL)
		if (str_has_suffix_nocase(str_from(entry->d_name),
		    STR(".ref")))
			compare(folder, entry->d_name, &tally);
	closedir(dir);
	print_message("MIME-tools: %zu files, %zu facts, %zu wrong\n",
	    tally.files, tally.facts, tally.wrong);
	for (size_t i = 0; i < ARRAY_LEN(rulings); i++)
		print_message("  ruled: %s %s: %s\n", rulings[i].file,
		    rulings[i].key != NULL ? rulings[i].key : "",
		    rulings[i].why);
	assert_int_equal(tally.wrong, 0);
	assert_true(tally.files >= 25 && tally.facts >= 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(test_facts),
	};

	return cmocka_run_group_tests_name("mime_tools", tests, NULL, NULL);
}
