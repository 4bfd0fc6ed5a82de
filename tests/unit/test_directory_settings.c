/* SPDX-License-Identifier: ISC */
/* test_directory_settings.c - section directory, and words that two tables share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/vec.h"
#include "directory/directory_settings.h"
#include "directory/kind.h"
#include "fixture.h"
#include "policyd/rulebook.h"
#include "section_text.h"

static void
where_is_a_file_a_server_or_nowhere(void **state)
{
	static const struct {
		const char *text;
		int kind;
		const char *place;
	} cases[] = {
		{ "", DIRECTORY_NONE, NULL },
		{ "where none;", DIRECTORY_NONE, NULL },
		{ "where sqlite:/var/lib/x.db;", DIRECTORY_SQLITE,
		  "/var/lib/x.db" },
		{ "where \"pgsql:host=db.example dbname=m\";",
		  DIRECTORY_PGSQL, "host=db.example dbname=m" },
		{ "where pgsql:postgresql://db.example/m; password_file /p;",
		  DIRECTORY_PGSQL, "postgresql://db.example/m" },
		{ "where pgsql:;", DIRECTORY_PGSQL, "" },
	};
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct conf *conf = section_text_read(arena,
		    &directory_section, arena_printf(arena,
		    "directory { %s }", cases[i].text));
		const struct directory_settings *settings = conf_get(conf,
		    &directory_section);

		assert_int_equal(settings->kind, cases[i].kind);
		assert_int_equal(settings->timeout_ms, 2000);
		if (cases[i].place == NULL)
			assert_null(settings->place);
		else
			assert_string_equal(settings->place, cases[i].place);
		conf_unref(&conf);
	}
}

static void
what_makes_no_sense_is_said_with_its_remedy(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "where sqlite;", "'sqlite' is no place for a directory; "
		  "write sqlite:/PATH," },
		{ "where none:x;", "'none:x' is no place for a directory" },
		{ "where mysql:x;", "'mysql:x' is no place" },
		{ "where sqlite:x.db;", "the path of the database begins with "
		  "'/'" },
		{ "where sqlite:;", "the path of the database begins with "
		  "'/'" },
		{ "where sqlite:/x; password_file /p;",
		  "only PostgreSQL (pgsql:) has a password" },
		{ "timeout 2h;", "10ms to 1m" },
	};
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		section_text_refused(arena, &directory_section,
		    arena_printf(arena, "directory { %s }", cases[i].text),
		    cases[i].error);
}

static const struct section *
find_section(const char *name)
{
	const struct section *const *section = rulebook_sections();

	while (*section != NULL && strcmp((*section)->name, name) != 0)
		section++;
	return *section;
}

static void
compare_words(const struct setting *ours, const struct setting *theirs)
{
	size_t i = 0;

	assert_int_equal(ours->kind, theirs->kind);
	if (ours->kind != SETTING_WORD)
		return;
	for (; ours->words[i] != NULL; i++)
		assert_string_equal(ours->words[i], theirs->words[i]);
	assert_null(theirs->words[i]);
}

/* A throttle of the directory is one of the configuration. */
static void
a_throttle_has_the_words_of_the_configuration(void **state)
{
	const struct section *section = find_section("throttle");

	(void)state;
	assert_non_null(section);
	for (size_t i = kind_throttle.key_count;
	    i < kind_throttle.row_count; i++) {
		const struct setting *row = &kind_throttle.rows[i];
		size_t j = 0;

		while (j < section->row_count &&
		    strcmp(section->rows[j].key, row->key) != 0)
			j++;
		if (j == section->row_count)
			fail_msg("section throttle has no '%s'", row->key);
		compare_words(row, &section->rows[j]);
		if (row->default_text != NULL)
			assert_string_equal(row->default_text,
			    section->rows[j].default_text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(where_is_a_file_a_server_or_nowhere),
		ARENA_TEST(what_makes_no_sense_is_said_with_its_remedy),
		ARENA_TEST(a_throttle_has_the_words_of_the_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
