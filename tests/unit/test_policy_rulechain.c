/* SPDX-License-Identifier: ISC */
/* test_policy_rulechain.c - rules that answer at once, late, never, out of order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/wait.h"
#include "fixture.h"
#include "mail/txn.h"
#include "mail_site.h"
#include "policyd/rulechain.h"

/* What a made-up rule does. */
struct script {
	struct rule_common common;
	int waits;		/* so many calls give RULE_WAIT */
	const char *after;	/* waits until this rule has ended, too */
	bool fails;
	bool judges_late;	/* at the deadline it judges by what is there */
	enum decision suggested;
	const char *allowed_by;
	bool skips_greylist;
	bool looks_at_greylist;	/* its reason: is this request spared? */
	int calls;
};

static bool
is_ready(const struct rule_run *run, const struct script *script)
{
	if (script->calls <= script->waits)
		return false;
	return script->after == NULL || rule_state_of(run, script->after) !=
	    RULE_STATE_RUNNING;
}

static enum rule_status
run_script(struct rule_run *run, const char **error_r)
{
	struct script *script = (struct script *)(uintptr_t)run->settings;
	const char *reason = run->is_late ? "late" : "in time";
	struct finding *finding;

	script->calls++;
	/* What is said before the end counts nowhere. */
	findings_add(run->findings, "unfinished", RESULT_FAIL, "x")->suggested
	    = DECISION_REFUSE;
	run->permit->allowed_by = "unfinished";
	if (!is_ready(run, script) && !(run->is_late && script->judges_late))
		return RULE_WAIT;
	if (script->fails) {
		*error_r = "the store is down";
		return RULE_FAILED;
	}
	if (script->looks_at_greylist)
		reason = rule_skips_greylist(run) ? "spared" : "not spared";
	run->findings->items.len = 0;
	*run->permit = (struct rule_permit){ script->allowed_by,
		script->skips_greylist };
	finding = findings_add(run->findings, run->name, RESULT_PASS, reason);
	finding->suggested = script->suggested;
	return RULE_DONE;
}

static const struct rule a = { .name = "a", .stages = POLICY_RCPT |
	POLICY_END, .run = run_script };
static const struct rule b = { .name = "b", .stages = POLICY_RCPT,
	.run = run_script };

#define ON .common = { .enabled = true }

struct bench {
	struct txn *txn;
	struct wait *wait;
	struct request request;
	struct rulechain_entry entries[2];
	struct rulechain *rules;
};

static void
begin(struct bench *bench, struct arena *arena, struct script *one,
    struct script *other)
{
	bench->txn = txn_new_small(mail_site(arena, ""), 0);
	bench->wait = wait_new();
	bench->request = (struct request){ .stage = POLICY_RCPT };
	bench->entries[0] = (struct rulechain_entry){ .rule = &a,
		.settings = one };
	bench->entries[1] = (struct rulechain_entry){ .rule = &b,
		.settings = other };
}

static size_t
start(struct bench *bench)
{
	bench->rules = rulechain_new(bench->txn, &bench->request,
	    bench->entries, 2, bench->wait);
	return rulechain_run(bench->rules);
}

static void
end(struct bench *bench)
{
	txn_free(&bench->txn);
	wait_unref(&bench->wait);
}

/* "a:in time:ham b:late:refuse" */
static const char *
story(struct bench *bench)
{
	struct findings *findings = rulechain_findings(bench->rules);
	struct buf text;

	buf_init(&text, bench->txn->arena);
	buf_add_text(&text, "");
	for (size_t i = 0; i < findings->items.len; i++) {
		const struct finding *finding = vec_at(&findings->items, i);

		buf_printf(&text, "%s%s:%s:%s%s%s", i == 0 ? "" : " ",
		    finding->check, finding->reason,
		    decision_text(finding->suggested),
		    finding->has_failed ? ":failed" : "",
		    finding->is_dry_run ? ":dry" : "");
	}
	return text.len == 0 ? "" : text.data;
}

