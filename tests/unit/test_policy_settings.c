/* SPDX-License-Identifier: ISC */
/* test_policy_settings.c - policyd's configuration, and what others see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "avscan/settings.h"
#include "base/arena.h"
#include "base/conf.h"
#include "base/setting.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/policy.h"
#include "mail/sections.h"
#include "milter/engine.h"
#include "policy_bench.h"
#include "policyd/rulebook.h"

static const struct {
	const char *sentence, *listen;
	const char *error;	/* NULL: it is taken */
} listens[] = {
	{ "a UNIX socket", "unix:/run/x", NULL },
	{ "several", "unix:/run/x inet:10031@127.0.0.1 inet:1@::1", NULL },
	{ "a relative path", "unix:x", "neither unix:/PATH" },
	{ "a path alone", "/run/x", "neither unix:/PATH" },
	{ "an address of the outside", "inet:10031@192.0.2.1",
	    "an address of this host alone" },
	{ "all addresses", "inet:10031@0.0.0.0",
	    "an address of this host alone" },
	{ "a name", "inet:10031@localhost", "an address of this host alone" },
	{ "no address", "inet:10031", "an address of this host alone" },
	{ "a port that is none", "inet:65536@127.0.0.1",
	    "an address of this host alone" },
	{ "port 0", "inet:0@127.0.0.1", "an address of this host alone" },
	{ "the second is wrong", "unix:/run/x inet:1@192.0.2.1",
	    "an address of this host alone" },
};

static void
only_who_is_on_this_host_may_ask(void **state)
{
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(listens); i++) {
		const char *error = NULL;
		struct rulebook *rulebook = policy_rulebook(arena,
		    arena_printf(arena, "policyd { listen %s; }\n",
		    listens[i].listen), &error);

		print_message("%s\n", listens[i].sentence);
		assert_int_equal(rulebook == NULL, listens[i].error != NULL);
		if (rulebook == NULL)
			assert_non_null(strstr(error, listens[i].error));
		rulebook_unref(&rulebook);
	}
}

static bool
has(const struct section *const *sections, const char *name)
{
	for (; *sections != NULL; sections++)
		if (strcmp((*sections)->name, name) == 0)
			return true;
	return false;
}

static bool
is_in(const struct section *const *sections, const struct section *section)
{
	for (; *sections != NULL; sections++)
		if (*sections == section)
			return true;
	return false;
}

/* What one daemon reads is either read by the other, or passed over there. */
static void
compare(const struct section *const *own, const struct section *const *other,
    const struct section *const *passed_over)
{
	for (; *own != NULL; own++)
		if (!is_in(other, *own) && !has(passed_over, (*own)->name))
			fail_msg("section '%s' is unknown to the other daemon",
			    (*own)->name);
	for (; *passed_over != NULL; passed_over++)
		if (has(other, (*passed_over)->name))
			fail_msg("section '%s' is read, not passed over",
			    (*passed_over)->name);
}

static void
each_daemon_passes_over_what_only_others_read(void **state)
{
	static const struct section *const avscan[] = { &avscan_section,
		NULL };

	(void)state;
	compare(rulebook_sections(), engine_sections(),
	    sections_not_of_milter);
	compare(avscan, engine_sections(), sections_not_of_milter);
	compare(engine_sections(), rulebook_sections(),
	    sections_not_of_policyd);
	compare(avscan, rulebook_sections(), sections_not_of_policyd);
	compare(engine_sections(), avscan, sections_not_of_avscan);
	compare(rulebook_sections(), avscan, sections_not_of_avscan);
}

static const struct setting *
find_row(const struct section *const *sections, const struct policy_base *base)
{
	for (; *sections != NULL; sections++) {
		const struct section *section = *sections;

		if (strcmp(section->name, base->section) != 0 ||
		    section->label == NULL ||
		    strcmp(section->label, base->label) != 0)
			continue;
		for (size_t i = 0; i < section->row_count; i++)
			if (strcmp(section->rows[i].key, base->row) == 0)
				return &section->rows[i];
	}
	return NULL;
}

/* What a policy may say is what the section may say. */
static void
a_policy_row_has_the_shape_of_its_base(void **state)
{
	struct arena *arena = *state;
	size_t count, found = 0;
	const struct setting *rows = policy_rows(&count);

	for (size_t i = 0; i < count; i++) {
		const struct policy_base *base = policy_base(rows[i].key);
		const struct setting *row;

		if (base == NULL)
			continue;
		print_message("%s\n", rows[i].key);
		row = find_row(engine_sections(), base);
		if (row == NULL)
			row = find_row(rulebook_sections(), base);
		assert_non_null(row);
		assert_int_equal(row->kind, rows[i].kind);
		assert_string_equal(row->default_text, rows[i].default_text);
		assert_string_equal(setting_describe(row, arena),
		    setting_describe(&rows[i], arena));
		found++;
	}
	assert_int_equal(found, 5);
}

static void
one_file_serves_all_daemons(void **state)
{
	static const char text[] = "milter { mode enforce; }\n"
	    "policyd { mode enforce; }\navscan { workers 2; }\n"
	    "domain a.example { dkim_key x { file /x; } }\ncheck spf { enabled no; }\n"
	    "access x { client 192.0.2.1; action deny; }\n"
	    "rule access { dry_run yes; }\ndns { timeout 1s; }\n";
	static const struct section *const avscan[] = { &avscan_section,
		NULL };
	struct arena *arena = *state;
	const char *error = NULL;
	struct conf *conf = conf_parse("test", text, rulebook_sections(),
	    sections_not_of_policyd, arena, &error);

	assert_null(error);
	assert_null(conf_warning(conf, 0));
	conf_unref(&conf);
	conf = conf_parse("test", text, engine_sections(),
	    engine_other_sections(), arena, &error);
	assert_null(error);
	assert_null(conf_warning(conf, 0));
	conf_unref(&conf);
	conf = conf_parse("test", text, avscan, sections_not_of_avscan, arena,
	    &error);
	assert_null(error);
	assert_null(conf_warning(conf, 0));
	conf_unref(&conf);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(only_who_is_on_this_host_may_ask),
		ARENA_TEST(each_daemon_passes_over_what_only_others_read),
		ARENA_TEST(a_policy_row_has_the_shape_of_its_base),
		ARENA_TEST(one_file_serves_all_daemons),
	};

	return cmocka_run_group_tests_name("policy_settings", tests, NULL,
	    NULL);
}
