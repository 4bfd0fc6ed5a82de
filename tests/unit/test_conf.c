/* SPDX-License-Identifier: ISC */
/* test_conf.c - what a configuration says, and what is said about a wrong one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/str.h"
#include "base/vec.h"
#include "conf_tables.h"
#include "fixture.h"

static struct conf *
must_parse(struct arena *arena, const char *text)
{
	const char *error = NULL;
	struct conf *conf = conf_parse("t", text, tables, other_tables, arena,
	    &error);

	if (conf == NULL)
		fail_msg("%s", error);
	return conf;
}

static void
an_empty_text_gives_every_default(void **state)
{
	static const char *const texts[] = { "", "\n", "# nothing", "\xef\xbb"
	    "\xbf", "dns { }\ncheck dkim {\r\n}\r\n" };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct conf *conf = must_parse(*state, texts[i]);
		const struct dns_values *dns = conf_get(conf, &dns_table);
		const struct check_values *dkim = conf_get(conf, &dkim_table);
		const void *const *items;

		assert_int_equal(dns->timeout_ms, 2000);
		assert_int_equal(dns->servers.count, 1);
		assert_null(dns->note);
		assert_true(dkim->enabled);
		assert_int_equal(dkim->minimum_bits, 1024);
		assert_int_equal(conf_list(conf, &domain_table, NULL, &items),
		    0);
		assert_null(conf_origin(conf, dns, "timeout"));
		assert_null(conf_warning(conf, 0));
		conf_unref(&conf);
		assert_null(conf);
	}
}

static void
words_and_quoted_texts_are_values(void **state)
{
	struct conf *conf = must_parse(*state,
	    "dns{# comment } ;\n"
	    "	timeout\n5s ;servers a c#d \"b\\\"\\\\\\n\\t;{}#\"\n"
	    "	    \"timeout\" h\xc3\xb6he; note \"\";}");
	const struct dns_values *dns = conf_get(conf, &dns_table);

	assert_int_equal(dns->timeout_ms, 5000);
	assert_int_equal(dns->servers.count, 5);
	assert_string_equal(dns->servers.texts[1], "c#d");
	assert_string_equal(dns->servers.texts[2], "b\"\\\n\t;{}#");
	assert_string_equal(dns->servers.texts[3], "timeout");
	assert_string_equal(dns->servers.texts[4], "h\xc3\xb6he");
	assert_string_equal(dns->note, "");
	conf_unref(&conf);
}

static void
labels_tell_sections_of_one_name_apart(void **state)
{
	struct conf *conf = must_parse(*state,
	    "check iprev { enabled no; }\n"
	    "check \"dkim\" {\n minimum_bits 2048;\n}\n");
	const struct check_values *iprev = conf_get(conf, &iprev_table);
	const struct check_values *dkim = conf_get(conf, &dkim_table);

	assert_false(iprev->enabled);
	assert_true(dkim->enabled);
	assert_int_equal(dkim->minimum_bits, 2048);
	assert_null(conf_origin(conf, dkim, "enabled"));
	assert_string_equal(conf_origin(conf, dkim, "minimum_bits"), "t:3");
	assert_string_equal(conf_origin(conf, dkim, NULL), "t:2");
	conf_unref(&conf);
}

static void
named_sections_keep_their_order_and_what_is_inside(void **state)
{
	struct conf *conf = must_parse(*state,
	    "domain b.org { dkim_key two { file 2; } class x;\n"
	    "  dkim_key one { file 1; } }\n"
	    "domain \"*.a.org\" { local no; }\n");
	const void *const *domains, *const *keys;

	assert_int_equal(conf_list(conf, &domain_table, NULL, &domains), 2);
	assert_string_equal(((const struct domain_values *)domains[0])->name,
	    "b.org");
	assert_string_equal(
	    ((const struct domain_values *)domains[0])->class_name, "x");
	assert_string_equal(((const struct domain_values *)domains[1])->name,
	    "*.a.org");
	assert_int_equal(conf_list(conf, &key_table, domains[0], &keys), 2);
	assert_string_equal(((const struct key_values *)keys[0])->name, "two");
	assert_string_equal(((const struct key_values *)keys[1])->file, "1");
	assert_string_equal(conf_origin(conf, keys[1], "file"), "t:2");
	assert_int_equal(conf_list(conf, &key_table, domains[1], &keys), 0);
	conf_unref(&conf);
}

static void
sections_of_others_are_passed_over(void **state)
{
	struct conf *conf = must_parse(*state,
	    "throttle x { anything { goes \"{\"; } }\n"
	    "throttle { }\ncheck bayes { }\n");

	assert_null(conf_warning(conf, 0));
	conf_unref(&conf);
}

static void
a_check_that_is_not_built_in_may_stand_if_disabled(void **state)
{
	struct conf *conf = must_parse(*state,
	    "check spf { a b; c { enabled yes; } enabled no; }\n");

	assert_string_equal(conf_warning(conf, 0), "t:1:1: 'check spf' is not "
	    "known to this program and not enabled: passed over");
	assert_null(conf_warning(conf, 1));
	conf_unref(&conf);
}

static void
a_configuration_lives_as_long_as_somebody_has_it(void **state)
{
	struct conf *conf = must_parse(*state, "dns { note x; }");
	struct conf *mine = conf_ref(conf);
	const struct dns_values *dns = conf_get(conf, &dns_table);

	conf_unref(&conf);
	assert_string_equal(dns->note, "x");
	conf_unref(&mine);
	conf_unref(&mine);
}

static void
a_reload_tells_what_wants_a_restart(void **state)
{
	struct conf *running = must_parse(*state, "dns { timeout 1s; }");
	struct conf *same = must_parse(*state, "dns { timeout 2s; }");
	struct conf *other = must_parse(*state, "dns { note \"a b\"; }");
	const char *const *texts;

	assert_int_equal(conf_restart_wanted(running, same, *state, &texts), 0);
	assert_int_equal(conf_restart_wanted(running, other, *state, &texts),
	    1);
	assert_string_equal(texts[0],
	    "'note' in 'dns' is not set until the daemon restarts");
	assert_int_equal(conf_restart_wanted(other, running, *state, &texts),
	    1);
	assert_string_equal(texts[0],
	    "'note' in 'dns' is \"a b\" until the daemon restarts");
	conf_unref(&running);
	conf_unref(&same);
	conf_unref(&other);
}

static const struct {
	const char *text, *error;
} errors[] = {
	/* Unknown. */
	{ "domain a {\n\tlocla yes;\n}",
	    "t:2:2: unknown option 'locla' in 'domain', did you mean 'local'?" },
	{ "dns { zzz 1; }", "t:1:7: unknown option 'zzz' in 'dns'" },
	{ "domain a { timeout 1s; }", "t:1:12: unknown option 'timeout' in "
	    "'domain', it belongs into 'dns'" },
	{ "timeout 1s;", "t:1:1: option 'timeout' stands outside of a "
	    "section, it belongs into 'dns'" },
	{ "enabled no;", "t:1:1: option 'enabled' stands outside of a section, "
	    "it belongs into 'check iprev' or 'check dkim'" },
	{ "zzz 1;", "t:1:1: option 'zzz' stands outside of a section" },
	{ "dsn { }", "t:1:1: unknown section 'dsn', did you mean 'dns'?" },
	{ "throtle { }",
	    "t:1:1: unknown section 'throtle', did you mean 'throttle'?" },
	{ "zzz { }", "t:1:1: unknown section 'zzz'" },
	{ "domain a { dkim_keys s { } }", "t:1:12: unknown section "
	    "'dkim_keys' in 'domain', did you mean 'dkim_key'?" },
	{ "check dkin { }",
	    "t:1:7: unknown check 'dkin', did you mean 'dkim'?" },
	{ "check spf { enabled yes; }", "t:1:7: unknown check 'spf': this "
	    "program has none, remove it or set 'enabled no;' in it" },
	{ "check spf { x { enabled no; } }", "t:1:7: unknown check 'spf': this "
	    "program has none, remove it or set 'enabled no;' in it" },
	/* Heads of sections. */
	{ "check { }", "t:1:1: section 'check' needs to say which: "
	    "check iprev { … }, for example" },
	{ "domain { }", "t:1:1: section 'domain' needs a name: "
	    "domain NAME { … }" },
	{ "domain \"\" { }", "t:1:1: section 'domain' needs a name: "
	    "domain NAME { … }" },
	{ "dns a { }", "t:1:5: section 'dns' has no name behind it" },
	{ "domain a b { }",
	    "t:1:10: a section has at most one word behind 'domain'" },
	{ "{ }", "t:1:1: '{' without the name of a section" },
	{ "dns { timeout { } }", "t:1:7: 'timeout' is an option: a value and "
	    "';' follow it, not '{'" },
	{ "dns;",
	    "t:1:1: 'dns' is a section: its options stand in { } behind it" },
	/* Repeated. */
	{ "dns {\n note a;\n timeout 1s;\n note b;\n}",
	    "t:4:2: repeated option 'note', first set at t:2" },
	{ "dns { servers a; servers b; }", "t:1:18: repeated option "
	    "'servers', first set at t:1 (all values of a list stand in one "
	    "statement)" },
	{ "dns { }\ndns { }",
	    "t:2:1: section 'dns' stands a second time, first at t:1" },
	{ "check dkim { }\n\n check dkim { }",
	    "t:3:2: section 'check dkim' stands a second time, first at t:1" },
	{ "domain a { }\ndomain A { }",
	    "t:2:1: section 'domain a' stands a second time, first at t:1" },
	/* Wrong values. */
	{ "dns { timeout 1h; }", "t:1:15: 'timeout' in 'dns': '1h' is out of "
	    "range, allowed is 100ms to 30s" },
	{ "check dkim { minimum_bits many; }", "t:1:27: 'minimum_bits' in "
	    "'check dkim': 'many' is not a whole number from 512 to 4096" },
	{ "dns { timeout; }", "t:1:7: 'timeout' in 'dns': a value is missing: "
	    "a duration from 100ms to 30s" },
	{ "dns { note a b; }", "t:1:12: 'note' in 'dns': one value, not 2: a "
	    "text with blanks stands in \"\"" },
	{ "dns { note = a; }",
	    "t:1:12: an option and its value have no '=' between them" },
	{ "dns {\n timeout 1s;\n servers a bad;\n}",
	    "t:3:2: 'servers' in 'dns': 'bad' is not an address" },
	{ "\ndns { note wrong; }", "t:2:1: 'dns': this is wrong" },
	{ "domain a {\n\n dkim_key s { } }", "t:3:2: section 'dkim_key s' "
	    "needs the option 'file', a text" },
	/* Marks. */
	{ "dns {\n timeout 1s\n note a;\n}",
	    "t:2:10: missing ';' after '1s'" },
	{ "dns {\n timeout 1s\n}", "t:2:10: missing ';' after '1s'" },
	{ "dns { note a", "t:1:12: missing ';' after 'a'" },
	{ "dns {\n servers a\n b\n timeout 1s;\n}", "t:3:2: missing ';' after "
	    "'b' (or '\"' around the word in the next line)" },
	{ "dns {\n note\n timeout 1s;\n}", "t:2:2: missing ';' after 'note'" },
	{ "domain a {\n class x\n dkim_key s { }\n}",
	    "t:2:8: missing ';' after 'x'" },
	{ "include \"x\"\ndns { }", "t:1:9: missing ';' after 'x'" },
	{ "dns {\n timeout 1s;\n\n", "t:4:1: missing '}': section 'dns' was "
	    "opened in line 1" },
	{ "domain a {\n dkim_key s {\n", "t:3:1: missing '}': section "
	    "'dkim_key s' was opened in line 2" },
	{ "\nthrottle {\n a { }\n", "t:4:1: missing '}': section 'throttle' "
	    "was opened in line 2" },
	{ "dns {\n timeout 1s;\ncheck dkim { }\n", "t:3:1: section 'check' "
	    "does not stand inside of 'dns': is a '}' missing before it?" },
	{ "dns { } }", "t:1:9: '}' where no section is open" },
	{ "dns { };",
	    "t:1:8: ';' without an option (none is needed behind '}')" },
	/* Texts. */
	{ "dns { note \"a; }\n", "t:1:12: the closing '\"' of this text is "
	    "missing on its line" },
	{ "dns { note \"a", "t:1:12: the closing '\"' of this text is missing "
	    "on its line" },
	{ "dns { note \"a\\d\"; }", "t:1:14: unknown escape: \\\" \\\\ \\n and "
	    "\\t are known, a backslash is written \\\\" },
	{ "dns { note \"a\\", "t:1:14: unknown escape: \\\" \\\\ \\n and \\t "
	    "are known, a backslash is written \\\\" },
	{ "dns { note \"a\"b; }",
	    "t:1:15: a blank or ';' is missing behind the closing '\"'" },
	{ "dns { note a\"b\"; }", "t:1:13: \" in a text without quotes: put "
	    "the whole text in \"\"" },
	{ "dns { note 'a'; }", "t:1:12: ' in a text without quotes: put the "
	    "whole text in \"\"" },
	{ "dns { note a\\b; }", "t:1:13: \\ in a text without quotes: put the "
	    "whole text in \"\"" },
	/* Bytes; a column is a character. */
	{ "dns { note h\xc3\xb6h\x01; }",
	    "t:1:15: control character 0x01, this is not a text file" },
	{ "dns { note \"\xe9\"; }", "t:1:13: byte 0xe9 is not UTF-8" },
	{ "# \xff", "t:1:3: byte 0xff is not UTF-8" },
	{ "dns { note \"\x7f\"; }",
	    "t:1:13: control character 0x7f, this is not a text file" },
	/* An error is one line. */
	{ "dns { \"a\\nb\" c; }", "t:1:7: unknown option 'a?b' in 'dns'" },
	{ "include a b;",
	    "t:1:1: 'include' takes one file name or pattern" },
	{ "include;", "t:1:1: 'include' takes one file name or pattern" },
};