static const struct {
	const char *sentence;
	struct script one, other;
	const char *story;
	int calls_one, calls_other;	/* within runs runs */
	int runs;
} stories[] = {
	{ "both at once", { ON }, { ON }, "a:in time:ham b:in time:ham", 1, 1,
	    1 },
	{ "one waits, and the other is not run again",
	    { ON, .waits = 3 }, { ON, .suggested = DECISION_REFUSE },
	    "a:in time:ham b:in time:refuse", 4, 1, 3 },
	{ "findings stand in the order of the table, not of the answers",
	    { ON, .waits = 5 }, { ON, .waits = 1 },
	    "a:in time:ham b:in time:ham", 6, 2, 5 },
	{ "one waits for what the one behind it finds",
	    { ON, .after = "b" }, { ON }, "a:in time:ham b:in time:ham", 2, 1,
	    1 },
	{ "a rule that could not run passes by its on_error",
	    { .common = { .enabled = true, .on_error = ON_ERROR_PASS },
	    .fails = true }, { ON },
	    "a:the store is down:ham:failed b:in time:ham", 1, 1, 1 },
	{ "or defers",
	    { .common = { .enabled = true, .on_error = ON_ERROR_DEFER },
	    .fails = true }, { ON },
	    "a:the store is down:defer:failed b:in time:ham", 1, 1, 1 },
	{ "or rejects",
	    { .common = { .enabled = true, .on_error = ON_ERROR_REJECT },
	    .fails = true }, { ON },
	    "a:the store is down:refuse:failed b:in time:ham", 1, 1, 1 },
	{ "one that is not enabled is not run", { .common = { .enabled =
	    false } }, { ON }, "b:in time:ham", 0, 1, 1 },
	{ "nobody waits for one that is not enabled",
	    { ON, .after = "b" }, { .common = { .enabled = false } },
	    "a:in time:ham", 1, 0, 1 },
	{ "a dry run is marked", { .common = { .enabled = true, .dry_run =
	    true }, .suggested = DECISION_REFUSE }, { ON },
	    "a:in time:refuse:dry b:in time:ham", 1, 1, 1 },
	{ "what is allowed no rule refuses, nor one that could not run",
	    { .common = { .enabled = true, .on_error = ON_ERROR_DEFER },
	    .fails = true }, { ON, .allowed_by = "it is ours" },
	    "a:the store is down (but it is ours):ham:failed b:in time:ham",
	    1, 1, 1 },
	{ "a dry run allows nothing", { ON, .suggested = DECISION_REFUSE },
	    { .common = { .enabled = true, .dry_run = true }, .allowed_by =
	    "it is ours" }, "a:in time:refuse b:in time:ham:dry", 1, 1, 1 },
	{ "one that could not run allows nothing",
	    { ON, .suggested = DECISION_REFUSE }, { ON, .fails = true,
	    .allowed_by = "it is ours" },
	    "a:in time:refuse b:the store is down:ham:failed", 1, 1, 1 },
	{ "greylisting is spared by another rule", { ON, .skips_greylist =
	    true }, { ON, .looks_at_greylist = true },
	    "a:in time:ham b:spared:ham", 1, 1, 1 },
	{ "not by its dry run", { .common = { .enabled = true, .dry_run =
	    true }, .skips_greylist = true }, { ON, .looks_at_greylist =
	    true }, "a:in time:ham:dry b:not spared:ham", 1, 1, 1 },
};

static void
rules_are_run_until_all_have_ended(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(stories); i++) {
		struct script one = stories[i].one, other = stories[i].other;
		struct bench bench;
		int runs = 1;

		print_message("%s\n", stories[i].sentence);
		begin(&bench, *state, &one, &other);
		if (start(&bench) != 0)
			for (runs = 2; rulechain_run(bench.rules) != 0; runs++)
				assert_in_range(runs, 2, 20);
		assert_string_equal(story(&bench), stories[i].story);
		assert_int_equal(one.calls, stories[i].calls_one);
		assert_int_equal(other.calls, stories[i].calls_other);
		assert_in_range(runs, 1, stories[i].runs);
		end(&bench);
	}
}

static void
at_the_deadline_a_rule_judges_by_what_is_there_or_has_failed(void **state)
{
	struct script one = { .common = { .enabled = true, .on_error =
		ON_ERROR_DEFER }, .waits = 99 };
	struct script other = { ON, .waits = 99, .judges_late = true };
	struct bench bench;

	begin(&bench, *state, &one, &other);
	assert_int_equal(start(&bench), 2);
	rulechain_end(bench.rules);
	assert_string_equal(story(&bench),
	    "a:no answer in time:defer:failed b:late:ham");
	end(&bench);
}

