/* SPDX-License-Identifier: ISC */
/* test_check_spf.c - the identities that SPF judges, and what is told of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "auth/spf.h"
#include "base/arena.h"
#include "fixture.h"
#include "mail/auth_results.h"
#include "milter/check.h"
#include "trial.h"

extern const struct check check_spf;

#define STRANGER "192.0.2.7"
#define RELAY "198.18.0.1"
#define RECEIVED "Received: from joe.example (joe.example [192.0.2.7]) by " \
	"backup.example.org (Postfix) with ESMTPS id 4XYZ; " \
	"Fri, 20 Nov 2026 10:00:00 +0000\n"
#define FINDINGS_MAX 2

static const char zone[] =
    "pass.example\tTXT\tv=spf1 ip4:192.0.2.0/24 -all\n"
    "six.example\tTXT\tv=spf1 ip6:2001:db8::/32 -all\n"
    "fail.example\tTXT\tv=spf1 -all\n"
    "soft.example\tTXT\tv=spf1 ~all\n"
    "neutral.example\tTXT\tv=spf1 ?all\n"
    "broken.example\tTXT\tv=spf1 ip4:192.0.2.300 -all\n"
    "silent.example\tTXT\t!TIMEOUT\n"
    "fault.example\tTXT\t!SERVFAIL\n"
    "joe.example\tTXT\tv=spf1 exists:%{l}.on.%{d} -all\n"
    "joe.on.joe.example\tA\t127.0.0.2\n"
    "postmaster.on.joe.example\tA\t127.0.0.2\n"
    "empty.example\tTXT\tno policy here\n";

struct expected {
	enum result result;
	double score;
	const char *reason;	/* begins so; NULL: of lib/auth */
	const char *property;	/* smtp.…; NULL: not in A-R */
	const char *value;
};

struct spf_case {
	const char *sentence;
	struct trial trial;
	struct expected expected[FINDINGS_MAX];
	size_t count;
};

#define MAILFROM(r, s, v) { (r), (s), NULL, "mailfrom", (v) }
#define HELO(r, s, v) { (r), (s), "HELO: ", "helo", (v) }
#define NULL_SENDER(r, s, v) \
    { (r), (s), "HELO, for the null sender: ", "helo", (v) }

