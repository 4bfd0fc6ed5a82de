/* SPDX-License-Identifier: ISC */
/* test_auth_results_ours.c - fields from outside that claim to be ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/auth_results.h"

static void
fields_of_ours_from_outside_are_known_rfc_8601_5(void **state)
{
	static const struct {
		const char *sentence, *value;
		bool wanted;
	} cases[] = {
		{ "our id", " mx.example.org; spf=pass", true },
		{ "our id with version", "mx.example.org 1; spf=pass", true },
		{ "our id in capitals", "MX.Example.ORG; spf=pass", true },
		{ "our id with a final dot", "mx.example.org.; spf=pass", true },
		{ "our id quoted", "\"mx.example.org\"; spf=pass", true },
		{ "our id quoted with backslashes",
		    "\"mx\\.exa\\mple.org\"; spf=pass", true },
		{ "comments in front", "(a (b) \\) c) mx.example.org; spf=pass",
		    true },
		{ "a comment with a semicolon", "(a; b) mx.example.org; x=pass",
		    true },
		{ "folds in front", "\n\n\t mx.example.org\n ;\n spf=pass",
		    true },
		{ "our id and nothing", "mx.example.org", true },
		{ "our id and rubbish", "mx.example.org; ;;= \"", true },
		{ "our id with another version", "mx.example.org 7; x=pass",
		    true },
		{ "our id with a word for a version", "mx.example.org x; x=y",
		    true },
		{ "our id with a port", "mx.example.org:25; spf=pass", true },
		{ "our id with a slash", "mx.example.org/1; spf=pass", true },
		{ "our id in brackets", "<mx.example.org>; spf=pass", true },
		{ "our id behind another", "evil.example mx.example.org; x=pass",
		    true },
		{ "our id behind a comma", "evil.example, mx.example.org; x=y",
		    true },
		{ "our id in an encoded word",
		    "=?utf-8?q?mx.example.org?=; spf=pass", true },
		{ "our id in a comment of a malformed one",
		    "evil.example (mx.example.org) x; spf=pass", true },
		{ "a comment inside", "mx.(x)example.org; spf=pass", true },
		{ "quotes inside", "mx.\"example\".org; spf=pass", true },
		{ "a backslash inside", "mx.exa\\mple.org; spf=pass", true },
		{ "a control character inside", "mx.exam\001ple.org; spf=pass",
		    true },
		{ "a control character behind", "mx.example.org\001; spf=pass",
		    true },
		{ "an open comment", "(mx.example.org; spf=pass", true },
		{ "an open quote", "\"mx.example.org; spf=pass", true },
		{ "a soft hyphen inside", "mx.exam\xc2\xadple.org; spf=pass",
		    true },
		{ "full width letters",
		    "\xef\xbd\x8dx.example.org; spf=pass", true },
		{ "a no-break space behind", "mx.example.org\xc2\xa0; spf=pass",
		    true },
		{ "an ideographic space in front",
		    "\xe3\x80\x80mx.example.org; spf=pass", true },
		{ "a no-break space of ISO 8859-1",
		    "mx.example.org\xa0; spf=pass", true },
		{ "a zero-width joiner inside, malformed",
		    "mx.exam\xe2\x80\x8dple.org x; spf=pass", true },
		{ "no id", "; spf=pass", true },
		{ "no id but a result", "spf=pass smtp.mailfrom=a.example",
		    true },
		{ "nothing", "", true },
		{ "a malformed one of U-labels", "b\xc3\xbc" "cher.example x; "
		    "spf=pass", true },
		{ "our id behind 52 words",
		    "a b c d e f g h i j k l m n o p q r s t u v w x y z "
		    "a b c d e f g h i j k l m n o p q r s t u v w x y z "
		    "mx.example.org", true },

		{ "another id", "mx.example.net; spf=pass", false },
		{ "another id of U-labels",
		    "mx.b\xc3\xbc" "cher.example; spf=pass", false },
		{ "an id below", "a.mx.example.org; spf=pass", false },
		{ "an id above", "example.org; spf=pass", false },
		{ "ours at the beginning of another",
		    "mx.example.org.evil.example; spf=pass", false },
		{ "ours in a comment of another",
		    "evil.example (mx.example.org); spf=pass", false },
		{ "ours in a value of another",
		    "evil.example; spf=pass smtp.helo=mx.example.org", false },
		{ "another id and rubbish", "evil.example; ;;= \"", false },
		{ "another id with a word", "evil.example x; spf=pass", false },
		{ "another id with U-labels behind the semicolon, malformed",
		    "evil.example; b\xc3\xbc" "cher x; spf=pass", false },
		{ "ours behind the semicolon of another, malformed",
		    "evil.example; mx.example.org; spf=pass", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (auth_results_is_ours(*state, str_from(cases[i].value),
		    "mx.example.org") != cases[i].wanted)
			fail_msg("%s", cases[i].sentence);
	assert_true(auth_results_is_ours(*state,
	    STR("mx.example.org\0; spf=pass"), "mx.example.org"));
	assert_true(auth_results_is_ours(*state,
	    STR("mx.exam\0ple.org; spf=pass"), "mx.example.org"));
}

static void
an_id_of_u_labels_is_that_of_a_labels_rfc_8616(void **state)
{
	static const char *const ids[] = { "xn--bcher-kva.example",
		"b\xc3\xbc" "cher.example" };

	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		assert_true(auth_results_is_ours(*state,
		    STR("XN--BCHER-KVA.example; spf=pass"), ids[i]));
		assert_true(auth_results_is_ours(*state,
		    STR("B\xc3\x9c" "cher.example; spf=pass"), ids[i]));
		assert_true(auth_results_is_ours(*state,
		    STR("bu\xcc\x88" "cher.example x; spf=pass"), ids[i]));
		assert_false(auth_results_is_ours(*state,
		    STR("bucher.example; spf=pass"), ids[i]));
	}
}

static void
an_id_that_is_no_domain_is_compared_as_text(void **state)
{
	assert_true(auth_results_is_ours(*state, STR("\"The Gate\"; x=pass"),
	    "the gate"));
	assert_false(auth_results_is_ours(*state, STR("\"The Gat\"; x=pass"),
	    "the gate"));
}

static void
a_hundred_kilobytes_of_nonsense_are_judged_at_once(void **state)
{
	static const char *const pieces[] = { "(", "\"", "\\", "a ",
		"\xc3\xbc ", "\xc3\xbc", "a;", "a=b;", "(x)", "a.b=c ", "\n " };
	int64_t start_ms = fixture_cpu_ms();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		struct arena *arena = arena_new(0);
		struct buf value;

		buf_init(&value, arena);
		while (value.len < 100000)
			buf_add_text(&value, pieces[i]);
		auth_results_is_ours(arena, buf_str(&value), "mx.example.org");
		arena_free(&arena);
	}
	assert_true(fixture_cpu_ms() - start_ms < 10000);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(fields_of_ours_from_outside_are_known_rfc_8601_5),
		ARENA_TEST(an_id_of_u_labels_is_that_of_a_labels_rfc_8616),
		ARENA_TEST(an_id_that_is_no_domain_is_compared_as_text),
		ARENA_TEST(a_hundred_kilobytes_of_nonsense_are_judged_at_once),
	};

	return cmocka_run_group_tests_name("auth_results_ours", tests, NULL, NULL);
}