static void
at_the_deadline_what_has_ended_is_not_run_again(void **state)
{
	struct script one = { ON }, other = { ON, .waits = 99 };
	struct bench bench;

	begin(&bench, *state, &one, &other);
	assert_int_equal(start(&bench), 1);
	rulechain_end(bench.rules);
	assert_string_equal(story(&bench),
	    "a:in time:ham b:no answer in time:ham:failed");
	assert_int_equal(one.calls, 1);
	end(&bench);
}

static void
a_rule_runs_at_its_stages_only(void **state)
{
	static const struct {
		enum policy_stage stage;
		const char *story;
	} at[] = {
		{ POLICY_OTHER, "" },
		{ POLICY_RCPT, "a:in time:ham b:in time:ham" },
		{ POLICY_DATA, "" },
		{ POLICY_END, "a:in time:ham" },
	};

	for (size_t i = 0; i < ARRAY_LEN(at); i++) {
		struct script one = { ON }, other = { ON };
		struct bench bench;

		begin(&bench, *state, &one, &other);
		bench.request.stage = at[i].stage;
		assert_int_equal(start(&bench), 0);
		assert_string_equal(story(&bench), at[i].story);
		end(&bench);
	}
}

static const struct {
	const char *sentence, *networks, *logins, *client, *login, *story;
} exceptions[] = {
	{ "a client of the networks", "192.0.2.0/24", NULL, "192.0.2.7", NULL,
	    "the client is one of except_networks" },
	{ "a client beside the networks", "192.0.2.0/24", NULL, "192.0.3.7",
	    NULL, "in time" },
	{ "a client without an address", "0.0.0.0/0", NULL, "unknown", NULL,
	    "in time" },
	{ "a login", NULL, "joe@example.org", "192.0.2.7", "Joe@Example.org",
	    "the login is one of except_logins" },
	{ "all logins of a domain", NULL, "@example.org", "192.0.2.7",
	    "joe@example.org", "the login is one of except_logins" },
	{ "a login of a domain below", NULL, "@example.org", "192.0.2.7",
	    "joe@a.example.org", "in time" },
	{ "no login", NULL, "@example.org", "192.0.2.7", NULL, "in time" },
	{ "a login without a domain", NULL, "joe", "192.0.2.7", "joe",
	    "the login is one of except_logins" },
};

static void
a_rule_is_not_run_for_its_exceptions(void **state)
{
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(exceptions); i++) {
		struct script one = { ON }, other = { .common = { .enabled =
			false } };
		struct setting_list networks = { 1, &exceptions[i].networks };
		struct setting_list logins = { 1, &exceptions[i].logins };
		const char *key, *error;
		struct bench bench;

		print_message("%s\n", exceptions[i].sentence);
		if (exceptions[i].networks != NULL)
			one.common.except_networks = networks;
		if (exceptions[i].logins != NULL)
			one.common.except_logins = logins;
		assert_int_equal(rule_common_check(&one, arena, &key, &error),
		    0);
		begin(&bench, arena, &one, &other);
		netaddr_parse(str_from(exceptions[i].client),
		    &bench.txn->client.address);
		bench.txn->client.login = exceptions[i].login;
		assert_int_equal(start(&bench), 0);
		assert_non_null(strstr(story(&bench), exceptions[i].story));
		assert_int_equal(one.calls, strcmp(exceptions[i].story,
		    "in time") == 0);
		end(&bench);
	}
}

static void
a_network_that_is_none_is_named(void **state)
{
	const char *text = "192.0.2.0/33";
	struct rule_common common = { .except_networks = { 1, &text } };
	const char *key = NULL, *error = NULL;

	assert_int_equal(rule_common_check(&common, *state, &key, &error), -1);
	assert_string_equal(key, "except_networks");
	assert_non_null(strstr(error, text));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(rules_are_run_until_all_have_ended),
		ARENA_TEST(
		    at_the_deadline_a_rule_judges_by_what_is_there_or_has_failed),
		ARENA_TEST(at_the_deadline_what_has_ended_is_not_run_again),
		ARENA_TEST(a_rule_runs_at_its_stages_only),
		ARENA_TEST(a_rule_is_not_run_for_its_exceptions),
		ARENA_TEST(a_network_that_is_none_is_named),
	};

	return cmocka_run_group_tests_name("policy_ruleset", tests, NULL,
	    NULL);
}
