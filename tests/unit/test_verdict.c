/* SPDX-License-Identifier: ISC */
/* test_verdict.c - which finding decides, for whom, and in what words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/txn.h"
#include "mail/verdict.h"
#include "mail_site.h"

static const char configuration[] =
    "class quiet { junk no; }\n"
    "domain ours.example { }\n"
    "user quiet@ours.example { class quiet; }\n";

static const struct reply too_many = { 554, "5.6.0", "three authors" };
static const struct reply later = { 452, "4.3.1", "the disk is full" };

#define ONE "<a@ours.example>"
#define QUIET "<quiet@ours.example>"
#define MASTER "<Postmaster@ours.example>"
#define ABUSE "<abuse@ours.example>"

struct row {
	const char *why;
	struct finding findings[3];	/* up to the first without a check */
	const char *rcpts[3];
	enum mode mode;
	enum decision decision, done;
	double score;
	const char *sentence;
	int code;			/* 0: no reply */
	const char *enhanced;
	const char *words;		/* behind "[id] " */
};

#define FINDING(name, why, ask, ...) \
	{ .check = name, .reason = why, .suggested = ask, __VA_ARGS__ }

static const struct row rows[] = {
	{ "no finding", { { 0 } }, { ONE }, MODE_ENFORCE,
	    DECISION_HAM, DECISION_HAM, 0,
	    "delivered: no check objects", 0, NULL, NULL },
	{ "findings that ask for nothing", {
	    FINDING("a", "fine", DECISION_HAM, .score = -1.5),
	    FINDING("b", "so so", DECISION_HAM, .score = 2) },
	    { ONE }, MODE_ENFORCE, DECISION_HAM, DECISION_HAM, 0.5,
	    "delivered: no check objects", 0, NULL, NULL },
	{ "a sum of decimal fractions is one", {
	    FINDING("a", "odd", DECISION_HAM, .score = 0.1),
	    FINDING("b", "so so", DECISION_HAM, .score = 0.2) },
	    { ONE }, MODE_ENFORCE, DECISION_HAM, DECISION_HAM, 0.3,
	    "delivered: no check objects", 0, NULL, NULL },
	{ "one below zero too", {
	    FINDING("a", "good", DECISION_HAM, .score = -1.1),
	    FINDING("b", "better", DECISION_HAM, .score = -2.2) },
	    { ONE }, MODE_ENFORCE, DECISION_HAM, DECISION_HAM, -3.3,
	    "delivered: no check objects", 0, NULL, NULL },
	{ "the strongest decides", {
	    FINDING("a", "junky", DECISION_JUNK),
	    FINDING("from_header", "3 From fields", DECISION_REFUSE),
	    FINDING("c", "slow", DECISION_DEFER) },
	    { ONE }, MODE_ENFORCE, DECISION_REFUSE, DECISION_REFUSE, 0,
	    "refused because from_header: 3 From fields",
	    550, "5.7.1", "refused: 3 From fields" },
	{ "among equals the first", {
	    FINDING("a", "one", DECISION_DEFER),
	    FINDING("b", "two", DECISION_DEFER) },
	    { ONE }, MODE_ENFORCE, DECISION_DEFER, DECISION_DEFER, 0,
	    "deferred because a: one",
	    451, "4.7.1", "try again later: one" },
	{ "a dry run decides nothing and scores nothing", {
	    FINDING("a", "bad", DECISION_REFUSE, .score = 9,
		.is_dry_run = true),
	    FINDING("b", "odd", DECISION_JUNK, .score = 1) },
	    { ONE }, MODE_ENFORCE, DECISION_JUNK, DECISION_JUNK, 1,
	    "marked as junk because b: odd; without its dry run it would be "
	    "refused because a: bad", 0, NULL, NULL },
	{ "a dry run alone", {
	    FINDING("a", "bad", DECISION_REFUSE, .is_dry_run = true) },
	    { ONE }, MODE_ENFORCE, DECISION_HAM, DECISION_HAM, 0,
	    "delivered: no check objects; without its dry run it would be "
	    "refused because a: bad", 0, NULL, NULL },
	{ "observe mode", {
	    FINDING("a", "bad", DECISION_REFUSE) },
	    { ONE }, MODE_OBSERVE, DECISION_REFUSE, DECISION_HAM, 0,
	    "would be refused because a: bad (observe mode: delivered)",
	    550, "5.7.1", "refused: bad" },
	{ "observe mode without an objection", { { 0 } },
	    { ONE }, MODE_OBSERVE, DECISION_HAM, DECISION_HAM, 0,
	    "delivered: no check objects", 0, NULL, NULL },
	{ "a reply of its own", {
	    FINDING("a", "detail for the admin", DECISION_REFUSE,
		.reply = &too_many) },
	    { ONE }, MODE_ENFORCE, DECISION_REFUSE, DECISION_REFUSE, 0,
	    "refused because a: detail for the admin",
	    554, "5.6.0", "refused: three authors" },
	{ "a deferral of its own", {
	    FINDING("limits", "no space left on device", DECISION_DEFER,
		.reply = &later) },
	    { ONE }, MODE_ENFORCE, DECISION_DEFER, DECISION_DEFER, 0,
	    "deferred because limits: no space left on device",
	    452, "4.3.1", "try again later: the disk is full" },
	{ "a check that failed tells strangers nothing more", {
	    FINDING("dkim", "/etc/keys/x.pem: permission denied",
		DECISION_DEFER, .has_failed = true) },
	    { ONE }, MODE_ENFORCE, DECISION_DEFER, DECISION_DEFER, 0,
	    "deferred because dkim: /etc/keys/x.pem: permission denied",
	    451, "4.7.1", "try again later: a check could not run" },
	{ "a check that failed and asks for nothing", {
	    FINDING("dkim", "no answer in time", DECISION_HAM,
		.has_failed = true) },
	    { ONE }, MODE_ENFORCE, DECISION_HAM, DECISION_HAM, 0,
	    "delivered: no check objects", 0, NULL, NULL },
	{ "no reason", {
	    FINDING("a", NULL, DECISION_REFUSE) },
	    { ONE }, MODE_ENFORCE, DECISION_REFUSE, DECISION_REFUSE, 0,
	    "refused because a", 550, "5.7.1", "refused: a" },
	{ "what a stranger wrote is made fit for a reply", {
	    FINDING("a", "bad\r\n250 ok\t\303\244\177%s", DECISION_REFUSE) },
	    { ONE }, MODE_ENFORCE, DECISION_REFUSE, DECISION_REFUSE, 0,
	    "refused because a: bad\r\n250 ok\t\303\244\177%s",
	    550, "5.7.1", "refused: bad??250 ok????%s" },
	{ "held", {
	    FINDING("a", "look at it", DECISION_HOLD) },
	    { ONE }, MODE_ENFORCE, DECISION_HOLD, DECISION_HOLD, 0,
	    "held because a: look at it", 0, NULL, NULL },
	{ "a postmaster is spared the refusal", {
	    FINDING("a", "bad", DECISION_REFUSE) },
	    { MASTER, ABUSE }, MODE_ENFORCE, DECISION_JUNK, DECISION_JUNK, 0,
	    "marked as junk instead of refused, being for a postmaster, "
	    "because a: bad", 0, NULL, NULL },
	{ "a postmaster is spared the deferral", {
	    FINDING("a", "slow", DECISION_DEFER) },
	    { "<postmaster>" }, MODE_ENFORCE, DECISION_JUNK, DECISION_JUNK,
	    0, "marked as junk instead of deferred, being for a postmaster, "
	    "because a: slow", 0, NULL, NULL },
	{ "a postmaster's mail that was not examined comes again", {
	    FINDING("a", "bad", DECISION_REFUSE),
	    FINDING("b", "broken", DECISION_REFUSE, .has_failed = true,
		.reply = &too_many) },
	    { MASTER }, MODE_ENFORCE, DECISION_DEFER, DECISION_DEFER, 0,
	    "deferred instead of refused, being for a postmaster, because b: "
	    "broken", 451, "4.7.1", "try again later: three authors" },
	{ "a postmaster among others is not", {
	    FINDING("a", "bad", DECISION_REFUSE) },
	    { MASTER, ONE }, MODE_ENFORCE, DECISION_REFUSE, DECISION_REFUSE,
	    0, "refused because a: bad", 550, "5.7.1", "refused: bad" },
	{ "a postmaster's junk is junk", {
	    FINDING("a", "odd", DECISION_JUNK) },
	    { MASTER }, MODE_ENFORCE, DECISION_JUNK, DECISION_JUNK, 0,
	    "marked as junk because a: odd", 0, NULL, NULL },
	{ "no recipient is no postmaster", {
	    FINDING("a", "bad", DECISION_REFUSE) },
	    { NULL }, MODE_ENFORCE, DECISION_REFUSE, DECISION_REFUSE, 0,
	    "refused because a: bad", 550, "5.7.1", "refused: bad" },
	{ "a name that begins like a postmaster's", {
	    FINDING("a", "bad", DECISION_REFUSE) },
	    { "<postmasters@ours.example>" }, MODE_ENFORCE, DECISION_REFUSE,
	    DECISION_REFUSE, 0, "refused because a: bad",
	    550, "5.7.1", "refused: bad" },
};

