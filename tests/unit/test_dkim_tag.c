/* SPDX-License-Identifier: ISC */
/* test_dkim_tag.c - tag lists (RFC 6376 3.2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/dkim_tag.h"
#include "base/arena.h"
#include "base/base64.h"
#include "fixture.h"

struct list {
	const char *story;
	struct str text;
	const char *tags;	/* "name=packed value;" of each */
	const char *error;
};

static const struct list lists[] = {
	{ "two tags", STR("v=1; a=rsa"), "v=1;a=rsa;", NULL },
	{ "a final semicolon", STR("v=1;"), "v=1;", NULL },
	{ "blanks behind the final semicolon", STR("v=1; \n "), "v=1;", NULL },
	{ "white space at all places where it may be",
	    STR(" \n\tv \t= 1 \n ;\n a\n =\n rsa"), "v=1;a=rsa;", NULL },
	{ "a value over several lines", STR("b=ab\n cd\r\n\tef"), "b=abcdef;",
	    NULL },
	{ "an empty value", STR("p=; t=y"), "p=;t=y;", NULL },
	{ "'=' inside a value", STR("b=ab=="), "b=ab==;", NULL },
	{ "names have case", STR("a=1; A=2"), "a=1;A=2;", NULL },
	{ "digits and underscores in names", STR("x_1=1"), "x_1=1;", NULL },
	{ "nothing", STR(""), NULL, "empty tag list" },
	{ "white space alone", STR(" \n "), NULL, "empty tag list" },
	{ "no value", STR("v=1; garbage"), NULL,
	    "syntax error in a tag list" },
	{ "an empty tag", STR("v=1;; a=2"), NULL,
	    "syntax error in a tag list" },
	{ "a semicolon alone", STR(";"), NULL, "syntax error in a tag list" },
	{ "no name", STR("=1"), NULL, "syntax error in a tag list" },
	{ "a name that begins with a digit", STR("1a=1"), NULL,
	    "syntax error in a tag list" },
	{ "a blank in a name", STR("a b=1"), NULL,
	    "syntax error in a tag list" },
	{ "a name twice", STR("a=1; b=2; a=1"), NULL,
	    "tag a= occurs twice" },
	{ "NUL", STR("a=1\0"), NULL,
	    "byte 0x00 cannot stand in a tag list" },
	{ "a byte above ASCII", STR("a=\xc3\xa4"), NULL,
	    "byte 0xc3 cannot stand in a tag list" },
	{ "a line end that folds nothing", STR("a=1\n;b=2"), NULL,
	    "byte 0x0a cannot stand in a tag list" },
	{ "a lone CR", STR("a=1\r;b=2"), NULL,
	    "byte 0x0d cannot stand in a tag list" },
};

static void
lists_are_read_strictly(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const struct list *list = &lists[i];
		struct dkim_tags tags;
		const char *error = NULL;
		int status = dkim_tags_parse(*state, list->text, &tags,
		    &error);
		struct buf got;

		if (list->error != NULL) {
			if (status == 0 || strcmp(error, list->error) != 0)
				fail_msg("%s: \"%s\"", list->story,
				    status == 0 ? "accepted" : error);
			continue;
		}
		if (status < 0)
			fail_msg("%s: %s", list->story, error);
		buf_init(&got, *state);
		for (size_t n = 0; n < tags.list.len; n++) {
			const struct dkim_tag *tag = vec_at(&tags.list, n);
			const char *name = str_dup(*state, tag->name);

			buf_printf(&got, "%s=%.*s;", name,
			    STR_ARG(dkim_tag_packed(&tags, name)));
		}
		if (!str_is(buf_str(&got), list->tags))
			fail_msg("%s: %s", list->story, got.data);
	}
}

static void
what_is_missing_is_empty(void **state)
{
	struct dkim_tags tags;
	const char *error;

	assert_int_equal(dkim_tags_parse(*state, STR("a=1; b ="), &tags,
	    &error), 0);
	assert_null(dkim_tag_find(&tags, "c"));
	assert_int_equal(dkim_tag_packed(&tags, "c").len, 0);
	assert_false(dkim_tag_find(&tags, "a")->is_name_spaced);
	assert_true(dkim_tag_find(&tags, "b")->is_name_spaced);
}

static void
words_are_whole_words(void **state)
{
	(void)state;
	assert_true(dkim_tag_has_word(STR("sha1:sha256"), "sha256"));
	assert_true(dkim_tag_has_word(STR("sha256"), "sha256"));
	assert_false(dkim_tag_has_word(STR("sha2567:xsha256"), "sha256"));
	assert_false(dkim_tag_has_word(STR(""), "sha256"));
	assert_false(dkim_tag_has_word(STR("SHA256"), "sha256"));
}

static void
base64_is_what_mail_makes_of_it(void **state)
{
	static const struct {
		const char *text, *bytes;	/* NULL: an error */
	} cases[] = {
		{ "", "" }, { "Zg==", "f" }, { "Zm8=", "fo" },
		{ "Zm9v", "foo" }, { "Zm9vYg==", "foob" },
		{ "Zm9v\n YmFy", "foobar" }, { "Zm 8 =", "fo" },
		{ "Zg", "f" }, { "Zm8", "fo" },	/* no padding */
		{ "Z", NULL }, { "Zm9vY", NULL }, { "Zg=", NULL },
		{ "Zg===", NULL }, { "Zg=x", NULL }, { "=", NULL },
		{ "Zm9v=", NULL }, { "Zm9v====", NULL }, { "Zm-v", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str bytes;
		int status = base64_decode(*state, str_from(cases[i].text),
		    &bytes);

		if ((status == 0) != (cases[i].bytes != NULL) ||
		    (status == 0 && !str_is(bytes, cases[i].bytes)))
			fail_msg("\"%s\"", cases[i].text);
	}
	assert_true(str_is(base64_encode(*state, STR("fo\xff\xfe")),
	    "Zm///g=="));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(lists_are_read_strictly),
		ARENA_TEST(what_is_missing_is_empty),
		ARENA_TEST(words_are_whole_words),
		ARENA_TEST(base64_is_what_mail_makes_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