static void
an_error_names_place_and_remedy(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		const char *error = "none";
		struct conf *conf = conf_parse("t", errors[i].text, tables,
		    other_tables, *state, &error);

		assert_null(conf);
		if (strcmp(error, errors[i].error) != 0)
			fail_msg("%s\n--- got\n%s\n--- wanted\n%s",
			    errors[i].text, error, errors[i].error);
	}
}

static void
a_setting_that_must_stand_is_missed_in_an_absent_section(void **state)
{
	struct section required = key_table;
	const struct section *const sections[] = { &required, NULL };
	const char *error;

	required.is_named = false;
	assert_null(conf_parse("t", "", sections, NULL, *state, &error));
	assert_string_equal(error,
	    "t: section 'dkim_key' needs the option 'file', a text");
}

/* text once, then middle so many times, then end so many times. */
static char *
repeat(struct arena *arena, const char *text, const char *middle,
    const char *end, size_t count)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add_text(&out, text);
	for (size_t i = 0; i < count; i++)
		buf_add_text(&out, middle);
	for (size_t i = 0; i < count; i++)
		buf_add_text(&out, end);
	return out.data;
}

static void
hostile_sizes_are_refused_or_borne(void **state)
{
	const char *error = "none";
	struct conf *conf;

	/* A section that is passed over needs no stack for its braces. */
	conf = must_parse(*state, repeat(*state, "", "throttle{", "}",
	    1000000));
	conf_unref(&conf);
	assert_null(conf_parse("t", repeat(*state, "dns { servers", " a", "",
	    10001), tables, NULL, *state, &error));
	assert_string_equal(error,
	    "t:1:20013: more than 10000 values in one statement");
	assert_null(conf_parse("t", repeat(*state, "dns { ", "x", "", 100000),
	    tables, NULL, *state, &error));
	assert_in_range(strlen(error), 900, 1100);
}