static const struct spf_case cases[] = {
	{ "pass, and HELO without a record", { .client = STRANGER,
		.mail_from = "<ann@pass.example>", .helo = "empty.example" },
	    { MAILFROM(RESULT_PASS, 0, "ann@pass.example"),
	      HELO(RESULT_NONE, 0, "empty.example") }, 2 },
	{ "pass over IPv6", { .client = "2001:db8::1",
		.mail_from = "<ann@six.example>", .helo = "pass.example" },
	    { MAILFROM(RESULT_PASS, 0, "ann@six.example"),
	      HELO(RESULT_FAIL, 1, "pass.example") }, 2 },
	{ "fail, and HELO passes (RFC 7208 2.3)", { .client = STRANGER,
		.mail_from = "<ann@fail.example>", .helo = "pass.example" },
	    { MAILFROM(RESULT_FAIL, 1, "ann@fail.example"),
	      HELO(RESULT_PASS, 0, "pass.example") }, 2 },
	{ "softfail, also of HELO, which has no score", { .client = STRANGER,
		.mail_from = "<ann@soft.example>", .helo = "soft.example" },
	    { MAILFROM(RESULT_SOFTFAIL, 0.5, "ann@soft.example"),
	      HELO(RESULT_SOFTFAIL, 0, "soft.example") }, 2 },
	{ "neutral", { .client = STRANGER,
		.mail_from = "<ann@neutral.example>",
		.helo = "neutral.example" },
	    { MAILFROM(RESULT_NEUTRAL, 0, "ann@neutral.example"),
	      HELO(RESULT_NEUTRAL, 0, "neutral.example") }, 2 },
	{ "permerror, also of HELO, which has no score", { .client = STRANGER,
		.mail_from = "<ann@broken.example>",
		.helo = "broken.example" },
	    { MAILFROM(RESULT_PERMERROR, 0.5, "ann@broken.example"),
	      HELO(RESULT_PERMERROR, 0, "broken.example") }, 2 },
	{ "temperror: silence", { .client = STRANGER,
		.mail_from = "<ann@silent.example>",
		.helo = "silent.example" },
	    { MAILFROM(RESULT_TEMPERROR, 0, "ann@silent.example"),
	      HELO(RESULT_TEMPERROR, 0, "silent.example") }, 2 },
	{ "temperror: a fault", { .client = STRANGER,
		.mail_from = "<ann@fault.example>", .helo = "pass.example" },
	    { MAILFROM(RESULT_TEMPERROR, 0, "ann@fault.example"),
	      HELO(RESULT_PASS, 0, "pass.example") }, 2 },
	{ "none: a domain without a record", { .client = STRANGER,
		.mail_from = "<ann@empty.example>", .helo = "pass.example" },
	    { MAILFROM(RESULT_NONE, 0, "ann@empty.example"),
	      HELO(RESULT_PASS, 0, "pass.example") }, 2 },
	{ "none: a domain that does not exist", { .client = STRANGER,
		.mail_from = "<ann@nowhere.example>", .helo = "pass.example" },
	    { MAILFROM(RESULT_NONE, 0, "ann@nowhere.example"),
	      HELO(RESULT_PASS, 0, "pass.example") }, 2 },
	{ "none: a sender without domain, one label (RFC 7208 4.3)", {
		.client = STRANGER, .mail_from = "<ann>", .helo = "friend" },
	    { MAILFROM(RESULT_NONE, 0, "ann"),
	      HELO(RESULT_NONE, 0, "friend") }, 2 },
	{ "none: address literals (RFC 7208 4.3)", { .client = STRANGER,
		.mail_from = "<ann@[192.0.2.7]>", .helo = "[192.0.2.7]" },
	    { MAILFROM(RESULT_NONE, 0, "ann@[192.0.2.7]"),
	      HELO(RESULT_NONE, 0, "[192.0.2.7]") }, 2 },
	{ "the local part, and postmaster for HELO (RFC 7208 4.3)", {
		.client = STRANGER, .mail_from = "<joe@joe.example>",
		.helo = "joe.example" },
	    { MAILFROM(RESULT_PASS, 0, "joe@joe.example"),
	      HELO(RESULT_PASS, 0, "joe.example") }, 2 },
	{ "another local part", { .client = STRANGER,
		.mail_from = "<ann@joe.example>", .helo = "joe.example" },
	    { MAILFROM(RESULT_FAIL, 1, "ann@joe.example"),
	      HELO(RESULT_PASS, 0, "joe.example") }, 2 },
	{ "a sender that is no address is not the null sender", {
		.client = STRANGER, .mail_from = "<ann joe@pass.example>",
		.helo = "fail.example" },
	    { MAILFROM(RESULT_PASS, 0, "\"ann joe\"@pass.example"),
	      HELO(RESULT_FAIL, 1, "fail.example") }, 2 },
	{ "a sender that Postfix reads as ann@fail.example cannot pass", {
		.client = STRANGER,
		.mail_from = "<ann@fail.example(joe@pass.example>",
		.helo = "pass.example" },
	    { MAILFROM(RESULT_NONE, 0,
		"\"ann@fail.example(joe\"@pass.example"),
	      HELO(RESULT_PASS, 0, "pass.example") }, 2 },
	{ "a sender that Postfix reads as the null sender cannot pass", {
		.client = STRANGER, .mail_from = "<(joe@pass.example>",
		.helo = "pass.example" },
	    { MAILFROM(RESULT_NONE, 0, "\"(joe\"@pass.example"),
	      HELO(RESULT_PASS, 0, "pass.example") }, 2 },
	{ "a sender whose domain is none (RFC 7208 4.3)", {
		.client = STRANGER, .mail_from = "<ann@pass..example>",
		.helo = "pass.example" },
	    { MAILFROM(RESULT_NONE, 0, "ann@pass..example"),
	      HELO(RESULT_PASS, 0, "pass.example") }, 2 },
	{ "HELO was not given", { .client = STRANGER,
		.mail_from = "<ann@pass.example>" },
	    { MAILFROM(RESULT_PASS, 0, "ann@pass.example"),
	      { RESULT_NONE, 0, "HELO: ", NULL, NULL } }, 2 },
	{ "HELO is not judged", { .client = STRANGER, .settings = "helo no;",
		.mail_from = "<ann@pass.example>", .helo = "fail.example" },
	    { MAILFROM(RESULT_PASS, 0, "ann@pass.example") }, 1 },

	{ "the null sender is postmaster of HELO (RFC 7208 2.4)", {
		.client = STRANGER, .mail_from = "<>",
		.helo = "joe.example" },
	    { NULL_SENDER(RESULT_PASS, 0, "joe.example") }, 1 },
	{ "the null sender, whether HELO is to be judged or not", {
		.client = STRANGER, .helo = "fail.example",
		.settings = "helo no;" },
	    { NULL_SENDER(RESULT_FAIL, 1, "fail.example") }, 1 },
	{ "the null sender: softfail", { .client = STRANGER,
		.helo = "soft.example" },
	    { NULL_SENDER(RESULT_SOFTFAIL, 0.5, "soft.example") }, 1 },
	{ "the null sender: permerror", { .client = STRANGER,
		.helo = "broken.example" },
	    { NULL_SENDER(RESULT_PERMERROR, 0.5, "broken.example") }, 1 },
	{ "the null sender: HELO is an address", { .client = STRANGER,
		.helo = "[192.0.2.7]" },
	    { NULL_SENDER(RESULT_NONE, 0, "[192.0.2.7]") }, 1 },
	{ "the null sender and no HELO", { .client = STRANGER },
	    { { RESULT_NONE, 0, "HELO, for the null sender: ", NULL, NULL } },
	    1 },

	{ "a trusted relay: the client that it tells of", { .client = RELAY,
		.mail_from = "<ann@pass.example>", .helo = "fail.example",
		.headers = RECEIVED },
	    { MAILFROM(RESULT_PASS, 0, "ann@pass.example"),
	      HELO(RESULT_PASS, 0, "joe.example") }, 2 },
	{ "a trusted relay that tells nothing", { .client = RELAY,
		.mail_from = "<ann@pass.example>", .helo = "fail.example",
		.headers = "Subject: hello\n" },
	    { { RESULT_NONE, 0, "the trusted relay 198.18.0.1 does not "
		"tell", NULL, NULL } }, 1 },
	{ "a login at a trusted relay's address", { .client = RELAY,
		.login = "joe", .mail_from = "<ann@fail.example>",
		.headers = RECEIVED },
	    { { RESULT_NONE, 0, "the client has a login", NULL, NULL } }, 1 },

	{ "a login", { .client = STRANGER, .login = "joe",
		.mail_from = "<ann@fail.example>" },
	    { { RESULT_NONE, 0, "the client has a login", NULL, NULL } }, 1 },
	{ "our own host", { .client = "::1",
		.mail_from = "<ann@fail.example>" },
	    { { RESULT_NONE, 0, "the client is this host", NULL, NULL } }, 1 },
	{ "sendmail", { .client = "127.0.0.1", .is_local = true,
		.mail_from = "<ann@fail.example>" },
	    { { RESULT_NONE, 0, "the client has no address", NULL, NULL } },
	    1 },
	{ "a client without address", {
		.mail_from = "<ann@fail.example>" },
	    { { RESULT_NONE, 0, "the client has no address", NULL, NULL } },
	    1 },
	{ "a host of ours", { .client = "198.51.100.9",
		.mail_from = "<ann@fail.example>" },
	    { { RESULT_NONE, 0, "the client is in signing_networks", NULL,
		NULL } }, 1 },
};

