/* SPDX-License-Identifier: ISC */
/* test_verdict_score.c - what a sum of scores asks for, for whom, in what words. */
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
#include "mail/verdict_score.h"
#include "mail_site.h"

static const char configuration[] =
    "class quiet { junk no; }\n"
    "class never { junk_score 0; refuse_score 0; }\n"
    "class early { junk_score 2; refuse_score 6; }\n"
    "class half { junk_score 2.5; }\n"
    "class watched { score_submitted yes; refuse_score 8; }\n"
    "domain ours.example { }\n"
    "user quiet@ours.example { class quiet; }\n"
    "user never@ours.example { class never; }\n"
    "user early@ours.example { class early; }\n"
    "user half@ours.example { class half; }\n"
    "user watched@ours.example { class watched; }\n";

#define ONE "<a@ours.example>"
#define TWO "<b@ours.example>"
#define QUIET "<quiet@ours.example>"
#define NEVER "<never@ours.example>"
#define EARLY "<early@ours.example>"
#define HALF "<half@ours.example>"
#define WATCHED "<watched@ours.example>"
#define MASTER "<postmaster@ours.example>"

#define GAVE(name, why, points, ...) \
	{ .check = name, .reason = why, .score = points, __VA_ARGS__ }

struct row {
	const char *why;
	struct finding findings[5];	/* up to the first without a check */
	const char *rcpts[3];
	const char *sender;		/* NULL: the null sender */
	enum direction direction;
	enum decision decision;
	const char *sentence;
	const char *reply;		/* behind "[id] "; NULL: none */
	enum decision rcpt_decisions[3];
	const char *without;
};

