/* SPDX-License-Identifier: ISC */
/* test_store_key.c - the names of the store's entries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "store/key.h"

static void
a_key_is_made_of_its_parts(void **state)
{
	static const struct {
		const char *name, *tag, *kind, *rest, *key;
	} cases[] = {
		{ "plain parts stand as they are", "example.org", "count",
		  "user ann", "mr:{example.org}:count:user%20ann" },
		{ "what would end the tag is escaped", "a}b{c:d", "k", "x",
		  "mr:{a%7Db%7Bc%3Ad}:k:x" },
		{ "rest is the last part: a colon stands", "t", "k",
		  "2001:db8::1", "mr:{t}:k:2001:db8::1" },
		{ "but no brace", "t", "k", "a{b}c", "mr:{t}:k:a%7Bb%7Dc" },
		{ "percent is escaped, so that escapes are unique", "t%", "k",
		  "%20", "mr:{t%25}:k:%2520" },
		{ "8-bit and control bytes are escaped", "\xC3\xA4", "k",
		  "\x01\x7F\r\n", "mr:{%C3%A4}:k:%01%7F%0D%0A" },
		{ "parts may be empty", "", "k", "", "mr:{}:k:" },
	};
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str key = store_key(arena, str_from(cases[i].tag),
		    cases[i].kind, str_from(cases[i].rest));

		if (!str_is(key, cases[i].key))
			fail_msg("%s: %.*s", cases[i].name, STR_ARG(key));
	}
}

/* Each byte alone, in tag and in rest: 512 names, all different. */
static void
different_names_stay_different(void **state)
{
	struct arena *arena = *state;
	struct str keys[512];

	for (int i = 0; i < 256; i++) {
		char byte = (char)i;

		keys[i] = store_key(arena, str_of(&byte, 1), "k", STR(""));
		keys[256 + i] = store_key(arena, STR(""), "k",
		    str_of(&byte, 1));
		assert_int_equal(strcspn(keys[i].data, " \r\n\t"),
		    keys[i].len);
	}
	for (size_t i = 0; i < 512; i++)
		for (size_t k = 0; k < i; k++)
			assert_false(str_eq(keys[i], keys[k]));
}

static void
tag_and_kind_are_found_in_a_key(void **state)
{
	static const struct {
		const char *key, *tag, *kind;
	} cases[] = {
		{ "mr:{example.org}:count:x", "example.org", "count" },
		{ "mr:{a%7D}:k:{b}", "a%7D", "k" },
		{ "mr:{a}:refused:x:y", "a", "refused" },
		{ "mr:{a}:kind", "a", "" },
		{ "mr:{a}", "a", "" },
		{ "mr:{}:k:x", "", "" },
		{ "mr:{open", "", "" },
		{ "xx:{a}:k", "", "" },
		{ "mr:", "", "" },
		{ "", "", "" },
	};
	struct arena *arena = *state;
	struct str long_rest = fixture_repeat(arena, "x}", 500);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str key = str_from(cases[i].key);

		assert_true(str_is(store_key_tag(key), cases[i].tag));
		assert_true(str_is(store_key_kind(key), cases[i].kind));
	}
	assert_true(str_is(store_key_tag(store_key(arena, STR("net 192.0.2.0"),
	    "grey", long_rest)), "net%20192.0.2.0"));
}

static void
a_cluster_places_a_key_by_its_tag_or_by_all_of_it(void **state)
{
	(void)state;
	assert_true(str_is(store_key_place(STR("mr:{a.b}:count:x")), "a.b"));
	assert_true(str_is(store_key_place(STR("mr:events")), "mr:events"));
	assert_true(str_is(store_key_place(STR("mr:{}:k")), "mr:{}:k"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(a_key_is_made_of_its_parts),
		ARENA_TEST(different_names_stay_different),
		ARENA_TEST(tag_and_kind_are_found_in_a_key),
		ARENA_TEST(a_cluster_places_a_key_by_its_tag_or_by_all_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
