/* SPDX-License-Identifier: ISC */
/* test_check_dmarc_from.c - whom DMARC takes for the author (5.3.1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/dmarc_walk.h"
#include "base/arena.h"
#include "base/vec.h"
#include "check_text.h"
#include "dmarc_letter.h"
#include "fixture.h"
#include "mail/verdict.h"
#include "milter/check/dmarc_author.h"

static const struct {
	const char *sentence;
	struct letter letter;
	const char *outcome;
} cases[] = {
	{ "11.5: no From", { .headers = "To: x\n", .spf = EVIL,
	    .dkim = EVIL }, "permerror ham" },
	{ "11.5: an empty From", { .headers = "From: \n", .spf = EVIL,
	    .dkim = EVIL }, "permerror ham" },
	{ "11.5: a group without members", {
	    .headers = "From: nobody:;\n", .spf = EVIL, .dkim = EVIL },
	    "permerror ham" },
	{ "a group with one member", {
	    .headers = "From: team: a@bank.example;\n", .spf = EVIL,
	    .dkim = "" }, "fail refuse" },
	{ "an address without domain", { .headers = "From: root\n",
	    .spf = EVIL, .dkim = EVIL }, "permerror ham" },
	{ "a domain without local part", {
	    .headers = "From: @bank.example\n", .spf = EVIL, .dkim = EVIL },
	    "permerror ham" },
	{ "an address literal", { .headers = "From: a@[192.0.2.1]\n",
	    .spf = EVIL, .dkim = EVIL }, "permerror ham" },
	{ "a source route hides an author who passes", {
	    .headers = "From: <@bank.example:a@evil.example>\n",
	    .spf = EVIL, .dkim = EVIL }, "permerror ham" },
	{ "so does an address in the local part", {
	    .headers = "From: \"a@bank.example\"@evil.example\n",
	    .spf = EVIL, .dkim = EVIL }, "permerror ham" },
	{ "and a comment in the domain", {
	    .headers = "From: <a@(b@bank.example)evil.example>\n",
	    .spf = EVIL, .dkim = EVIL }, "permerror ham" },
	{ "a source route does not help one who fails", {
	    .headers = "From: <@evil.example:a@bank.example>\n",
	    .spf = EVIL, .dkim = EVIL }, "fail refuse" },
	{ "11.5: the first author passes, the second is the bank", {
	    .headers = "From: a@evil.example, service@bank.example\n",
	    .spf = EVIL, .dkim = EVIL }, "fail refuse" },
	{ "11.5: the bank first", {
	    .headers = "From: service@bank.example, a@evil.example\n",
	    .spf = EVIL, .dkim = EVIL }, "fail refuse" },
	{ "11.5: the strictest of those that fail", {
	    .headers = "From: a@watch.example, b@soft.example, "
	    "c@evil.example\n", .spf = EVIL, .dkim = "" }, "fail junk" },
	{ "11.5: a bank in doubt weighs more than a fail by p=none", {
	    .headers = "From: a@watch.example, b@bank.example\n",
	    .spf = "temperror bank.example", .dkim = "" },
	    "temperror defer" },
	{ "5.3.1: authors of two domains that pass are no pass", {
	    .headers = "From: a@evil.example, b@bank.example\n",
	    .spf = EVIL, .dkim = "pass bank.example" }, "permerror ham" },
	{ "5.3.1: nor none, where no record applies", {
	    .headers = "From: a@plain.example, b@other.example\n",
	    .spf = EVIL, .dkim = "" }, "permerror ham" },
	{ "several authors of one domain", {
	    .headers = "From: a@bank.example, b@BANK.example\n",
	    .spf = "pass bank.example", .dkim = "" }, "pass ham" },
	{ "two From fields, the bank below", {
	    .headers = "From: a@evil.example\n" BANK, .spf = EVIL,
	    .dkim = EVIL }, "fail refuse" },
	{ "two From fields of one domain", {
	    .headers = BANK "From: boss@bank.example\n",
	    .spf = EVIL, .dkim = "pass bank.example" }, "permerror ham" },
	{ "one of two stands behind a bare CR", {
	    .headers = "Subject: x\rFrom: a@bank.example\n"
	    "From: a@evil.example\n", .spf = EVIL, .dkim = EVIL },
	    "permerror ham" },
	{ "a From that ends in rubbish", {
	    .headers = "From: a@evil.example <x\n", .spf = EVIL,
	    .dkim = EVIL }, "permerror ham" },
	{ "the same of a domain that fails", {
	    .headers = "From: a@bank.example, <x\n", .spf = EVIL,
	    .dkim = EVIL }, "fail refuse" },
	{ "a bank in a comment is not the author", {
	    .headers = "From: a@evil.example (b@bank.example)\n",
	    .spf = EVIL, .dkim = EVIL }, "pass ham" },
};

static void
nobody_is_authenticated_whom_a_reader_may_not_see(void **state)
{
	struct post post;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		dmarc_letter_begin(&post, &cases[i].letter);
		check_text(cases[i].sentence,
		    str_from(dmarc_letter_outcome(&post)), cases[i].outcome);
		assert_null(dmarc_letter_finding(&post, 1));
		dmarc_letter_end(&post);
	}
	print_message("%zu outcomes\n", ARRAY_LEN(cases));
}

/* --- hostile From --------------------------------------------------------- */

