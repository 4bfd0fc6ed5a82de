/* SPDX-License-Identifier: ISC */
/* test_check_iprev.c - the client's address and its names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/arena.h"
#include "dns/dns_query.h"
#include "fixture.h"
#include "mail/auth_results.h"
#include "milter/check.h"
#include "trial.h"

extern const struct check check_iprev;

#define PTR4 "7.2.0.192.in-addr.arpa\tPTR\t"
#define PTR6 "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2" \
    ".ip6.arpa\tPTR\t"

struct iprev_case {
	const char *sentence;
	struct trial trial;
	enum result result;
	const char *reason;
	const char *comment;	/* in Authentication-Results */
	bool has_auth;
};

static const struct iprev_case cases[] = {
	{ "pass: a name that leads back", {
		.client = "192.0.2.7",
		.zone = PTR4 "mail.example.net\n"
		    "mail.example.net\tA\t192.0.2.7\n" },
	    RESULT_PASS, "mail.example.net has the client's address",
	    "mail.example.net", true },
	{ "pass: IPv6", {
		.client = "2001:db8::1",
		.zone = PTR6 "mail.example.net\n"
		    "mail.example.net\tA\t192.0.2.7\n"
		    "mail.example.net\tAAAA\t2001:db8::1\n" },
	    RESULT_PASS, "mail.example.net has the client's address",
	    "mail.example.net", true },
	{ "pass: one name of three, one address of two", {
		.client = "192.0.2.7",
		.zone = PTR4 "a.example.net\n" PTR4 "b.example.net\n"
		    PTR4 "c.example.net\n"
		    "a.example.net\tA\t!SERVFAIL\n"
		    "c.example.net\tA\t192.0.2.8\n"
		    "c.example.net\tA\t192.0.2.7\n" },
	    RESULT_PASS, "c.example.net has the client's address",
	    "c.example.net", true },
	{ "pass: the address of a CNAME", {
		.client = "192.0.2.7",
		.zone = PTR4 "a.example.net\n"
		    "a.example.net\tCNAME\tb.example.net\n"
		    "b.example.net\tA\t192.0.2.7\n" },
	    RESULT_PASS, "a.example.net has the client's address",
	    "a.example.net", true },
	{ "fail: the name has another address", {
		.client = "192.0.2.7",
		.zone = PTR4 "mail.bank.example\n"
		    "mail.bank.example\tA\t203.0.113.5\n" },
	    RESULT_FAIL, "the client's address is named mail.bank.example, "
	    "which has another address", "mail.bank.example", true },
	{ "fail: the eleventh name is not asked", {
		.client = "192.0.2.7",
		.zone = PTR4 "a.example.net\n" PTR4 "b.example.net\n"
		    PTR4 "c.example.net\n" PTR4 "d.example.net\n"
		    PTR4 "e.example.net\n" PTR4 "f.example.net\n"
		    PTR4 "g.example.net\n" PTR4 "h.example.net\n"
		    PTR4 "i.example.net\n" PTR4 "j.example.net\n"
		    PTR4 "k.example.net\n"
		    "a.example.net\tA\t192.0.2.8\n"
		    "k.example.net\tA\t192.0.2.7\n" },
	    RESULT_FAIL, "the client's address is named a.example.net, "
	    "which has another address", "a.example.net", true },
	{ "permerror: no PTR", { .client = "192.0.2.7" },
	    RESULT_PERMERROR, "the client's address has no name", NULL, true },
	{ "permerror: the name does not exist", {
		.client = "192.0.2.7", .zone = PTR4 "mail.example.net\n" },
	    RESULT_PERMERROR, "the client's address is named mail.example.net, "
	    "which has no address", "mail.example.net", true },
	{ "permerror: the name has no address of this family", {
		.client = "192.0.2.7",
		.zone = PTR4 "mail.example.net\n"
		    "mail.example.net\tAAAA\t2001:db8::1\n" },
	    RESULT_PERMERROR, "the client's address is named mail.example.net, "
	    "which has no address", "mail.example.net", true },
	{ "permerror: the name is the root", {
		.client = "192.0.2.7", .zone = PTR4 ".\n" },
	    RESULT_PERMERROR, "the client's address is named ., "
	    "which has no address", ".", true },
	{ "temperror: the PTR fails", {
		.client = "192.0.2.7", .zone = PTR4 "!SERVFAIL\n" },
	    RESULT_TEMPERROR, "the DNS fails for the client's address", NULL,
	    true },
	{ "temperror: the PTR is silent", {
		.client = "192.0.2.7", .zone = PTR4 "!TIMEOUT\n" },
	    RESULT_TEMPERROR, "the DNS is silent about the client's address",
	    NULL, true },
	{ "temperror: one name might have led back", {
		.client = "192.0.2.7",
		.zone = PTR4 "a.example.net\n" PTR4 "b.example.net\n"
		    "a.example.net\tA\t192.0.2.8\n"
		    "b.example.net\tA\t!TIMEOUT\n" },
	    RESULT_TEMPERROR, "the client's address is named a.example.net, "
	    "about which the DNS is silent", NULL, true },
	{ "none: sendmail", { .client = "127.0.0.1", .is_local = true },
	    RESULT_NONE, "the client has no address", NULL, false },
	{ "none: a UNIX socket", { .client = NULL },
	    RESULT_NONE, "the client has no address", NULL, false },
	{ "none: our own host", { .client = "127.0.0.1" },
	    RESULT_NONE, "the client is this host", NULL, false },
	{ "none: a login", { .client = "192.0.2.7", .login = "joe" },
	    RESULT_NONE, "the client has a login", NULL, false },
	{ "none: a host of signing_networks", { .client = "198.51.100.9" },
	    RESULT_NONE, "the client is in signing_networks", NULL, false },
};