static void
ten_thousand_domains_are_no_burden(void **state)
{
	const void *const *items;
	struct conf *conf;
	struct buf out;

	buf_init(&out, *state);
	for (int i = 0; i < 10000; i++)
		buf_printf(&out, "domain d%d { dkim_key a { file x; } }\n", i);
	conf = must_parse(*state, out.data);
	assert_int_equal(conf_list(conf, &domain_table, NULL, &items), 10000);
	conf_unref(&conf);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(an_empty_text_gives_every_default),
		ARENA_TEST(words_and_quoted_texts_are_values),
		ARENA_TEST(labels_tell_sections_of_one_name_apart),
		ARENA_TEST(named_sections_keep_their_order_and_what_is_inside),
		ARENA_TEST(sections_of_others_are_passed_over),
		ARENA_TEST(a_check_that_is_not_built_in_may_stand_if_disabled),
		ARENA_TEST(a_configuration_lives_as_long_as_somebody_has_it),
		ARENA_TEST(a_reload_tells_what_wants_a_restart),
		ARENA_TEST(an_error_names_place_and_remedy),
		ARENA_TEST(
		    a_setting_that_must_stand_is_missed_in_an_absent_section),
		ARENA_TEST(hostile_sizes_are_refused_or_borne),
		ARENA_TEST(ten_thousand_domains_are_no_burden),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
