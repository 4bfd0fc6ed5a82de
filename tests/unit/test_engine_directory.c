/* SPDX-License-Identifier: ISC */
/* test_engine_directory.c - the milter goes by what the directory says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/vec.h"
#include "base/wait.h"
#include "directory/lists.h"
#include "directory_asked.h"
#include "engine_bench.h"
#include "mail/policy.h"
#include "milter/action/signing.h"

#define LONG_MS (24 * 3600 * INT64_C(1000))
#define WORLD "add class staff junk=no\n" \
	"add class plain dkim_sign=no\n" \
	"add domain example.org\n" \
	"add user ann@example.org class=staff\n" \
	"add user bob@example.org class=plain\n" \
	"add alias sales@example.org to=ann@example.org\n"
#define CONF "milter { mode enforce; deadline 60s; %s}\n" \
	"host { recipient_delimiter +; authserv_id mx.example.org; }\n"

struct host {
	struct directory_asked asked;
	struct engine_bench bench;
};

static struct host
begin(void **state, const char *milter, int64_t stale_ms)
{
	struct host host = { .asked = directory_asked_begin(state, WORLD, 1000,
	    stale_ms) };

	engine_bench_begin(&host.bench, arena_printf(host.asked.lab->arena,
	    CONF, milter));
	return host;
}

static void
end(struct host *host)
{
	engine_bench_end(&host->bench);
	directory_asked_end(&host->asked);
}

/* A message of this login to one recipient. */
static void
send(struct host *host, const char *login, const char *from, const char *rcpt)
{
	struct engine_bench *bench = &host->bench;
	const char *error;

	engine_free(&bench->engine);
	bench->engine = engine_new(bench->snapshot, NULL, DIRECTORY_NOW);
	bench->txn = engine_txn(bench->engine);
	bench->txn->client.login = login;
	engine_consult(bench->engine, host->asked.policies);
	assert_int_equal(txn_set_sender(bench->txn, "<ann@example.org>",
	    &error), 0);
	engine_reach(bench->engine, STAGE_MAIL);
	assert_int_equal(engine_add_rcpt(bench->engine, rcpt), RCPT_TAKEN);
	engine_reach(bench->engine, STAGE_RCPT);
	engine_add_header(bench->engine, STR("From"), str_from(arena_printf(
	    bench->txn->arena, " <%s>", from)));
	engine_bench_close(bench);
}

static const struct rcpt *
rcpt_of(const struct host *host)
{
	return vec_at(&host->bench.txn->rcpts, 0);
}

static void
at_the_end_all_policies_are_known(void **state)
{
	struct host host = begin(state, "", LONG_MS);

	send(&host, "ann@example.org", "ann@example.org",
	    "<Ann+x@example.org>");
	assert_string_equal(policy_origin(rcpt_of(&host)->policy, "junk"),
	    "class staff");
	assert_false(rcpt_of(&host)->policy->values->junk);
	assert_string_equal(policy_origin(host.bench.txn->sender_policy,
	    "junk"), "class staff");
	assert_int_equal(host.bench.txn->direction, DIRECTION_INTERNAL);
	send(&host, "ann@example.org", "ann@example.org",
	    "<x@else.example>");
	assert_int_equal(host.bench.txn->direction, DIRECTION_OUTBOUND);
	assert_string_equal(policy_origin(rcpt_of(&host)->policy, "junk"),
	    "default");
	assert_null(engine_bench_finding(&host.bench, "directory"));
	end(&host);
}

static void
who_signs_owns_the_author(void **state)
{
	static const struct {
		const char *sentence, *login, *from, *why;
	} cases[] = {
		{ "its own address; only a key is missing",
		    "ann@example.org", "ann@example.org",
		    "example.org has no key" },
		{ "its alias", "ann@example.org", "sales@example.org",
		    "example.org has no key" },
		{ "somebody else of the same domain", "ann@example.org",
		    "bob@example.org",
		    "login ann@example.org does not own bob@example.org" },
		{ "dkim_sign by the class", "bob@example.org",
		    "bob@example.org", "dkim_sign is no for the author" },
		{ "a login that is not managed: its own domain",
		    "x@else.example", "y@else.example",
		    "else.example has no key" },
	};
	struct host host = begin(state, "", LONG_MS);
	struct signing signing;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("%s\n", cases[i].sentence);
		send(&host, cases[i].login, cases[i].from,
		    "<x@else.example>");
		assert_string_equal(signing_find(host.bench.txn, &signing),
		    cases[i].why);
	}
	end(&host);
}