/* Authors of this many domains, all of one when the pattern has no %d. */
static const char *
many_authors(struct arena *arena, int count, const char *domain)
{
	struct buf text;

	buf_init(&text, arena);
	buf_add_text(&text, "From: ");
	for (int i = 0; i < count; i++)
		buf_printf(&text, "%sa%d@%s%d.example", i != 0 ? ", " : "", i,
		    domain, i);
	buf_add_text(&text, "\n");
	return text.data;
}

/* 11.5: a limit, and what is beyond it is no secret. Four domains, eight
 * questions each, and the sender's. */
static void
a_thousand_authors_cost_a_few_questions(void **state)
{
	static const struct {
		const char *settings;
		enum decision decision;
	} choices[] = {
		{ "", DECISION_JUNK },
		{ "on_many_authors accept;", DECISION_HAM },
		{ "on_many_authors refuse;", DECISION_REFUSE },
	};
	struct arena *arena = *state;
	struct letter letter = { .spf = EVIL, .dkim = EVIL };
	struct post post;

	letter.headers = many_authors(arena, 1000, "a.b.c.d.e.f.g.h.i.j.k.x");
	for (size_t i = 0; i < ARRAY_LEN(choices); i++) {
		const struct finding *cut;
		size_t asked;

		letter.settings = choices[i].settings;
		dmarc_letter_begin(&post, &letter);
		asked = chain_questions(post.chain);
		print_message("%zu questions\n", asked);
		assert_true(asked <= (DMARC_AUTHOR_DOMAINS_MAX + 1) *
		    DMARC_WALK_MAX);
		assert_string_equal(dmarc_letter_outcome(&post), "permerror ham");
		cut = dmarc_letter_finding(&post, 1);
		assert_int_equal(cut->result, RESULT_PERMERROR);
		assert_int_equal(cut->suggested, choices[i].decision);
		assert_null(dmarc_letter_finding(&post, 2));
		dmarc_letter_end(&post);
	}
}

static void
limits_hold_to_the_one(void **state)
{
	struct arena *arena = *state;
	struct letter letter = { .spf = EVIL, .dkim = EVIL };
	struct post post;

	for (int count = 2; count <= DMARC_AUTHOR_DOMAINS_MAX + 1; count++) {
		letter.headers = many_authors(arena, count, "x");
		dmarc_letter_begin(&post, &letter);
		assert_string_equal(dmarc_letter_outcome(&post), "permerror ham");
		assert_int_equal(dmarc_letter_finding(&post, 1) != NULL,
		    count > DMARC_AUTHOR_DOMAINS_MAX);
		dmarc_letter_end(&post);
	}
}

/* Many authors of one domain are fine, until they are too many to look at; the
 * one behind them may be of another. */
static void
twenty_addresses_are_looked_at(void **state)
{
	struct arena *arena = *state;
	struct letter letter = { .spf = EVIL, .dkim = EVIL };
	struct buf text;
	struct post post;

	buf_init(&text, arena);
	buf_add_text(&text, "From: a@evil.example");
	for (int i = 1; i < DMARC_AUTHORS_MAX; i++)
		buf_printf(&text, ", a%d@evil.example", i);
	letter.headers = arena_printf(arena, "%s\n", text.data);
	dmarc_letter_begin(&post, &letter);
	assert_string_equal(dmarc_letter_outcome(&post), "pass ham");
	assert_null(dmarc_letter_finding(&post, 1));
	dmarc_letter_end(&post);
	letter.headers = arena_printf(arena, "%s, b@bank.example\n",
	    text.data);
	dmarc_letter_begin(&post, &letter);
	assert_string_equal(dmarc_letter_outcome(&post), "permerror ham");
	assert_int_equal(dmarc_letter_finding(&post, 1)->suggested,
	    DECISION_JUNK);
	dmarc_letter_end(&post);
}

/* The bank beyond the limit is not judged, so the message is junk although what
 * was judged passes; within it, the bank decides. */
static void
nobody_hides_behind_a_crowd(void **state)
{
	static const struct letter hidden = { .spf = EVIL, .dkim = EVIL,
		.headers = "Sender: a@evil.example\nFrom: a@evil.example, "
		"a@p1.example, a@p2.example, a@p3.example, b@bank.example\n" };
	static const struct letter seen = { .spf = EVIL, .dkim = EVIL,
		.headers = "Sender: a@evil.example\nFrom: a@evil.example, "
		"a@p1.example, b@bank.example, a@p2.example, "
		"a@p3.example\n" };
	struct post post;

	(void)state;
	dmarc_letter_begin(&post, &hidden);
	assert_int_equal(dmarc_letter_verdict(&post)->decision, DECISION_JUNK);
	dmarc_letter_end(&post);
	dmarc_letter_begin(&post, &seen);
	assert_int_equal(dmarc_letter_verdict(&post)->decision, DECISION_REFUSE);
	dmarc_letter_end(&post);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    nobody_is_authenticated_whom_a_reader_may_not_see),
		ARENA_TEST(a_thousand_authors_cost_a_few_questions),
		ARENA_TEST(limits_hold_to_the_one),
		ARENA_TEST(twenty_addresses_are_looked_at),
		cmocka_unit_test(nobody_hides_behind_a_crowd),
	};

	return cmocka_run_group_tests_name("check_dmarc_from", tests, NULL, NULL);
}
