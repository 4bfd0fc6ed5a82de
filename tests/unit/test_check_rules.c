/* SPDX-License-Identifier: ISC */
/* test_check_rules.c - rules as findings; what they see of the other checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/vec.h"
#include "dns_held.h"
#include "fixture.h"
#include "mail/spool.h"
#include "mail_site.h"
#include "milter/chain.h"
#include "mime/reader.h"
#include "rules/draft.h"
#include "rules/native_read.h"
#include "rules/ruleset.h"
#include "section_text.h"

static const char rules_text[] =
    "rule CHEAP { describe \"a price in the subject\"; score 2.5;\n"
    "	if subject '/cheap/i'; }\n"
    "rule KNOWN { describe \"a word that friends know\"; score -1;\n"
    "	if subject '/swordfish/'; }\n"
    "rule TRIED { describe \"on trial\"; score 7; dry_run yes;\n"
    "	if subject '/trial/'; }\n"
    "rule TOLD { describe \"only told\"; score 0.001; if subject '/told/'; }\n"
    "rule AFTER { describe \"the first check objects\"; score 4;\n"
    "	if finding first fail; }\n";

/* A check that finds what it is told to, when it is told to. */
struct stub_settings {
	struct check_common common;
	bool waits;
	enum result result;
};

static enum check_status
run_stub(struct check_run *run, const char **error_r)
{
	const struct stub_settings *settings = run->settings;

	(void)error_r;
	if (settings->waits)
		return CHECK_WAIT;
	findings_add(run->findings, run->name, settings->result, "stub");
	return CHECK_DONE;
}

static const struct check first = { .name = "first", .run = run_stub };

extern const struct check check_rules;

struct bench {
	struct arena *arena;
	struct conf *conf;
	struct dns_held dns;
	struct txn *txn;
	struct ruleset *ruleset;
	struct stub_settings stub;
	struct chain_entry entries[2];
	struct chain *chain;
};

static struct ruleset *
load(const char *text)
{
	struct arena *arena = arena_new(0);
	struct draft *draft = draft_new(arena);
	const char *error = NULL;

	if (native_read_text(draft, "test", str_from(text), &error) < 0)
		fail_msg("%s", error);
	return ruleset_new(&arena, draft, &ruleset_default_options);
}

static void
begin(struct bench *bench, const char *settings, const char *subject)
{
	struct mime_reader *reader;

	*bench = (struct bench){ .arena = arena_new(0),
	    .stub = { .common = { .enabled = true } } };
	bench->conf = section_text_read(bench->arena, check_rules.section,
	    arena_printf(bench->arena, "check rules { %s }", settings));
	dns_held_init(&bench->dns);
	bench->txn = txn_new(mail_site(bench->arena, ""), 0);
	bench->ruleset = load(rules_text);
	fixture_add_fields(&bench->txn->headers, arena_printf(bench->arena,
	    "Subject: %s\n", subject), '\n');
	bench->txn->body = spool_new(NULL, 4096);
	reader = mime_reader_new(bench->txn->arena, &mime_default_limits,
	    NULL);
	bench->txn->mime = mime_reader_end(reader);
	bench->entries[0] = (struct chain_entry){ &first, &bench->stub };
	bench->entries[1] = (struct chain_entry){ &check_rules,
	    conf_get(bench->conf, check_rules.section) };
	bench->chain = chain_new(bench->txn, bench->entries, 2,
	    &bench->dns.source);
	chain_judge_by(bench->chain, bench->ruleset);
	bench->txn->stage = STAGE_MESSAGE;
}

static void
end(struct bench *bench)
{
	txn_free(&bench->txn);
	ruleset_unref(&bench->ruleset);
	dns_held_done(&bench->dns);
	conf_unref(&bench->conf);
	arena_free(&bench->arena);
}

/* The finding of this name; NULL: there is none. */
static const struct finding *
find(const struct findings *findings, const char *name)
{
	for (size_t i = 0; i < findings->items.len; i++) {
		const struct finding *f = vec_at(&findings->items, i);

		if (strcmp(f->check, name) == 0)
			return f;
	}
	return NULL;
}