static void
check_auth(const struct auth_result *auth, const struct expected *expected)
{
	assert_non_null(auth);
	assert_string_equal(auth->method, "spf");
	assert_string_equal(auth->result, result_text(expected->result));
	assert_int_equal(auth->property_count, expected->property != NULL);
	if (expected->property == NULL)
		return;
	assert_string_equal(auth->properties[0].ptype, "smtp");
	assert_string_equal(auth->properties[0].property, expected->property);
	assert_string_equal(auth->properties[0].value, expected->value);
}

static void
check_finding(const struct finding *finding, const struct expected *expected,
    bool is_judged)
{
	assert_string_equal(finding->check, "spf");
	assert_int_equal(finding->result, expected->result);
	assert_true(finding->score == expected->score);
	assert_int_equal(finding->suggested, DECISION_HAM);
	assert_non_null(finding->reason);
	if (expected->reason != NULL)
		assert_memory_equal(finding->reason, expected->reason,
		    strlen(expected->reason));
	if (is_judged)
		check_auth(finding->auth, expected);
	else
		assert_null(finding->auth);
}

/* The facts for DMARC and `scan` are those of the findings. */
static void
check_facts(const struct txn *txn, const struct spf_case *c, bool is_judged)
{
	const struct spf_verdict *sender = txn->auth.spf;
	const struct spf_verdict *helo = txn->auth.spf_helo;
	bool is_null = strcmp(txn->sender_path, "<>") == 0;

	assert_int_equal(sender != NULL, is_judged);
	assert_int_equal(helo != NULL, is_judged && (is_null || c->count == 2));
	if (sender != NULL)
		assert_int_equal(sender->result, c->expected[0].result);
	if (helo != NULL)
		assert_int_equal(helo->result,
		    c->expected[c->count - 1].result);
}

static void
check_case(const struct spf_case *c)
{
	struct arena *arena = arena_new(0);
	struct trial trial = c->trial;
	const struct findings *findings;
	const struct txn *txn;
	bool is_judged;

	print_message("%s\n", c->sentence);
	trial.zone = zone;
	findings = trial_findings(arena, &check_spf, &trial, &txn);
	assert_int_equal(findings->items.len, c->count);
	is_judged = c->expected[0].reason == NULL ||
	    str_has_prefix_nocase(str_from(c->expected[0].reason),
	    STR("HELO"));
	for (size_t i = 0; i < c->count; i++)
		check_finding(vec_at(&findings->items, i), &c->expected[i],
		    is_judged);
	check_facts(txn, c, is_judged);
	arena_free(&arena);
}

