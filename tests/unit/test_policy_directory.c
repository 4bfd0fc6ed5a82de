/* SPDX-License-Identifier: ISC */
/* test_policy_directory.c - policyd goes by what the directory says. */
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
#include "mail/policy.h"
#include "mail/txn.h"
#include "policy_host.h"
#include "policyd/hearing.h"
#include "policyd/ledger.h"
#include "policyd/rulebook.h"
#include "store/memory.h"
#include "store/store.h"

/* Patience for a busy machine. */
#define AT_MOST_MS 60000

/* "greylist yes (class staff), junk yes (default), local yes" */
static const char *
policy_text(struct policy_host *host, const char *rcpt)
{
	const struct policy *policy;
	struct policy_bench *bench = &host->bench;

	policy_host_hear(host, arena_printf(bench->arena, "recipient=%s\n",
	    rcpt));
	policy = ((const struct rcpt *)vec_at(&bench->txn->rcpts, 0))->policy;
	return arena_printf(bench->arena, "greylist %s (%s), junk %s (%s), "
	    "local %s", policy->values->greylist ? "yes" : "no",
	    policy_origin(policy, "greylist"), policy->values->junk ? "yes" :
	    "no", policy_origin(policy, "junk"),
	    policy->is_local ? "yes" : "no");
}

static void
where_both_say_something_the_directory_does(void **state)
{
	static const struct {
		const char *sentence, *rcpt, *text;
	} cases[] = {
		{ "what it manages: its class, then the section policy",
		    "ann@example.org", "greylist yes (class staff), junk no "
		    "(global), local yes" },
		{ "a section for a domain that it manages is passed over",
		    "bob@example.org", "greylist no (default), junk no "
		    "(global), local yes" },
		{ "one for another domain holds", "x@conf.example",
		    "greylist yes (domain conf.example), junk no (global), "
		    "local yes" },
		{ "and for all others the section policy", "x@else.example",
		    "greylist no (default), junk no (global), local no" },
	};
	struct policy_host host = policy_host_begin(state, POLICY_HOST_CONF
	    "policy { junk no; }\n"
	    "domain example.org { junk yes; }\n"
	    "domain conf.example { greylist yes; }\n");

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("%s\n", cases[i].sentence);
		assert_string_equal(policy_text(&host, cases[i].rcpt),
		    cases[i].text);
	}
	directories_must_do(host.asked.lab,
	    "put policy global junk=yes greylist=yes\n");
	while (strcmp(policy_text(&host, "x@else.example"), "greylist yes "
	    "(global), junk yes (global), local no") != 0)
		usleep(10000);
	policy_host_end(&host);
}

/* Also of those that no address of the mail names. */
static void
domains_and_all_have_their_limits(void **state)
{
	static const struct {
		const char *sentence, *lines, *reason;
	} cases[] = {
		{ "a client has the global limit", TO("x@else.example"),
		    "clients of 192.0.2.7: 1 of 3 messages per hour "
		    "(global)" },
		{ "a domain by way of one that stands for it",
		    TO("bob@other.example"),
		    "domains of domain example.org: 1 of 5 recipients per "
		    "hour (domain example.org)" },
	};
	struct policy_host host = policy_host_begin(state, POLICY_HOST_CONF
	    "throttle clients { per client; direction any; limit none; }\n"
	    "throttle domains { per recipient-domain; unit recipients; "
	    "direction any; limit none; }\n");
	const char *error;
	struct store *store = memory_open(NULL, host.bench.arena, &error);
	struct ledger *ledger = ledger_new(store);

	directories_must_do(host.asked.lab,
	    "put policy global limits=clients=3/1h\n"
	    "set domain example.org limits=domains=5/1h\n");
	rulebook_set_ledger(host.bench.rulebook, ledger);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("%s\n", cases[i].sentence);
		policy_host_hear(&host, arena_printf(host.bench.arena,
		    "instance=6.%zu\n"
		    "protocol_state=END-OF-MESSAGE\nrecipient_count=1\n%s", i,
		    cases[i].lines));
		assert_non_null(strstr(policy_host_reason(&host, "throttle"),
		    cases[i].reason));
	}
	hearing_free(&host.bench.hearing);
	ledger_free(&ledger);
	store_free(&store);
	policy_host_end(&host);
}

static void
a_change_holds_for_the_next_request(void **state)
{
	struct policy_host host = policy_host_begin(state, POLICY_HOST_CONF);
	int64_t start_ms;

	assert_string_equal(policy_host_answer(&host, TO("new@example.org")),
	    "550 5.1.1");
	directories_must_do(host.asked.lab, "add user new@example.org\n");
	start_ms = clock_steady_ms();
	while (strcmp(policy_host_answer(&host, TO("new@example.org")),
	    "DUNNO") != 0)
		usleep(5000);
	print_message("a user more: after %lld ms\n",
	    (long long)(clock_steady_ms() - start_ms));
	assert_string_equal(policy_host_answer(&host, BY("new@example.org",
	    "new@example.org")), "DUNNO");
	directories_must_do(host.asked.lab,
	    "set user new@example.org status=sending-suspended\n");
	start_ms = clock_steady_ms();
	while (strcmp(policy_host_answer(&host, BY("new@example.org",
	    "new@example.org")), "550 5.7.13") != 0)
		usleep(5000);
	print_message("suspended: after %lld ms\n",
	    (long long)(clock_steady_ms() - start_ms));
	policy_host_end(&host);
}

