/* SPDX-License-Identifier: ISC */
/* test_check_dkim.c - a finding for each signature, and what it tells others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/dkim.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/vec.h"
#include "dkim_bench.h"
#include "dns/dns.h"
#include "dns/zone.h"
#include "fixture.h"
#include "mail/auth_results.h"
#include "mail/spool.h"
#include "mail/txn.h"
#include "mail_site.h"
#include "milter/chain.h"
#include "section_text.h"

extern const struct check check_dkim;

#define NOW_S 1700000000
#define HEADER "from:joe@example.org\r\n"
#define BODY "hello\r\n"

/* One key for all cases. */
static struct arena *shared;
static struct dkim_forger *forger;

struct bench {
	struct arena *arena;
	struct conf *conf;
	struct dns_source *dns;
	struct txn *txn;
	struct chain_entry entry;
	struct chain *chain;
};

static int
set_up_all(void **state)
{
	*state = shared = arena_new(0);
	forger = dkim_forger_new(shared, 1024);
	return 0;
}

static void
begin(struct bench *bench, const char *settings)
{
	struct arena *arena = arena_new(0);
	const char *error = NULL;
	struct buf zone;

	*bench = (struct bench){ .arena = arena };
	bench->conf = section_text_read(arena, check_dkim.section,
	    arena_printf(arena, "check dkim { %s }\n", settings));
	buf_init(&zone, arena);
	dkim_zone_add(&zone, STR("s._domainkey.example.org"),
	    str_from(arena_printf(arena, "t=y; k=rsa; p=%s", forger->public_key)));
	buf_add_text(&zone, "silent._domainkey.example.org\tTXT\t!TIMEOUT\n");
	bench->dns = zone_source_parse("zone", buf_str(&zone), arena, &error);
	assert_non_null(bench->dns);
	bench->txn = txn_new(mail_site(arena, ""), NOW_S * INT64_C(1000));
	bench->entry = (struct chain_entry){ &check_dkim,
		conf_get(bench->conf, check_dkim.section) };
	bench->chain = chain_new(bench->txn, &bench->entry, 1, bench->dns);
	header_list_add(&bench->txn->headers, STR("from"),
	    STR("joe@example.org"));
}

static void
end(struct bench *bench)
{
	txn_free(&bench->txn);
	dns_source_free(&bench->dns);
	conf_unref(&bench->conf);
	arena_free(&bench->arena);
}

static void
sign(struct bench *bench, const char *selector, const char *body)
{
	header_list_add(&bench->txn->headers, STR("dkim-signature"),
	    dkim_forge(bench->arena, forger, STR(HEADER), str_from(
	    arena_printf(bench->arena, "v=1; a=rsa-sha256; d=example.org; "
	    "s=%s; h=from; bh=%s; b=", selector, dkim_forge_body_hash(
	    bench->arena, str_from(body))))));
}

static const struct vec *
run(struct bench *bench)
{
	bench->txn->stage = STAGE_HEADERS;
	chain_run(bench->chain);
	bench->txn->body = spool_new(NULL, 65536);
	assert_int_equal(spool_add(bench->txn->body, BODY, strlen(BODY)), 0);
	bench->txn->stage = STAGE_MESSAGE;
	chain_finish(bench->chain, clock_steady_ms() + 60000);
	return &chain_findings(bench->chain)->items;
}

static void
check(const struct vec *findings, size_t i, enum result result,
    const char *reason)
{
	const struct finding *finding = vec_at(findings, i);

	assert_string_equal(finding->reason, reason);
	assert_int_equal(finding->result, result);
	assert_true(finding->score == 0);
}

/* What the header would say. */
static const char *
auth_text(struct bench *bench, const struct vec *findings, size_t i)
{
	const struct finding *finding = vec_at(findings, i);

	return str_dup(bench->arena, auth_results_write(bench->arena, "mx",
	    &finding->auth, 1));
}

static void
unsigned_mail_is_none(void **state)
{
	const struct vec *findings;
	struct bench bench;

	(void)state;
	begin(&bench, "");
	findings = run(&bench);
	assert_int_equal(findings->len, 1);
	check(findings, 0, RESULT_NONE, "not signed");
	assert_string_equal(auth_text(&bench, findings, 0),
	    " mx;\n\tdkim=none");
	assert_int_equal(bench.txn->auth.dkim->count, 0);
	end(&bench);
}