static void
both_identities_are_judged_rfc_7208_2_3_and_2_4(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_case(&cases[i]);
}

static void
a_relayed_finding_names_client_and_relay(void **state)
{
	static const struct trial trial = { .zone = zone, .client = RELAY,
	    .mail_from = "<ann@pass.example>", .helo = "x.example",
	    .headers = RECEIVED };
	struct arena *arena = *state;
	const struct findings *findings;
	const struct finding *finding;
	const struct txn *txn;

	findings = trial_findings(arena, &check_spf, &trial, &txn);
	finding = vec_at(&findings->items, 0);
	assert_non_null(strstr(finding->reason, "(client 192.0.2.7, says the "
	    "trusted relay 198.18.0.1)"));
}

/* A value of the client cannot end the field or begin another result. */
static void
a_forged_helo_stays_a_value(void **state)
{
	static const struct trial trial = { .zone = zone, .client = STRANGER,
	    .helo = "x.example; dkim=pass header.d=bank.example" };
	struct arena *arena = *state;
	const struct finding *finding = trial_run(arena, &check_spf, &trial);
	struct auth_results parsed;
	const char *error;

	assert_int_equal(auth_results_parse(arena, auth_results_write(arena,
	    "auth.example.org", &finding->auth, 1), &parsed, &error), 0);
	assert_int_equal(parsed.count, 1);
	assert_string_equal(parsed.results[0].method, "spf");
	assert_string_equal(parsed.results[0].result, "none");
	assert_string_equal(parsed.results[0].properties[0].value,
	    trial.helo);
}

/* --- answers that come one by one ---------------------------------------- */

static void
both_records_are_asked_for_at_mail_and_answered_in_any_order(void **state)
{
	static const struct trial trial = { .client = STRANGER,
	    .helo = "mail.example.net", .mail_from = "<ann@example.org>" };
	struct trial_steps steps;

	(void)state;
	trial_begin(&steps, &check_spf, &trial);
	trial_reach(&steps, STAGE_HELO);
	assert_int_equal(steps.dns.asked, 0);
	assert_true(trial_reach(&steps, STAGE_MAIL));
	assert_int_equal(steps.dns.asked, 2);
	dns_held_answer(steps.dns.queries[1], STR("v=spf1 +all"));
	assert_true(trial_waits(&steps));
	assert_null(steps.txn->auth.spf_helo);
	dns_held_answer(steps.dns.queries[0], STR("v=spf1 -all"));
	/* Nothing of the message is needed. */
	assert_false(trial_waits(&steps));
	assert_int_equal(steps.dns.asked, 2);
	assert_int_equal(trial_finding(&steps, 0)->result, RESULT_FAIL);
	assert_int_equal(trial_finding(&steps, 1)->result, RESULT_PASS);
	trial_end(&steps);
}

static void
mail_of_a_trusted_relay_waits_for_the_header(void **state)
{
	static const struct trial trial = { .client = RELAY,
	    .helo = "x.example", .mail_from = "<ann@example.org>",
	    .headers = RECEIVED };
	struct trial_steps steps;

	(void)state;
	trial_begin(&steps, &check_spf, &trial);
	assert_true(trial_reach(&steps, STAGE_RCPT));
	assert_int_equal(steps.dns.asked, 0);
	assert_true(trial_reach(&steps, STAGE_HEADERS));
	assert_int_equal(steps.dns.asked, 2);
	dns_held_answer(steps.dns.queries[0], STR("v=spf1 ip4:192.0.2.7 -all"));
	dns_held_answer(steps.dns.queries[1], STR("v=spf1 ip4:198.18.0.1 -all"));
	assert_false(trial_waits(&steps));
	assert_int_equal(trial_finding(&steps, 0)->result, RESULT_PASS);
	assert_int_equal(trial_finding(&steps, 1)->result, RESULT_FAIL);
	trial_end(&steps);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    both_identities_are_judged_rfc_7208_2_3_and_2_4),
		ARENA_TEST(a_relayed_finding_names_client_and_relay),
		ARENA_TEST(a_forged_helo_stays_a_value),
		cmocka_unit_test(
		    both_records_are_asked_for_at_mail_and_answered_in_any_order),
		cmocka_unit_test(mail_of_a_trusted_relay_waits_for_the_header),
	};

	return cmocka_run_group_tests_name("check_spf", tests, NULL, NULL);
}