static void
check_case(const struct iprev_case *c)
{
	struct arena *arena = arena_new(0);
	const struct finding *finding = trial_run(arena, &check_iprev,
	    &c->trial);

	print_message("%s\n", c->sentence);
	assert_string_equal(finding->check, "iprev");
	assert_string_equal(finding->reason, c->reason);
	assert_int_equal(finding->result, c->result);
	assert_int_equal(finding->suggested, DECISION_HAM);
	assert_int_equal(finding->has_failed, c->result == RESULT_TEMPERROR);
	assert_int_equal(finding->auth != NULL, c->has_auth);
	if (c->has_auth) {
		assert_string_equal(finding->auth->method, "iprev");
		assert_string_equal(finding->auth->result,
		    result_text(c->result));
		assert_int_equal(finding->auth->property_count, 1);
		assert_string_equal(finding->auth->properties[0].ptype,
		    "policy");
		assert_string_equal(finding->auth->properties[0].property,
		    "iprev");
		assert_string_equal(finding->auth->properties[0].value,
		    c->trial.client);
		assert_int_equal(finding->auth->comment != NULL,
		    c->comment != NULL);
		if (c->comment != NULL)
			assert_string_equal(finding->auth->comment,
			    c->comment);
	}
	arena_free(&arena);
}

static void
results_are_those_of_rfc_8601_2_7_3(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_case(&cases[i]);
}

/* --- mail by a trusted relay ----------------------------------------------------- */

#define RELAY "198.18.0.1"
#define BY " by mx2.example.org (Postfix) with ESMTP id 1; date\n"
#define STRANGER "Received: from mail.example.net (unknown [192.0.2.7])" BY
#define SAID " (client 192.0.2.7, says the trusted relay " RELAY ")"

static const struct {
	const char *sentence;
	struct trial trial;
	enum result result;
	const char *reason;
	const char *address;	/* in Authentication-Results; NULL: not there */
} relayed[] = {
	{ "the relay's client has a name", { .client = RELAY,
		.headers = STRANGER, .zone = PTR4 "mail.example.net\n"
		    "mail.example.net\tA\t192.0.2.7\n" },
	    RESULT_PASS, "mail.example.net has the client's address" SAID,
	    "192.0.2.7" },
	{ "the relay's client has none", { .client = RELAY,
		.headers = STRANGER, .zone = "1.0.18.198.in-addr.arpa\t"
		    "PTR\tmx2.example.org\nmx2.example.org\tA\t" RELAY "\n" },
	    RESULT_PERMERROR, "the client's address has no name" SAID,
	    "192.0.2.7" },
	{ "the DNS fails for the relay's client", { .client = RELAY,
		.headers = STRANGER, .zone = PTR4 "!SERVFAIL\n" },
	    RESULT_TEMPERROR, "the DNS fails for the client's address" SAID,
	    "192.0.2.7" },
	{ "the relay tells nothing", { .client = RELAY,
		.headers = "Subject: x\n" },
	    RESULT_NONE, "the trusted relay " RELAY " does not tell from whom "
	    "it has the message", NULL },
	{ "the relay's client is in signing_networks", { .client = RELAY,
		.headers = "Received: from x (y [198.51.100.9])" BY },
	    RESULT_NONE, "the trusted relay has it from signing_networks "
	    "(client 198.51.100.9, says the trusted relay " RELAY ")",
	    NULL },
	{ "the relay's own message", { .client = RELAY,
		.headers = "Received: by mx2.example.org (Postfix) id 1; "
		    "date\n" STRANGER,
		.zone = PTR4 "mail.example.net\n"
		    "mail.example.net\tA\t192.0.2.7\n" },
	    RESULT_PERMERROR, "the client's address has no name", RELAY },
	{ "a login at the relay's address", { .client = RELAY,
		.login = "joe", .headers = STRANGER },
	    RESULT_NONE, "the client has a login", NULL },
	{ "no relay, and a Received like one's", { .client = "203.0.113.5",
		.headers = STRANGER, .zone = PTR4 "mail.example.net\n"
		    "mail.example.net\tA\t192.0.2.7\n" },
	    RESULT_PERMERROR, "the client's address has no name",
	    "203.0.113.5" },
};