static const struct row rows[] = {
	{ "a bound need not be a whole number", { GAVE("A", "one", 2.75) },
	    { HALF }, NULL, DIRECTION_INBOUND, DECISION_JUNK,
	    "marked as junk because score: 2.8 of 2.5: A one", NULL,
	    { DECISION_JUNK }, "without A it would be delivered" },
	{ "below both", { GAVE("A", "one", 4.9) }, { ONE }, NULL,
	    DIRECTION_INBOUND, DECISION_HAM, "delivered: no check objects",
	    NULL, { DECISION_HAM }, NULL },
	{ "junk is reached", { GAVE("A", "one", 4), GAVE("B", "two", 1) },
	    { ONE }, NULL, DIRECTION_INBOUND, DECISION_JUNK,
	    "marked as junk because score: 5.0 of 5: A one; B two", NULL,
	    { DECISION_JUNK }, "without A it would be delivered" },
	{ "sums of decimal fractions reach what people mean", {
	    GAVE("A", NULL, 4.1), GAVE("B", NULL, 0.8),
	    GAVE("C", NULL, 0.1) }, { ONE }, NULL, DIRECTION_INBOUND,
	    DECISION_JUNK, "marked as junk because score: 5.0 of 5: A; B; C",
	    NULL, { DECISION_JUNK }, "without A it would be delivered" },
	{ "refused, by the three strongest in their order", {
	    GAVE("A", "one", 2), GAVE("B", "two", 9), GAVE("C", "three", 3),
	    GAVE("D", "four", 2.2), GAVE("E", "good", -1) }, { ONE }, NULL,
	    DIRECTION_INBOUND, DECISION_REFUSE,
	    "refused because score: 15.2 of 15: B two; C three; D four",
	    "refused: score 15.2 of 15: B two; C three; D four",
	    { DECISION_REFUSE }, "without B it would be junk" },
	{ "what speaks for it counts", {
	    GAVE("A", "one", 6), GAVE("B", "known", -2) }, { ONE }, NULL,
	    DIRECTION_INBOUND, DECISION_HAM, "delivered: no check objects",
	    NULL, { DECISION_HAM }, NULL },
	{ "a dry run counts not, and is told", {
	    GAVE("A", "one", 3), GAVE("B", "two", 20, .is_dry_run = true) },
	    { ONE }, NULL, DIRECTION_INBOUND, DECISION_HAM,
	    "delivered: no check objects; without its dry run it would be "
	    "refused because score: 23.0 of 15: B two; A one", NULL,
	    { DECISION_HAM }, NULL },
	{ "one refuses, another has junk: junk for both (DESIGN 5.17)", {
	    GAVE("A", "one", 7) }, { ONE, EARLY }, NULL, DIRECTION_INBOUND,
	    DECISION_JUNK, "marked as junk because score: 7.0 of 6: A one",
	    NULL, { DECISION_JUNK, DECISION_JUNK },
	    "without A it would be delivered" },
	{ "one wants no score to decide: it has the message", {
	    GAVE("A", "one", 99) }, { ONE, NEVER }, NULL,
	    DIRECTION_INBOUND, DECISION_JUNK,
	    "marked as junk because score: 99.0 of 15: A one", NULL,
	    { DECISION_JUNK, DECISION_HAM },
	    "without A it would be delivered" },
	{ "that one alone", { GAVE("A", "one", 99) }, { NEVER }, NULL,
	    DIRECTION_INBOUND, DECISION_HAM, "delivered: no check objects",
	    NULL, { DECISION_HAM }, NULL },
	{ "who wants no marks has no junk", { GAVE("A", "one", 6) },
	    { ONE, QUIET }, NULL, DIRECTION_INBOUND, DECISION_JUNK,
	    "marked as junk because score: 6.0 of 5: A one", NULL,
	    { DECISION_JUNK, DECISION_HAM },
	    "without A it would be delivered" },
	{ "all refuse, each from its own on", { GAVE("A", "one", 16) },
	    { EARLY, ONE, TWO }, NULL, DIRECTION_INBOUND, DECISION_REFUSE,
	    "refused because score: 16.0 of 15: A one",
	    "refused: score 16.0 of 15: A one", { DECISION_REFUSE,
	    DECISION_REFUSE, DECISION_REFUSE },
	    "without A it would be delivered" },
	{ "a postmaster is not refused (DESIGN 5.18)", {
	    GAVE("A", "one", 50) }, { MASTER }, NULL, DIRECTION_INBOUND,
	    DECISION_JUNK, "marked as junk instead of refused, being for a "
	    "postmaster, because score: 50.0 of 15: A one", NULL,
	    { DECISION_JUNK }, "without A it would be delivered" },
	{ "what is submitted is not judged by score", {
	    GAVE("A", "one", 50) }, { "<x@there.example>" }, ONE,
	    DIRECTION_OUTBOUND, DECISION_HAM, "delivered: no check objects",
	    NULL, { DECISION_HAM }, NULL },
	{ "nor what one of ours writes to another", {
	    GAVE("A", "one", 50) }, { TWO }, ONE, DIRECTION_INTERNAL,
	    DECISION_HAM, "delivered: no check objects", NULL,
	    { DECISION_HAM }, NULL },
	{ "unless the sender's policy says so", { GAVE("A", "one", 8) },
	    { "<x@there.example>" }, WATCHED, DIRECTION_OUTBOUND,
	    DECISION_REFUSE, "refused because score: 8.0 of 8: A one",
	    "refused: score 8.0 of 8: A one", { DECISION_REFUSE },
	    "without A it would be delivered" },
	{ "which makes nothing junk that leaves", { GAVE("A", "one", 7) },
	    { "<x@there.example>" }, WATCHED, DIRECTION_OUTBOUND,
	    DECISION_HAM, "delivered: no check objects", NULL,
	    { DECISION_HAM }, NULL },
	{ "what is sent on was judged when it came", {
	    GAVE("A", "one", 50) }, { "<x@there.example>" }, NULL,
	    DIRECTION_FORWARDED, DECISION_HAM,
	    "delivered: no check objects", NULL, { DECISION_HAM }, NULL },
	{ "to nobody: the global values hold", { GAVE("A", "one", 6) },
	    { NULL }, NULL, DIRECTION_INBOUND, DECISION_JUNK,
	    "marked as junk because score: 6.0 of 5: A one", NULL,
	    { DECISION_HAM }, "without A it would be delivered" },
	{ "a check that refuses goes before it", {
	    GAVE("A", "one", 16), GAVE("dmarc", "forged", 0,
		.suggested = DECISION_REFUSE) }, { ONE }, NULL,
	    DIRECTION_INBOUND, DECISION_REFUSE,
	    "refused because dmarc: forged", "refused: forged",
	    { DECISION_REFUSE },
	    "without dmarc and A it would be delivered" },
	{ "among equals the first is named", {
	    GAVE("A", "one", 4), GAVE("B", "two", 4), GAVE("C", "three", 4),
	    GAVE("D", "four", 4) }, { ONE }, NULL, DIRECTION_INBOUND,
	    DECISION_REFUSE, "refused because score: 16.0 of 15: A one; B "
	    "two; C three", "refused: score 16.0 of 15: A one; B two; C "
	    "three", { DECISION_REFUSE }, "without A it would be junk" },
	{ "an objection that is no score", {
	    GAVE("A", "one", 0, .suggested = DECISION_JUNK),
	    GAVE("B", "two", 0, .suggested = DECISION_JUNK) }, { ONE },
	    NULL, DIRECTION_INBOUND, DECISION_JUNK,
	    "marked as junk because A: one", NULL, { DECISION_JUNK },
	    "without A and B it would be delivered" },
};

static struct txn *
new_txn(const struct site *site, const struct row *row)
{
	struct txn *txn = txn_new(site, 0);
	const char *error;

	for (size_t i = 0; i < 3 && row->rcpts[i] != NULL; i++)
		assert_int_equal(txn_add_rcpt(txn, row->rcpts[i], &error), 0);
	if (row->sender != NULL)
		assert_int_equal(txn_set_sender(txn, row->sender, &error), 0);
	txn->direction = row->direction;
	return txn;
}

