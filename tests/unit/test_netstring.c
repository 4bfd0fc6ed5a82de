/* SPDX-License-Identifier: ISC */
/* test_netstring.c - netstrings, whole, torn and wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/netstring.h"
#include "base/vec.h"
#include "fixture.h"

#define MAX 20

static const struct {
	const char *name, *text;
	enum netstring result;
	const char *content;
	size_t len;
} cases[] = {
	{ "a text", "5:hello,", NETSTRING_WHOLE, "hello", 8 },
	{ "an empty one", "0:,", NETSTRING_WHOLE, "", 3 },
	{ "with one behind it", "2:ab,3:cde,", NETSTRING_WHOLE, "ab", 5 },
	{ "with a comma and a colon inside", "3:,:,,", NETSTRING_WHOLE, ",:,",
	  6 },
	{ "as long as one may be", "20:01234567890123456789,",
	  NETSTRING_WHOLE, "01234567890123456789", 24 },
	{ "nothing", "", NETSTRING_PARTIAL, NULL, 0 },
	{ "a digit", "1", NETSTRING_PARTIAL, NULL, 0 },
	{ "a zero", "0", NETSTRING_PARTIAL, NULL, 0 },
	{ "no content yet", "5:", NETSTRING_PARTIAL, NULL, 0 },
	{ "no comma yet", "5:hello", NETSTRING_PARTIAL, NULL, 0 },
	{ "longer than one may be", "21:", NETSTRING_BAD, NULL, 0 },
	{ "much longer", "99999999999999999999999999999", NETSTRING_BAD, NULL,
	  0 },
	{ "no length", ":,", NETSTRING_BAD, NULL, 0 },
	{ "a leading zero", "05:hello,", NETSTRING_BAD, NULL, 0 },
	{ "two zeros", "00:,", NETSTRING_BAD, NULL, 0 },
	{ "a sign", "+5:hello,", NETSTRING_BAD, NULL, 0 },
	{ "less than none", "-5:hello,", NETSTRING_BAD, NULL, 0 },
	{ "a blank", " 5:hello,", NETSTRING_BAD, NULL, 0 },
	{ "a wrong length", "4:hello,", NETSTRING_BAD, NULL, 0 },
	{ "another end", "5:hello;", NETSTRING_BAD, NULL, 0 },
	{ "another protocol", "GET / HTTP/1.0", NETSTRING_BAD, NULL, 0 },
};

static void
parsing(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str content = { NULL, 0 };
		size_t len = 0;
		enum netstring result = netstring_parse(str_from(
		    cases[i].text), MAX, &content, &len);

		if (result != cases[i].result || len != cases[i].len ||
		    !str_eq(content, str_from(cases[i].content)))
			fail_msg("%s: %d '%.*s' %zu", cases[i].name,
			    (int)result, STR_ARG(content), len);
	}
}

static void
what_is_torn_is_partial_at_each_byte(void **state)
{
	const struct str text = STR("20:01234567890123456789,");
	struct str content;
	size_t len;

	(void)state;
	for (size_t i = 0; i < text.len; i++)
		assert_int_equal(netstring_parse(str_sub(text, 0, i), MAX,
		    &content, &len), NETSTRING_PARTIAL);
	assert_true(text.len <= NETSTRING_SIZE(MAX));
}

static void
writing(void **state)
{
	struct arena *arena = *state;
	struct buf out;

	buf_init(&out, arena);
	netstring_add(&out, STR("hello"));
	netstring_add(&out, STR(""));
	assert_string_equal(out.data, "5:hello,0:,");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parsing),
		cmocka_unit_test(what_is_torn_is_partial_at_each_byte),
		ARENA_TEST(writing),
	};

	return cmocka_run_group_tests_name("netstring", tests, NULL, NULL);
}