static void
the_last_answers_serve_then_on_error(void **state)
{
	struct policy_host host = policy_host_begin(state, POLICY_HOST_CONF
	    "rule recipient { on_error defer; }\n");

	assert_string_equal(policy_host_answer(&host, TO("ann@example.org")),
	    "DUNNO");
	assert_string_equal(policy_host_answer(&host, TO("no@example.org")),
	    "550 5.1.1");
	directory_asked_take_away(&host.asked);
	assert_string_equal(policy_host_answer(&host, TO("ann@example.org")),
	    "DUNNO");
	assert_string_equal(policy_host_reason(&host, "recipient"),
	    "ann@example.org exists");
	assert_string_equal(policy_host_answer(&host, TO("no@example.org")),
	    "550 5.1.1");
	/* Who was never asked about: the rule's on_error decides. */
	assert_string_equal(policy_host_answer(&host, TO("bob@example.org")),
	    "451 4.7.1");
	assert_non_null(strstr(policy_host_reason(&host, "recipient"),
	    "the directory is unavailable"));
	directories_give_back(host.asked.lab);
	while (strcmp(policy_host_answer(&host, TO("bob@example.org")),
	    "DUNNO") != 0)
		usleep(1000);
	policy_host_end(&host);
}

/* The rulebook again, with the lists that stand there now. */
static void
read_lists(struct policy_host *host)
{
	struct policy_bench *bench = &host->bench;
	struct inquiry_call *call = lists_ask(host->asked.inquiry,
	    clock_steady_ms() + AT_MOST_MS, bench->wait);
	struct rulebook *fresh;
	const char *error;
	struct lists *lists;

	while (inquiry_call_answer(call) == NULL)
		assert_int_equal(wait_sleep(bench->wait, clock_steady_ms() +
		    AT_MOST_MS), 1);
	lists = lists_take(&call, &error);
	assert_non_null(lists);
	fresh = rulebook_new_again(bench->rulebook, lists, bench->arena,
	    &error);
	if (fresh == NULL)
		fail_msg("%s", error);
	hearing_free(&bench->hearing);
	rulebook_unref(&bench->rulebook);
	bench->rulebook = fresh;
	rulebook_set_policies(fresh, host->asked.policies);
	lists_unref(&lists);
}

static void
its_access_entries_are_those_of_the_lists(void **state)
{
	struct policy_host host = policy_host_begin(state, POLICY_HOST_CONF
	    "access mine { for staff; client 192.0.2.7; action allow; }\n");

	read_lists(&host);
	policy_host_hear(&host, TO("bob@example.org"));
	assert_string_equal(policy_host_reason(&host, "access"),
	    "no entry fits");
	directories_must_do(host.asked.lab,
	    "add access net client=192.0.2.0/24 action=defer text=later\n"
	    "add access late for=@ours.example sender=@else.example\n");
	read_lists(&host);
	policy_host_hear(&host, TO("bob@example.org"));
	assert_string_equal(policy_host_reason(&host, "access"),
	    "access net: defer");
	policy_host_hear(&host, TO("ann@example.org"));
	assert_string_equal(policy_host_reason(&host, "access"),
	    "access mine: allow");
	policy_host_hear(&host, "sender=x@else.example\n" TO("x@ours.example"));
	assert_string_equal(policy_host_reason(&host, "access"),
	    "access late: deny");
	policy_host_end(&host);
}

static void
its_throttles_count(void **state)
{
	struct policy_host host = policy_host_begin(state, POLICY_HOST_CONF
	    "throttle both { limit 5/1h; }\n");
	const char *error;
	struct store *store = memory_open(NULL, host.bench.arena, &error);
	struct ledger *ledger = ledger_new(store);

	directories_must_do(host.asked.lab, "add throttle out limit=none\n"
	    "add throttle both limit=unlimited\n"
	    "set user bob@example.org limits=out=1/1h\n");
	read_lists(&host);
	rulebook_set_ledger(host.bench.rulebook, ledger);
	for (int i = 0; i < 2; i++) {
		policy_host_answer(&host, arena_printf(host.bench.arena,
		    "instance=9.%d\n"
		    "protocol_state=END-OF-MESSAGE\nrecipient_count=1\n"
		    "size=100\n" BY("bob@example.org", "bob@example.org"), i));
		print_message("%s\n", policy_host_reason(&host, "throttle"));
	}
	assert_non_null(strstr(policy_host_reason(&host, "throttle"), "out"));
	assert_null(strstr(policy_host_reason(&host, "throttle"), "both"));
	hearing_free(&host.bench.hearing);
	ledger_free(&ledger);
	store_free(&store);
	policy_host_end(&host);
}

int
main(void)
{
	static const struct directory_test tests[] = {
		DIRECTORY_TEST(where_both_say_something_the_directory_does),
		SQLITE_TEST(domains_and_all_have_their_limits),
		DIRECTORY_TEST(a_change_holds_for_the_next_request),
		DIRECTORY_TEST(its_access_entries_are_those_of_the_lists),
		SQLITE_TEST(its_throttles_count),
		DIRECTORY_TEST(the_last_answers_serve_then_on_error),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