static void
a_change_holds_for_the_next_message(void **state)
{
	struct host host = begin(state, "", LONG_MS);
	int64_t start_ms;

	send(&host, NULL, "x@else.example", "<ann@example.org>");
	assert_false(rcpt_of(&host)->policy->values->junk);
	directories_must_do(host.asked.lab,
	    "set user ann@example.org junk=yes\n");
	start_ms = clock_steady_ms();
	do {
		usleep(5000);
		send(&host, NULL, "x@else.example", "<ann@example.org>");
	} while (!rcpt_of(&host)->policy->values->junk);
	print_message("after %lld ms\n",
	    (long long)(clock_steady_ms() - start_ms));
	assert_string_equal(policy_origin(rcpt_of(&host)->policy, "junk"),
	    "user");
	end(&host);
}

/* The snapshot again, with the keys that stand there now. */
static void
read_lists(struct host *host)
{
	struct engine_bench *bench = &host->bench;
	int64_t deadline_ms = clock_steady_ms() + 60000;
	struct wait *wait = wait_new();
	struct inquiry_call *call = lists_ask(host->asked.inquiry, deadline_ms,
	    wait);
	struct snapshot *fresh;
	const char *error;
	struct lists *lists;

	assert_int_equal(wait_sleep(wait, deadline_ms), 1);
	lists = lists_take(&call, &error);
	assert_non_null(lists);
	fresh = snapshot_new_again(bench->snapshot, lists, bench->arena,
	    &error);
	assert_non_null(fresh);
	engine_free(&bench->engine);
	snapshot_unref(&bench->snapshot);
	bench->snapshot = fresh;
	fresh->check_count = fresh->action_count = 0;
	lists_unref(&lists);
	wait_unref(&wait);
}

static const char *
selectors(struct host *host, const char *from)
{
	struct signing signing;
	const char *why;
	struct buf text;

	send(host, NULL, from, "<x@else.example>");
	buf_init(&text, host->bench.txn->arena);
	why = signing_find(host->bench.txn, &signing);
	if (why != NULL)
		return why;
	for (size_t i = 0; i < signing.key_count; i++)
		buf_printf(&text, "%s:%s ", signing.keys[i].selector,
		    signing.keys[i].file);
	return text.data;
}

static void
active_keys_of_a_domain_sign(void **state)
{
	struct host host = begin(state, "", LONG_MS);

	directories_must_do(host.asked.lab, "add domain conf.example\n"
	    "add dkim_key example.org a file=/k/a\n"
	    "add dkim_key example.org b file=/k/b state=retired\n"
	    "add dkim_key example.org c file=/k/c\n"
	    "add dkim_key conf.example d file=/k/d state=prepared\n");
	assert_string_equal(selectors(&host, "ann@example.org"),
	    "example.org has no key");
	read_lists(&host);
	assert_string_equal(selectors(&host, "ann@example.org"),
	    "a:/k/a c:/k/c ");
	assert_string_equal(selectors(&host, "x@conf.example"),
	    "conf.example has no key");
	assert_non_null(strstr(snapshot_degraded(host.bench.snapshot, 0),
	    "mail of example.org is not signed as configured: /k/a"));
	directories_must_do(host.asked.lab, "delete dkim_key example.org a\n"
	    "set dkim_key conf.example d state=active\n");
	read_lists(&host);
	assert_string_equal(selectors(&host, "ann@example.org"),
	    "c:/k/c ");
	assert_string_equal(selectors(&host, "x@conf.example"), "d:/k/d ");
	end(&host);
}

static void
lose_it(void **state, const char *milter, enum decision decision)
{
	struct host host = begin(state, milter, LONG_MS);
	const struct finding *finding;

	send(&host, "ann@example.org", "ann@example.org",
	    "<ann@example.org>");
	directory_asked_take_away(&host.asked);
	send(&host, "ann@example.org", "ann@example.org",
	    "<ann@example.org>");
	assert_null(engine_bench_finding(&host.bench, "directory"));
	assert_false(rcpt_of(&host)->policy->values->junk);
	send(&host, "bob@example.org", "bob@example.org",
	    "<ann@example.org>");
	finding = engine_bench_finding(&host.bench, "directory");
	assert_non_null(finding);
	assert_true(finding->has_failed);
	assert_int_equal(finding->suggested, decision);
	assert_int_equal(host.bench.outcome->verdict->decision, decision);
	directories_give_back(host.asked.lab);
	end(&host);
}

static void
the_last_answers_serve_then_it_is_deferred(void **state)
{
	lose_it(state, "", DECISION_DEFER);
}

static void
or_passed_on(void **state)
{
	lose_it(state, "on_unknown_policy pass; ", DECISION_HAM);
}

int
main(void)
{
	static const struct directory_test tests[] = {
		DIRECTORY_TEST(at_the_end_all_policies_are_known),
		DIRECTORY_TEST(who_signs_owns_the_author),
		DIRECTORY_TEST(active_keys_of_a_domain_sign),
		DIRECTORY_TEST(a_change_holds_for_the_next_message),
		DIRECTORY_TEST(the_last_answers_serve_then_it_is_deferred),
		SQLITE_TEST(or_passed_on),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
