/* SPDX-License-Identifier: ISC */
/* test_check_spf_wish.c - what a postmaster may make of the results of SPF. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "fixture.h"
#include "milter/check.h"
#include "trial.h"

extern const struct check check_spf;

#define STRANGER "192.0.2.7"

static const char zone[] =
    "pass.example\tTXT\tv=spf1 ip4:192.0.2.0/24 -all\n"
    "fail.example\tTXT\tv=spf1 -all\n"
    "why.example\tTXT\tv=spf1 -all exp=text.why.example\n"
    "text.why.example\tTXT\t%{i} is none of ours, see %{r}\n"
    "soft.example\tTXT\tv=spf1 ~all\n"
    "broken.example\tTXT\tv=spf1 ip4:192.0.2.300 -all\n"
    "silent.example\tTXT\t!TIMEOUT\n"
    "empty.example\tTXT\tno policy here\n";

struct wish {
	const char *sentence;
	const char *mail_from, *helo, *settings;
	size_t at;		/* which finding */
	enum decision suggested;
	int code;		/* 0: no reply */
	const char *enhanced;
	const char *text;
};

static const struct wish wishes[] = {
	{ "a fail refused (RFC 7372 3.2)", "<ann@fail.example>",
	    "pass.example", "on_fail refuse;", 0, DECISION_REFUSE, 550,
	    "5.7.23", "fail.example does not let 192.0.2.7 send its mail "
	    "(SPF)" },
	{ "what the domain says is marked as its words (RFC 7208 8.4)",
	    "<ann@why.example>", "pass.example", "on_fail refuse;", 0,
	    DECISION_REFUSE, 550, "5.7.23", "why.example does not let "
	    "192.0.2.7 send its mail (SPF); why.example explains: 192.0.2.7 "
	    "is none of ours, see mx.example.org" },
	{ "a fail is junk", "<ann@fail.example>", "pass.example",
	    "on_fail junk;", 0, DECISION_JUNK, 0, NULL, NULL },
	{ "a fail is held", "<ann@fail.example>", "pass.example",
	    "on_fail hold;", 0, DECISION_HOLD, 0, NULL, NULL },
	{ "a softfail is no fail", "<ann@soft.example>", "pass.example",
	    "on_fail refuse;", 0, DECISION_HAM, 0, NULL, NULL },
	{ "on_fail is not for HELO", "<ann@pass.example>", "fail.example",
	    "on_fail refuse;", 1, DECISION_HAM, 0, NULL, NULL },
	{ "a fail of HELO refused", "<ann@pass.example>", "why.example",
	    "on_helo_fail refuse;", 1, DECISION_REFUSE, 550, "5.7.23",
	    "why.example does not let 192.0.2.7 use its name (SPF); "
	    "why.example explains: 192.0.2.7 is none of ours, see "
	    "mx.example.org" },
	{ "on_helo_fail is not for MAIL FROM", "<ann@fail.example>",
	    "pass.example", "on_helo_fail refuse;", 0, DECISION_HAM, 0, NULL,
	    NULL },
	{ "on_helo_fail is for the null sender", "<>", "fail.example",
	    "on_helo_fail refuse; helo no;", 0, DECISION_REFUSE, 550,
	    "5.7.23",
	    "fail.example does not let 192.0.2.7 use its name (SPF)" },
	{ "a permerror refused (RFC 7372 3.2)", "<ann@broken.example>",
	    "pass.example", "on_permerror refuse;", 0, DECISION_REFUSE, 550,
	    "5.7.24", NULL },
	{ "on_permerror is not for HELO", "<ann@pass.example>",
	    "broken.example", "on_permerror refuse;", 1, DECISION_HAM, 0,
	    NULL, NULL },
	{ "a temperror deferred", "<ann@silent.example>", "pass.example",
	    "on_error defer;", 0, DECISION_DEFER, 451, "4.7.1", NULL },
	{ "a temperror passes by default", "<ann@silent.example>",
	    "pass.example", "", 0, DECISION_HAM, 0, NULL, NULL },
	{ "a temperror of HELO decides nothing", "<ann@pass.example>",
	    "silent.example", "on_error reject;", 1, DECISION_HAM, 0, NULL,
	    NULL },
};

static const struct finding *
find_wish(struct arena *arena, const struct wish *wish)
{
	const struct trial trial = { .zone = zone, .client = STRANGER,
	    .mail_from = wish->mail_from, .helo = wish->helo,
	    .settings = wish->settings };
	const struct findings *findings;
	const struct txn *txn;

	print_message("%s\n", wish->sentence);
	findings = trial_findings(arena, &check_spf, &trial, &txn);
	assert_true(findings->items.len > wish->at);
	return vec_at(&findings->items, wish->at);
}

static void
refusals_are_what_the_postmaster_asks_for(void **state)
{
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(wishes); i++) {
		const struct wish *wish = &wishes[i];
		const struct finding *finding = find_wish(arena, wish);

		assert_int_equal(finding->suggested, wish->suggested);
		assert_int_equal(finding->reply != NULL, wish->code != 0);
		if (wish->code == 0)
			continue;
		assert_int_equal(finding->reply->code, wish->code);
		assert_string_equal(finding->reply->enhanced, wish->enhanced);
		if (wish->text != NULL)
			assert_string_equal(finding->reply->text, wish->text);
	}
}

static void
only_a_temperror_of_the_sender_is_a_failure_of_the_check(void **state)
{
	static const struct wish sender = { "of the sender",
	    .mail_from = "<ann@silent.example>", .helo = "silent.example" };
	static const struct wish helo = { "of HELO", .at = 1,
	    .mail_from = "<ann@silent.example>", .helo = "silent.example" };
	struct arena *arena = *state;

	assert_true(find_wish(arena, &sender)->has_failed);
	assert_false(find_wish(arena, &helo)->has_failed);
}

static void
scores_are_settings(void **state)
{
	static const struct {
		const char *mail_from, *helo;
		size_t at;
		double score;
	} asked[] = {
		{ "<ann@fail.example>", "x.example", 0, 2 },
		{ "<ann@pass.example>", "fail.example", 1, 3 },
		{ "<ann@soft.example>", "x.example", 0, 4 },
		{ "<ann@broken.example>", "x.example", 0, 5 },
		{ "<ann@empty.example>", "x.example", 0, 6 },
	};
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
		const struct wish wish = { asked[i].mail_from,
		    .mail_from = asked[i].mail_from, .helo = asked[i].helo,
		    .at = asked[i].at, .settings = "score_fail 2; "
		    "score_helo_fail 3; score_softfail 4; score_permerror 5; "
		    "score_none 6;" };

		assert_true(find_wish(arena, &wish)->score == asked[i].score);
	}
}

static void
a_dry_run_says_so(void **state)
{
	static const struct wish wish = { "on_fail in a dry run",
	    .mail_from = "<ann@fail.example>",
	    .settings = "on_fail refuse; dry_run yes;" };
	struct arena *arena = *state;
	const struct finding *finding = find_wish(arena, &wish);

	assert_true(finding->is_dry_run);
	assert_int_equal(finding->suggested, DECISION_REFUSE);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(refusals_are_what_the_postmaster_asks_for),
		ARENA_TEST(
		    only_a_temperror_of_the_sender_is_a_failure_of_the_check),
		ARENA_TEST(scores_are_settings),
		ARENA_TEST(a_dry_run_says_so),
	};

	return cmocka_run_group_tests_name("check_spf_wish", tests, NULL,
	    NULL);
}
