/* SPDX-License-Identifier: ISC */
/* test_policy_answer.c - what is read of a policy service's answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "daemon/policy_answer.h"
#include "fixture.h"

#define ID "01M7ZRW421G6DG4BNFKKXJ952V"

static const struct {
	const char *sentence, *text;
	enum decision decision;
	struct reply reply;
} cases[] = {
	{ "DUNNO is no objection", "action=DUNNO\n\n", DECISION_HAM,
	    { 0, NULL, "" } },
	{ "in any case", "action=dunno\n\n", DECISION_HAM, { 0, NULL, "" } },
	{ "other lines are passed over", "note=x\naction=DUNNO\n\n",
	    DECISION_HAM, { 0, NULL, "" } },
	{ "the first action counts", "action=DUNNO\naction=550 no\n\n",
	    DECISION_HAM, { 0, NULL, "" } },
	{ "HOLD with our words", "action=HOLD [" ID "] limit reached\n\n",
	    DECISION_HOLD, { 0, NULL, "limit reached" } },
	{ "HOLD without", "action=HOLD\n\n", DECISION_HOLD, { 0, NULL, "" } },
	{ "450 with id and outcome, which the milter writes itself",
	    "action=450 4.7.1 [" ID "] try again later: limit reached\n\n",
	    DECISION_DEFER, { 450, "4.7.1", "limit reached" } },
	{ "550 likewise", "action=550 5.7.1 [" ID "] refused: go away\n\n",
	    DECISION_REFUSE, { 550, "5.7.1", "go away" } },
	{ "421, with which smtpd hangs up", "action=421 4.7.1 later\n\n",
	    DECISION_DEFER, { 450, "4.7.1", "later" } },
	{ "521 likewise", "action=521 5.7.1 no\n\n", DECISION_REFUSE,
	    { 550, "5.7.1", "no" } },
	{ "452 4.2.2 keeps its enhanced code (RFC 3463 2)",
	    "action=452 4.2.2 full\n\n", DECISION_DEFER,
	    { 450, "4.2.2", "full" } },
	{ "a code alone", "action=550\n\n", DECISION_REFUSE,
	    { 550, "5.7.1", "" } },
	{ "an enhanced code of another class is text",
	    "action=450 5.7.1 odd\n\n", DECISION_DEFER,
	    { 450, "4.7.1", "5.7.1 odd" } },
	{ "two numbers are no enhanced code", "action=450 4.7 odd\n\n",
	    DECISION_DEFER, { 450, "4.7.1", "4.7 odd" } },
	{ "nor are four", "action=450 4.7.1.1 odd\n\n", DECISION_DEFER,
	    { 450, "4.7.1", "4.7.1.1 odd" } },
	{ "nor are 1000", "action=450 4.7.1000 odd\n\n", DECISION_DEFER,
	    { 450, "4.7.1", "4.7.1000 odd" } },
	{ "brackets around something else stay",
	    "action=450 4.7.1 [192.0.2.1] is listed\n\n", DECISION_DEFER,
	    { 450, "4.7.1", "[192.0.2.1] is listed" } },
	{ "so do brackets around 26 other bytes",
	    "action=450 4.7.1 [abcdefghijklmnopqrstuvwxyz] x\n\n",
	    DECISION_DEFER, { 450, "4.7.1",
	    "[abcdefghijklmnopqrstuvwxyz] x" } },
	{ "what is not printable is replaced",
	    "action=450 4.7.1 a\x01" "b\xc3\xa4\n\n", DECISION_DEFER,
	    { 450, "4.7.1", "a?b??" } },
};

static const struct {
	const char *sentence, *text;
} nonsense[] = {
	{ "no action", "hello\n\n" },
	{ "nothing at all", "\n\n" },
	{ "an action without a word", "action=\n\n" },
	{ "OK, which policyd never says", "action=OK\n\n" },
	{ "a restriction of Postfix's", "action=PREPEND X-Y: z\n\n" },
	{ "a code that accepts", "action=250 2.0.0 fine\n\n" },
	{ "a code that does not exist", "action=600 6.0.0 what\n\n" },
	{ "four digits", "action=4500 4.7.1 what\n\n" },
	{ "a sign", "action=+450 4.7.1 what\n\n" },
};

static void
answers_are_read(void **state)
{
	struct policy_answer got;
	const char *error;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct reply *wanted = &cases[i].reply;

		print_message("%s\n", cases[i].sentence);
		assert_int_equal(policy_answer_len(str_from(cases[i].text)),
		    strlen(cases[i].text));
		assert_int_equal(policy_answer_parse(*state,
		    str_from(cases[i].text), &got, &error), 0);
		assert_int_equal(got.decision, cases[i].decision);
		assert_int_equal(got.reply.code, wanted->code);
		if (wanted->enhanced != NULL)
			assert_string_equal(got.reply.enhanced,
			    wanted->enhanced);
		assert_string_equal(got.reply.text, wanted->text);
	}
}

static void
nonsense_is_an_error(void **state)
{
	struct policy_answer got;
	const char *error;

	for (size_t i = 0; i < ARRAY_LEN(nonsense); i++) {
		print_message("%s\n", nonsense[i].sentence);
		assert_int_equal(policy_answer_parse(*state,
		    str_from(nonsense[i].text), &got, &error), -1);
		assert_string_equal(error, "an answer that makes no sense");
	}
}

static void
an_answer_ends_with_its_empty_line(void **state)
{
	(void)state;
	assert_int_equal(policy_answer_len(STR("")), 0);
	assert_int_equal(policy_answer_len(STR("action=DUNNO\n")), 0);
	assert_int_equal(policy_answer_len(STR("a\n\nb\n\n")), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(answers_are_read),
		ARENA_TEST(nonsense_is_an_error),
		ARENA_TEST(an_answer_ends_with_its_empty_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
