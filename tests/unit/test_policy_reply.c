/* SPDX-License-Identifier: ISC */
/* test_policy_reply.c - a verdict as the answer that Postfix reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/txn.h"
#include "mail/verdict.h"
#include "mail_site.h"
#include "policyd/reply.h"

#define ID "01ARZ3NDEKTSV4RRFFQ69G5FAV"

static const struct reply later = { 450, "4.7.1", "100 an hour, 100 used" };
static const struct reply never = { 550, "5.7.1", "not here" };
static const struct reply hostile = { 550, "5.7.1",
	"a\r\nb\n\naction=OK\n\n\xc3\xa4\x01" };

static const struct {
	const char *sentence;
	enum decision suggested;
	const struct reply *reply;
	const char *reason;
	bool has_failed;
	const char *enforced;
} replies[] = {
	{ "nothing stands against it", DECISION_HAM, NULL, "fine", false,
	    "DUNNO" },
	{ "a mark is the milter's to set", DECISION_JUNK, NULL, "odd", false,
	    "DUNNO" },
	{ "deferred with the rule's own words", DECISION_DEFER, &later, "x",
	    false, "450 4.7.1 [" ID "] try again later: 100 an hour, 100 "
	    "used" },
	{ "refused with the rule's own words", DECISION_REFUSE, &never, "x",
	    false, "550 5.7.1 [" ID "] refused: not here" },
	{ "refused with its reason", DECISION_REFUSE, NULL, "listed", false,
	    "550 5.7.1 [" ID "] refused: listed" },
	{ "a rule that could not run tells no internals", DECISION_DEFER,
	    NULL, "connect to /run/redis: refused", true,
	    "451 4.7.1 [" ID "] try again later: a check could not run" },
	{ "held, for the administrator's eyes", DECISION_HOLD, NULL,
	    "odd\nOK\n\n", false, "HOLD [" ID "] odd?OK??" },
	{ "words from outside do not end the line", DECISION_REFUSE, &hostile,
	    "x", false, "550 5.7.1 [" ID "] refused: a??b??action=OK?????" },
};

static const struct verdict *
judge(struct txn *txn, size_t i, enum mode mode)
{
	struct findings *findings = arena_alloc(txn->arena,
	    sizeof(*findings));
	struct finding *finding;

	findings_init(findings, txn->arena);
	finding = findings_add(findings, "rule", RESULT_FAIL,
	    replies[i].reason);
	finding->suggested = replies[i].suggested;
	finding->reply = replies[i].reply;
	finding->has_failed = replies[i].has_failed;
	return verdict_of(txn, findings, mode);
}

static void
each_decision_has_its_answer(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
		struct txn *txn = txn_new_small(mail_site(*state, ""), 0);
		struct str action;

		print_message("%s\n", replies[i].sentence);
		memcpy(txn->id, ID, ULID_SIZE);
		action = reply_action(txn, judge(txn, i, MODE_ENFORCE));
		assert_string_equal(str_dup(txn->arena, action),
		    replies[i].enforced);
		txn_free(&txn);
	}
}

/* access(5): after 421 and 521 smtpd hangs up. */
static void
at_the_end_of_a_message_postfix_hangs_up(void **state)
{
	static const struct {
		int code, at_end;
	} codes[] = { { 450, 421 }, { 451, 421 }, { 421, 421 }, { 550, 521 },
		{ 554, 521 } };

	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		const struct reply reply = { codes[i].code, "x.7.1", "text" };
		const struct reply *last = reply_at_end(*state, &reply);

		assert_int_equal(last->code, codes[i].at_end);
		assert_string_equal(last->enhanced, "x.7.1");
		assert_string_equal(last->text, "text");
	}
}

static void
observe_mode_answers_dunno_whatever_was_found(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
		struct txn *txn = txn_new_small(mail_site(*state, ""), 0);

		assert_true(str_is(reply_action(txn, judge(txn, i,
		    MODE_OBSERVE)), "DUNNO"));
		txn_free(&txn);
	}
}

static void
an_answer_is_one_line_and_an_empty_one(void **state)
{
	struct txn *txn = txn_new_small(mail_site(*state, ""), 0);

	assert_true(str_is(reply_bytes(txn, STR("DUNNO")),
	    "action=DUNNO\n\n"));
	assert_string_equal(REPLY_UNREAD, "action=DUNNO\n\n");
	txn_free(&txn);
}

static void
a_long_reason_does_not_exceed_what_postfix_reads(void **state)
{
	struct arena *arena = *state;
	struct txn *txn = txn_new_small(mail_site(arena, ""), 0);
	struct finding cause = { .check = "rule",
		.reason = fixture_repeat(arena, "word ", 1000).data };
	struct verdict verdict = { .done = DECISION_HOLD, .cause = &cause };

	assert_in_range(reply_action(txn, &verdict).len, 400, 600);
	txn_free(&txn);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(each_decision_has_its_answer),
		ARENA_TEST(at_the_end_of_a_message_postfix_hangs_up),
		ARENA_TEST(observe_mode_answers_dunno_whatever_was_found),
		ARENA_TEST(an_answer_is_one_line_and_an_empty_one),
		ARENA_TEST(a_long_reason_does_not_exceed_what_postfix_reads),
	};

	return cmocka_run_group_tests_name("policy_reply", tests, NULL, NULL);
}