static void
of_a_trusted_relay_the_client_is_judged(void **state)
{
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(relayed); i++) {
		const struct finding *finding = trial_run(arena, &check_iprev,
		    &relayed[i].trial);

		print_message("%s\n", relayed[i].sentence);
		assert_string_equal(finding->reason, relayed[i].reason);
		assert_int_equal(finding->result, relayed[i].result);
		assert_int_equal(finding->auth != NULL,
		    relayed[i].address != NULL);
		if (finding->auth != NULL)
			assert_string_equal(finding->auth->properties[0].value,
			    relayed[i].address);
	}
}

static void
scores_and_on_error_are_settings(void **state)
{
	static const struct trial no_name = { .client = "192.0.2.7",
	    .settings = "score_missing 2.5;" };
	static const struct trial no_answer = { .client = "192.0.2.7",
	    .settings = "on_error defer;", .zone = PTR4 "!TIMEOUT\n" };
	struct arena *arena = *state;
	const struct finding *finding;

	finding = trial_run(arena, &check_iprev, &no_name);
	assert_true(finding->score == 2.5);
	finding = trial_run(arena, &check_iprev, &no_answer);
	assert_int_equal(finding->suggested, DECISION_DEFER);
	assert_int_equal(finding->reply->code, 451);
}

/* --- answers that come one by one ------------------------------------------------ */

#define NAMES 25

static void
answer_ptr(struct arena *arena, struct dns_query *query)
{
	struct dns_record records[NAMES];
	struct dns_answer answer = { .status = DNS_FOUND, .count = NAMES,
	    .records = records };

	for (int i = 0; i < NAMES; i++)
		records[i] = (struct dns_record){ .data = str_from(
		    arena_printf(arena, "n%d.example.net", i)) };
	dns_query_complete(query, &answer);
}

/* RFC 8601 3: ten names, all under way at once, from the connection on; the
 * first that leads back ends it, whatever the others do. */
static void
ten_names_are_asked_at_once_and_one_is_enough(void **state)
{
	static const struct trial trial = { .client = "192.0.2.7" };
	struct dns_record record = { .data = { "\xc0\x00\x02\x07", 4 } };
	struct dns_answer found = { .status = DNS_FOUND, .count = 1,
	    .records = &record };
	struct trial_steps steps;
	const struct finding *finding;

	(void)state;
	trial_begin(&steps, &check_iprev, &trial);
	assert_true(trial_reach(&steps, STAGE_CONNECT));
	assert_int_equal(steps.dns.asked, 1);
	answer_ptr(steps.arena, steps.dns.queries[0]);
	assert_true(trial_waits(&steps));
	assert_int_equal(steps.dns.asked, 1 + 10);
	assert_true(trial_reach(&steps, STAGE_MAIL));
	dns_query_complete(steps.dns.queries[10], &found);
	assert_false(trial_waits(&steps));
	assert_int_equal(steps.dns.asked, 1 + 10);
	finding = trial_finding(&steps, 0);
	assert_int_equal(finding->result, RESULT_PASS);
	assert_string_equal(finding->auth->comment, "n9.example.net");
	trial_end(&steps);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_are_those_of_rfc_8601_2_7_3),
		ARENA_TEST(of_a_trusted_relay_the_client_is_judged),
		ARENA_TEST(scores_and_on_error_are_settings),
		cmocka_unit_test(ten_names_are_asked_at_once_and_one_is_enough),
	};

	return cmocka_run_group_tests_name("check_iprev", tests, NULL, NULL);
}