static void
each_rule_that_hits_is_a_finding_of_its_name(void **state)
{
	static const struct {
		const char *subject, *name, *reason;
		enum result result;
		double score;
		bool is_dry_run;
	} rows[] = {
		{ "so CHEAP", "CHEAP", "a price in the subject", RESULT_FAIL,
		    2.5, false },
		{ "swordfish", "KNOWN", "a word that friends know",
		    RESULT_PASS, -1, false },
		{ "trial", "TRIED", "on trial", RESULT_FAIL, 7, true },
		{ "told", "TOLD", "only told", RESULT_FAIL, 0.001, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct findings *found;
		const struct finding *finding;
		struct bench bench;

		print_message("%s\n", rows[i].subject);
		begin(&bench, "", rows[i].subject);
		chain_finish(bench.chain, clock_steady_ms() + 60000);
		found = chain_findings(bench.chain);
		/* That, and the one of the stub. */
		assert_int_equal(found->items.len, 2);
		finding = find(found, rows[i].name);
		assert_non_null(finding);
		assert_string_equal(finding->reason, rows[i].reason);
		assert_int_equal(finding->result, rows[i].result);
		assert_true(finding->score == rows[i].score);
		assert_int_equal(finding->is_dry_run, rows[i].is_dry_run);
		assert_int_equal(finding->suggested, DECISION_HAM);
		end(&bench);
	}
}

static void
what_hits_not_is_not_told(void **state)
{
	struct bench bench;

	(void)state;
	begin(&bench, "", "nothing of that");
	chain_finish(bench.chain, clock_steady_ms() + 60000);
	assert_int_equal(chain_findings(bench.chain)->items.len, 1);
	end(&bench);
}

static void
in_a_dry_run_of_the_check_none_counts(void **state)
{
	struct bench bench;
	const struct finding *finding;

	(void)state;
	begin(&bench, "dry_run yes;", "cheap");
	chain_finish(bench.chain, clock_steady_ms() + 60000);
	finding = find(chain_findings(bench.chain), "CHEAP");
	assert_non_null(finding);
	assert_true(finding->is_dry_run);
	end(&bench);
}

static void
rules_wait_for_the_checks_before_them_and_see_what_they_found(void **state)
{
	struct bench bench;

	(void)state;
	begin(&bench, "", "cheap");
	bench.stub.waits = true;
	bench.stub.result = RESULT_FAIL;
	assert_int_equal(chain_run(bench.chain), 2);
	bench.stub.waits = false;
	assert_int_equal(chain_run(bench.chain), 0);
	assert_non_null(find(chain_findings(bench.chain), "AFTER"));
	assert_non_null(find(chain_findings(bench.chain), "CHEAP"));
	end(&bench);
}

static void
a_check_that_passes_is_no_fail(void **state)
{
	struct bench bench;

	(void)state;
	begin(&bench, "", "cheap");
	bench.stub.result = RESULT_PASS;
	chain_finish(bench.chain, clock_steady_ms() + 60000);
	assert_null(find(chain_findings(bench.chain), "AFTER"));
	end(&bench);
}

/* A check that never ends costs its own answer alone. */
static void
rules_judge_without_what_does_not_come_in_time(void **state)
{
	const struct findings *found;
	struct bench bench;

	(void)state;
	begin(&bench, "", "cheap");
	bench.stub.waits = true;
	chain_finish(bench.chain, clock_steady_ms());
	found = chain_findings(bench.chain);
	assert_true(find(found, "first")->has_failed);
	assert_string_equal(find(found, "first")->reason,
	    "no answer in time");
	assert_non_null(find(found, "CHEAP"));
	assert_null(find(found, "AFTER"));
	end(&bench);
}

static void
without_rules_it_could_not_run(void **state)
{
	struct bench bench;
	const struct finding *finding;

	(void)state;
	begin(&bench, "on_error defer;", "cheap");
	chain_judge_by(bench.chain, NULL);
	chain_finish(bench.chain, clock_steady_ms() + 60000);
	finding = find(chain_findings(bench.chain), "rules");
	assert_non_null(finding);
	assert_true(finding->has_failed);
	assert_int_equal(finding->suggested, DECISION_DEFER);
	end(&bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_that_hits_is_a_finding_of_its_name),
		cmocka_unit_test(what_hits_not_is_not_told),
		cmocka_unit_test(in_a_dry_run_of_the_check_none_counts),
		cmocka_unit_test(
		  rules_wait_for_the_checks_before_them_and_see_what_they_found),
		cmocka_unit_test(a_check_that_passes_is_no_fail),
		cmocka_unit_test(
		    rules_judge_without_what_does_not_come_in_time),
		cmocka_unit_test(without_rules_it_could_not_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