static void
fill(struct findings *findings, struct txn *txn, const struct row *row)
{
	findings_init(findings, txn->arena);
	for (size_t f = 0; f < ARRAY_LEN(row->findings) &&
	    row->findings[f].check != NULL; f++)
		*findings_add(findings, "", RESULT_NONE, "") =
		    row->findings[f];
}

static void
check_row(const struct site *site, const struct row *row)
{
	struct txn *txn = new_txn(site, row);
	const struct verdict *verdict;
	struct findings findings;
	const char *without;

	print_message("%s\n", row->why);
	fill(&findings, txn, row);
	verdict_add_score(txn, &findings);
	verdict = verdict_of(txn, &findings, MODE_ENFORCE);
	assert_int_equal(verdict->decision, row->decision);
	assert_string_equal(verdict->sentence, row->sentence);
	if (row->reply != NULL)
		assert_string_equal(verdict->reply->text + strlen(txn->id) +
		    3, row->reply);
	else
		assert_null(verdict->reply);
	for (size_t r = 0; r < txn->rcpts.len; r++)
		assert_int_equal(verdict->rcpts[r].decision,
		    row->rcpt_decisions[r]);
	without = verdict_without(txn, &findings, verdict);
	if (row->without != NULL)
		assert_string_equal(without, row->without);
	else
		assert_null(without);
	txn_free(&txn);
}

static void
the_sum_asks_for_what_each_recipient_says(void **state)
{
	struct arena *arena = *state;
	const struct site *site = mail_site(arena, configuration);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_row(site, &rows[i]);
}

static void
no_ten_findings_less_change_it(void **state)
{
	const struct row row = { .rcpts = { ONE } };
	struct arena *arena = *state;
	struct txn *txn = new_txn(mail_site(arena, configuration), &row);
	struct findings findings;

	findings_init(&findings, txn->arena);
	for (int i = 0; i < 40; i++)
		findings_add(&findings, "A", RESULT_FAIL, NULL)->score = 1;
	verdict_add_score(txn, &findings);
	assert_null(verdict_without(txn, &findings, verdict_of(txn,
	    &findings, MODE_ENFORCE)));
	txn_free(&txn);
}

static void
long_reasons_are_cut_between_characters(void **state)
{
	const struct row row = { .rcpts = { ONE } };
	struct arena *arena = *state;
	struct txn *txn = new_txn(mail_site(arena, configuration), &row);
	char reason[301];
	struct findings findings;
	const char *sentence;

	/* The limit of 90 octets falls into the second octet of one. */
	reason[0] = 'x';
	for (size_t i = 1; i + 1 < sizeof(reason); i++)
		reason[i] = (i & 1) != 0 ? '\303' : '\244';
	reason[sizeof(reason) - 1] = '\0';
	findings_init(&findings, txn->arena);
	findings_add(&findings, "A", RESULT_FAIL, reason)->score = 6;
	verdict_add_score(txn, &findings);
	sentence = verdict_of(txn, &findings, MODE_ENFORCE)->sentence;
	assert_non_null(strstr(sentence, "\303\244..."));
	assert_in_range(strlen(sentence), 100, 160);
	txn_free(&txn);
}

static void
bounds_are_those_of_whom_it_is_for(void **state)
{
	static const struct {
		struct row row;
		struct score_bounds bounds;
	} cases[] = {
		{ { .rcpts = { ONE } }, { true, false, 5, 15 } },
		{ { .rcpts = { NULL } }, { true, false, 5, 15 } },
		{ { .rcpts = { ONE, EARLY } }, { true, true, 2, 6 } },
		{ { .rcpts = { NEVER, ONE } }, { true, true, 5, 15 } },
		{ { .rcpts = { NEVER } }, { true, false, 0, 0 } },
		{ { .rcpts = { EARLY }, .sender = WATCHED,
		    .direction = DIRECTION_INTERNAL },
		    { true, false, 0, 8 } },
		{ { .rcpts = { EARLY }, .sender = ONE,
		    .direction = DIRECTION_INTERNAL },
		    { false, false, 0, 15 } },
	};
	struct arena *arena = *state;
	const struct site *site = mail_site(arena, configuration);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct txn *txn = new_txn(site, &cases[i].row);
		struct score_bounds bounds = verdict_bounds(txn);

		print_message("%zu\n", i);
		assert_int_equal(bounds.is_judged, cases[i].bounds.is_judged);
		assert_int_equal(bounds.differ, cases[i].bounds.differ);
		assert_true(bounds.junk == cases[i].bounds.junk);
		assert_true(bounds.refuse == cases[i].bounds.refuse);
		txn_free(&txn);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(the_sum_asks_for_what_each_recipient_says),
		ARENA_TEST(no_ten_findings_less_change_it),
		ARENA_TEST(long_reasons_are_cut_between_characters),
		ARENA_TEST(bounds_are_those_of_whom_it_is_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