static struct txn *
new_txn(const struct site *site, const char *const *rcpts)
{
	struct txn *txn = txn_new(site, 0);
	const char *error;

	for (size_t i = 0; i < 3 && rcpts[i] != NULL; i++)
		assert_int_equal(txn_add_rcpt(txn, rcpts[i], &error), 0);
	return txn;
}

static void
check_reply(const struct txn *txn, const struct row *row,
    const struct reply *reply)
{
	if (row->code == 0) {
		assert_null(reply);
		return;
	}
	assert_non_null(reply);
	assert_int_equal(reply->code, row->code);
	assert_string_equal(reply->enhanced, row->enhanced);
	assert_int_equal(reply->text[0], '[');
	assert_memory_equal(reply->text + 1, txn->id, strlen(txn->id));
	assert_memory_equal(reply->text + strlen(txn->id) + 1, "] ", 2);
	assert_string_equal(reply->text + strlen(txn->id) + 3, row->words);
}

static void
the_strongest_suggestion_decides(void **state)
{
	struct arena *arena = *state;
	const struct site *site = mail_site(arena, configuration);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		struct txn *txn = new_txn(site, row->rcpts);
		const struct verdict *verdict;
		struct findings findings;

		print_message("%s\n", row->why);
		findings_init(&findings, txn->arena);
		for (size_t f = 0; f < 3 && row->findings[f].check != NULL;
		    f++)
			*findings_add(&findings, "", RESULT_NONE, "") =
			    row->findings[f];
		verdict = verdict_of(txn, &findings, row->mode);
		assert_int_equal(verdict->mode, row->mode);
		assert_int_equal(verdict->decision, row->decision);
		assert_int_equal(verdict->done, row->done);
		assert_true(verdict->score == row->score);
		assert_string_equal(verdict->sentence, row->sentence);
		check_reply(txn, row, verdict->reply);
		for (size_t r = 0; r < txn->rcpts.len; r++)
			assert_int_equal(verdict->rcpts[r].decision,
			    row->decision);
		txn_free(&txn);
	}
}