static void
each_signature_has_its_finding(void **state)
{
	const struct vec *findings;
	const char *text;
	struct bench bench;

	(void)state;
	begin(&bench, "");
	sign(&bench, "s", "other\r\n");
	sign(&bench, "s", BODY);
	sign(&bench, "none", BODY);
	header_list_add(&bench.txn->headers, STR("DKIM-Signature"), STR("x"));
	findings = run(&bench);
	assert_int_equal(findings->len, 4);
	check(findings, 0, RESULT_FAIL, "example.org: body hash did not verify");
	check(findings, 1, RESULT_PASS, "example.org");
	check(findings, 2, RESULT_PERMERROR, "example.org: no key in the DNS");
	check(findings, 3, RESULT_PERMERROR,
	    "unknown signer: syntax error in a tag list");
	text = auth_text(&bench, findings, 1);
	assert_non_null(strstr(text, "dkim=pass (1024-bit key, test mode)"));
	assert_non_null(strstr(text, "header.d=example.org"));
	assert_non_null(strstr(text, "header.i=@example.org"));
	assert_non_null(strstr(text, "header.s=s"));
	assert_non_null(strstr(text, "header.a=rsa-sha256"));
	assert_non_null(strstr(text, "header.b="));
	assert_null(strstr(text, "reason"));
	text = auth_text(&bench, findings, 0);
	assert_non_null(strstr(text, "dkim=fail"));
	assert_non_null(strstr(text, "body hash did not verify"));
	assert_null(strstr(auth_text(&bench, findings, 3), "header."));
	assert_int_equal(bench.txn->auth.dkim->count, 4);
	assert_int_equal(bench.txn->auth.dkim->verdicts[1].result,
	    RESULT_PASS);
	end(&bench);
}

static void
settings_count(void **state)
{
	const struct vec *findings;
	struct bench bench;

	(void)state;
	begin(&bench, "minimum_bits 2048;");
	sign(&bench, "s", BODY);
	findings = run(&bench);
	check(findings, 0, RESULT_POLICY,
	    "example.org: RSA key of 1024 bits, 2048 are required");
	end(&bench);
}

/* A missing key is a reason to wait only when nothing else passes. */
static void
a_silent_key_follows_on_error(void **state)
{
	struct bench bench;
	const struct finding *finding;
	const struct vec *findings;

	(void)state;
	begin(&bench, "on_error defer;");
	sign(&bench, "silent", BODY);
	finding = vec_at(run(&bench), 0);
	assert_int_equal(finding->result, RESULT_TEMPERROR);
	assert_int_equal(finding->suggested, DECISION_DEFER);
	assert_non_null(finding->auth);
	end(&bench);

	begin(&bench, "on_error defer;");
	sign(&bench, "silent", BODY);
	sign(&bench, "s", BODY);
	findings = run(&bench);
	finding = vec_at(findings, 0);
	assert_int_equal(finding->result, RESULT_TEMPERROR);
	assert_int_equal(finding->suggested, DECISION_HAM);
	check(findings, 1, RESULT_PASS, "example.org");
	end(&bench);

	begin(&bench, "");
	sign(&bench, "silent", BODY);
	finding = vec_at(run(&bench), 0);
	assert_int_equal(finding->suggested, DECISION_HAM);
	end(&bench);
}

static void
what_is_left_out_is_said(void **state)
{
	const struct vec *findings;
	struct bench bench;

	(void)state;
	begin(&bench, "");
	for (int i = 0; i < DKIM_SIGNATURES_MAX + 2; i++)
		sign(&bench, "s", BODY);
	findings = run(&bench);
	assert_int_equal(findings->len, DKIM_SIGNATURES_MAX + 1);
	check(findings, DKIM_SIGNATURES_MAX, RESULT_NEUTRAL,
	    "2 signatures below the first 10 were not looked at");
	end(&bench);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(unsigned_mail_is_none),
		cmocka_unit_test(each_signature_has_its_finding),
		cmocka_unit_test(settings_count),
		cmocka_unit_test(a_silent_key_follows_on_error),
		cmocka_unit_test(what_is_left_out_is_said),
	};

	return cmocka_run_group_tests(tests, set_up_all,
	    fixture_arena_teardown);
}
