/* SPDX-License-Identifier: ISC */
/* test_sender_fold.c - senders that differ from message to message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/address.h"
#include "mail/sender_fold.h"

static const struct {
	const char *sentence, *sender, *key;
} cases[] = {
	{ "an address is itself", "joe@example.org", "joe@example.org" },
	{ "case does not matter", "Joe@Example.ORG", "joe@example.org" },
	{ "the null sender", "<>", "" },
	{ "an extension is cut", "joe+shop@example.org", "joe@example.org" },
	{ "what begins with the delimiter is kept", "+joe@example.org",
	    "+joe@example.org" },
	{ "SRS: hash and day go", "SRS0=Ab1c=X7=example.com=ann@example.org",
	    "srs=example.com=ann@example.org" },
	{ "SRS with other separators",
	    "SRS0+Zz9q=Q2=example.com=ann@example.org",
	    "srs=example.com=ann@example.org" },
	{ "SRS in lower case", "srs0-ab1c=x7=example.com=ann@example.org",
	    "srs=example.com=ann@example.org" },
	{ "SRS keeps whose mail it is",
	    "SRS0=Ab1c=X7=example.com=joe@example.org",
	    "srs=example.com=joe@example.org" },
	{ "SRS1: both hashes go",
	    "SRS1=Ef3g=a.example==Ab1c=X7=example.com=ann@example.org",
	    "srs=example.com=ann@example.org" },
	{ "SRS1 of a host that writes SRS0+",
	    "SRS1=Ef3g=a.example=+Ab1c=X7=example.com=ann@example.org",
	    "srs=example.com=ann@example.org" },
	{ "what only begins like SRS is none", "SRS0@example.org",
	    "#@example.org" },
	{ "SRS that ends too soon is none", "SRS0=abcx@example.org",
	    "#=abcx@example.org" },
	{ "BATV: key, day and signature go",
	    "prvs=0123ab45cd=joe@example.org", "joe@example.org" },
	{ "BATV that ends too soon is none", "prvs=joe@example.org",
	    "prvs=joe@example.org" },
	{ "VERP: the number of the message",
	    "news-bounces-48213@example.org", "news-bounces-#@example.org" },
	{ "VERP: the subscriber stays, who is the recipient",
	    "news-48213-ann=example.com@example.org",
	    "news-#-ann=example.com@example.org" },
	{ "VERP: hexadecimal words", "0100018f3c-ab12-feed-000000@example.org",
	    "#-#-#-#@example.org" },
	{ "a short word of the letters a to f is a word",
	    "bee-add@example.org", "bee-add@example.org" },
	{ "digits within a word", "m8ab3x.bounce@example.org",
	    "#.bounce@example.org" },
	{ "a local part alone", "root", "root@" },
};

static void
each_sender_has_its_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *arena = arena_new(0);
		struct address address;
		const char *error;

		print_message("%s\n", cases[i].sentence);
		assert_int_equal(address_parse_path(arena,
		    str_from(cases[i].sender), &address, &error), 0);
		assert_string_equal(str_dup(arena, sender_fold(arena, &address,
		    '+')), cases[i].key);
		arena_free(&arena);
	}
}

static void
without_a_delimiter_nothing_is_an_extension(void **state)
{
	struct arena *arena = *state;
	const struct address address = { .local = STR("joe+shop"),
		.domain = STR("example.org") };

	assert_string_equal(str_dup(arena, sender_fold(arena, &address, '\0')),
	    "joe+shop@example.org");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sender_has_its_key),
		ARENA_TEST(without_a_delimiter_nothing_is_an_extension),
	};

	return cmocka_run_group_tests_name("sender_fold", tests, NULL, NULL);
}
