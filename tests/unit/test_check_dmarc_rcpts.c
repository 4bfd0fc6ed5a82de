/* SPDX-License-Identifier: ISC */
/* test_check_dmarc_rcpts.c - each recipient's policy says what DMARC does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "dmarc_letter.h"
#include "mail/finding.h"
#include "mail/txn.h"
#include "mail/verdict.h"

#define JOE "<joe@ours.example>"
#define STRICT "<strict@ours.example>"
#define CLASS "<x@strict.example>"
#define MILD "<mild@ours.example>"
#define OPEN "<open@ours.example>"
#define SOFT "From: a@soft.example\n"
/* A list that signs, which on_reject refuse does not spare. */
#define BY_LIST .headers = BANK LIST, .spf = "none ", \
	.dkim = "pass lists.club.example"
#define SPOOF .headers = BANK, .spf = EVIL, .dkim = EVIL

static const struct {
	const char *sentence;
	struct letter letter;
	const char *outcome;
	const char *rcpts;	/* decision/asked for each */
} cases[] = {
	{ "without a word in the policy the check's settings hold",
	    { SPOOF, .rcpt = JOE }, "fail refuse", "refuse/refuse" },
	{ "a user's value goes before them",
	    { SPOOF, .rcpt = MILD }, "fail junk local_policy", "junk/junk" },
	{ "so does a class's, of a user", { BY_LIST, .rcpt = STRICT },
	    "fail refuse", "refuse/refuse" },
	{ "and of a domain", { BY_LIST, .rcpt = CLASS }, "fail refuse",
	    "refuse/refuse" },
	{ "a value that is the default is one, too", {
	    .settings = "on_quarantine accept;", .headers = SOFT,
	    .spf = EVIL, .dkim = "", .rcpt = OPEN },
	    "fail ham local_policy", "ham/ham" },
	{ "5.17: who would refuse it gets junk with those who would not",
	    { SPOOF, .rcpt = JOE, .more_rcpts = { MILD } },
	    "fail junk local_policy", "junk/refuse junk/junk" },
	{ "5.17: in any order", { SPOOF, .rcpt = MILD,
	    .more_rcpts = { STRICT, JOE } }, "fail junk local_policy",
	    "junk/junk junk/refuse junk/refuse" },
	{ "5.17: different values that come to the same refuse",
	    { SPOOF, .rcpt = JOE, .more_rcpts = { STRICT, CLASS } },
	    "fail refuse", "refuse/refuse refuse/refuse refuse/refuse" },
	{ "5.17: by a list only the strict one refuses",
	    { BY_LIST, .rcpt = JOE, .more_rcpts = { STRICT } },
	    "fail junk local_policy", "junk/junk junk/refuse" },
	{ "accept is for whom wants it alone", {
	    .headers = SOFT, .spf = EVIL, .dkim = "", .rcpt = OPEN,
	    .more_rcpts = { JOE } }, "fail junk", "ham/ham junk/junk" },
	{ "p=none changes nothing for anybody (RFC 9989 5.4)", {
	    .headers = "From: a@watch.example\n", .spf = EVIL, .dkim = "",
	    .rcpt = STRICT, .more_rcpts = { MILD } }, "fail ham",
	    "ham/ham ham/ham" },
	{ "what is undecided is put off where all would refuse it", {
	    .headers = BANK, .spf = EVIL, .dkim_is = FAILS, .rcpt = STRICT },
	    "temperror defer", "defer/defer" },
	{ "and junk where one would not", {
	    .headers = BANK, .spf = EVIL, .dkim_is = FAILS, .rcpt = STRICT,
	    .more_rcpts = { MILD } }, "temperror junk",
	    "junk/junk junk/junk" },
	{ "a postmaster alone gets it as junk (5.18)", { SPOOF,
	    .rcpt = "<postmaster@strict.example>" }, "fail refuse",
	    "junk/junk" },
};

static const char *
rcpts_text(struct post *post)
{
	const struct verdict *verdict = dmarc_letter_verdict(post);
	struct buf text;

	buf_init(&text, post->arena);
	for (size_t i = 0; i < post->txn->rcpts.len; i++)
		buf_printf(&text, "%s%s/%s", i == 0 ? "" : " ",
		    decision_text(verdict->rcpts[i].decision),
		    decision_text(verdict->rcpts[i].asked));
	return text.data;
}

static void
each_recipient_has_its_say(void **state)
{
	struct post post;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("%s\n", cases[i].sentence);
		dmarc_letter_begin(&post, &cases[i].letter);
		assert_string_equal(dmarc_letter_outcome(&post),
		    cases[i].outcome);
		assert_string_equal(rcpts_text(&post), cases[i].rcpts);
		dmarc_letter_end(&post);
	}
}

static void
the_reason_counts_who_refuses(void **state)
{
	static const struct letter letter = { SPOOF, .rcpt = JOE,
		.more_rcpts = { MILD, STRICT } };
	struct post post;

	(void)state;
	dmarc_letter_begin(&post, &letter);
	assert_non_null(strstr(dmarc_letter_finding(&post, 0)->reason,
	    "local_policy: 2 of 3 recipients refuse it"));
	dmarc_letter_end(&post);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_recipient_has_its_say),
		cmocka_unit_test(the_reason_counts_who_refuses),
	};

	return cmocka_run_group_tests_name("check_dmarc_rcpts", tests, NULL,
	    NULL);
}