static void
junk_is_ham_for_whom_wants_no_marks_and_refused_is_refused_for_all(
    void **state)
{
	static const char *const rcpts[] = { ONE, QUIET, NULL };
	static const struct {
		enum decision asked, one, quiet;
	} cases[] = {
		{ DECISION_HAM, DECISION_HAM, DECISION_HAM },
		{ DECISION_JUNK, DECISION_JUNK, DECISION_HAM },
		{ DECISION_HOLD, DECISION_HOLD, DECISION_HOLD },
		{ DECISION_DEFER, DECISION_DEFER, DECISION_DEFER },
		{ DECISION_REFUSE, DECISION_REFUSE, DECISION_REFUSE },
	};
	struct arena *arena = arena_new(0);
	const struct site *site = mail_site(arena, configuration);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct txn *txn = new_txn(site, rcpts);
		const struct verdict *verdict;
		struct findings findings;

		findings_init(&findings, txn->arena);
		findings_add(&findings, "a", RESULT_FAIL, "why")->suggested =
		    cases[i].asked;
		verdict = verdict_of(txn, &findings, MODE_ENFORCE);
		assert_int_equal(verdict->rcpts[0].decision, cases[i].one);
		assert_int_equal(verdict->rcpts[1].decision, cases[i].quiet);
		assert_null(verdict->rcpts[1].reply);
		txn_free(&txn);
	}
	arena_free(&arena);
}

/* DESIGN 5.17: one header set for all. */
static void
where_recipients_differ_who_would_refuse_gets_junk(void **state)
{
	static const char *const rcpts[] = { ONE, QUIET,
		"<b@ours.example>", NULL };
	static const enum decision asks[] = { DECISION_REFUSE,
		DECISION_REFUSE, DECISION_HAM };
	static const struct {
		const char *sentence;
		enum decision other;	/* asked for by another check */
		bool is_dry_run;	/* the one that differs */
		enum decision message, rcpts[3], asked[3];
	} cases[] = {
		{ "junk, ham for `junk no`, ham for whom nobody objects",
		    DECISION_HAM, false, DECISION_JUNK,
		    { DECISION_JUNK, DECISION_HAM, DECISION_HAM },
		    { DECISION_REFUSE, DECISION_REFUSE, DECISION_HAM } },
		{ "another check finds junk: so it is for all",
		    DECISION_JUNK, false, DECISION_JUNK,
		    { DECISION_JUNK, DECISION_HAM, DECISION_JUNK },
		    { DECISION_REFUSE, DECISION_REFUSE, DECISION_JUNK } },
		{ "another check refuses: so it is refused for all",
		    DECISION_REFUSE, false, DECISION_REFUSE,
		    { DECISION_REFUSE, DECISION_REFUSE, DECISION_REFUSE },
		    { DECISION_REFUSE, DECISION_REFUSE, DECISION_REFUSE } },
		{ "a dry run asks for nothing", DECISION_HAM, true,
		    DECISION_HAM, { DECISION_HAM, DECISION_HAM,
		    DECISION_HAM }, { DECISION_HAM, DECISION_HAM,
		    DECISION_HAM } },
	};
	struct arena *arena = *state;
	const struct site *site = mail_site(arena, configuration);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct txn *txn = new_txn(site, rcpts);
		const struct verdict *verdict;
		struct findings findings;
		struct finding *finding;

		print_message("%s\n", cases[i].sentence);
		findings_init(&findings, txn->arena);
		finding = findings_add(&findings, "a", RESULT_FAIL, "why");
		finding->suggested = DECISION_JUNK;
		finding->rcpts = asks;
		finding->is_dry_run = cases[i].is_dry_run;
		findings_add(&findings, "b", RESULT_FAIL, "too")->suggested =
		    cases[i].other;
		verdict = verdict_of(txn, &findings, MODE_ENFORCE);
		assert_int_equal(verdict->decision, cases[i].message);
		for (size_t r = 0; r < 3; r++) {
			assert_int_equal(verdict->rcpts[r].decision,
			    cases[i].rcpts[r]);
			assert_int_equal(verdict->rcpts[r].asked,
			    cases[i].asked[r]);
		}
		txn_free(&txn);
	}
}

static void
the_words_of_a_reply_fit_into_one_line(void **state)
{
	static const char *const rcpts[] = { ONE, NULL, NULL };
	struct arena *arena = *state;
	struct txn *txn = new_txn(mail_site(arena, ""), rcpts);
	char *reason = arena_alloc(arena, 5001);
	struct findings findings;

	memset(reason, 'x', 5000);
	reason[5000] = '\0';
	findings_init(&findings, txn->arena);
	findings_add(&findings, "a", RESULT_FAIL, reason)->suggested =
	    DECISION_REFUSE;
	/* 512 octets with "550 5.7.1 " and CRLF (RFC 5321 4.5.3.1.5). */
	assert_in_range(strlen(verdict_of(txn, &findings,
	    MODE_ENFORCE)->reply->text), 400, 500);
	txn_free(&txn);
}

static void
the_cause_is_the_finding_that_decided(void **state)
{
	static const char *const rcpts[] = { ONE, NULL, NULL };
	struct arena *arena = *state;
	struct txn *txn = new_txn(mail_site(arena, ""), rcpts);
	struct findings findings;

	findings_init(&findings, txn->arena);
	findings_add(&findings, "a", RESULT_FAIL, "one");
	assert_null(verdict_of(txn, &findings, MODE_ENFORCE)->cause);
	findings_add(&findings, "b", RESULT_FAIL, "two")->suggested =
	    DECISION_JUNK;
	assert_ptr_equal(verdict_of(txn, &findings, MODE_ENFORCE)->cause,
	    vec_at(&findings.items, 1));
	txn_free(&txn);
}

static void
who_sends_out_is_not_spared_for_writing_to_abuse(void **state)
{
	static const char *const rcpts[3] = { "<abuse@other.example>" };
	struct arena *arena = *state;
	struct txn *txn = new_txn(mail_site(arena, configuration), rcpts);
	struct findings findings;

	findings_init(&findings, txn->arena);
	findings_add(&findings, "a", RESULT_FAIL, "bad")->suggested =
	    DECISION_REFUSE;
	txn->direction = DIRECTION_OUTBOUND;
	assert_int_equal(verdict_of(txn, &findings, MODE_ENFORCE)->decision,
	    DECISION_REFUSE);
	txn->direction = DIRECTION_INBOUND;
	assert_int_equal(verdict_of(txn, &findings, MODE_ENFORCE)->decision,
	    DECISION_JUNK);
	txn_free(&txn);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(
		    who_sends_out_is_not_spared_for_writing_to_abuse),
		ARENA_TEST(the_strongest_suggestion_decides),
		ARENA_TEST(
		    where_recipients_differ_who_would_refuse_gets_junk),
		cmocka_unit_test(
	    junk_is_ham_for_whom_wants_no_marks_and_refused_is_refused_for_all),
		ARENA_TEST(the_words_of_a_reply_fit_into_one_line),
		ARENA_TEST(the_cause_is_the_finding_that_decided),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
