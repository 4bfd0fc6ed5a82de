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
#include "directories.h"
#include "directory/inquiry.h"
#include "directory/lists.h"
#include "directory/policies.h"
#include "mail/finding.h"
#include "mail/policy.h"
#include "mail/txn.h"
#include "pgsql_server.h"
#include "policy_bench.h"
#include "policyd/hearing.h"
#include "policyd/ledger.h"
#include "policyd/request.h"
#include "policyd/rulebook.h"
#include "store/memory.h"
#include "store/store.h"

/* Patience for a busy machine. */
#define AT_MOST_MS 60000
#define LONG_MS (24 * 3600 * INT64_C(1000))

#define WORLD "add class staff greylist=yes limits=out=7/1h\n" \
	"add domain example.org\n" \
	"add domain other.example role=alias alias_of=example.org\n" \
	"add domain relay.example role=relay relay_to=mx.relay.example\n" \
	"add domain all.example catch_all=ann@example.org\n" \
	"add domain old.example status=suspended\n" \
	"add domain ours.example\n" \
	"add user ann@example.org class=staff\n" \
	"add user bob@example.org\n" \
	"add user mute@example.org status=sending-suspended\n" \
	"add user gone@example.org status=suspended\n" \
	"add user kept@example.org status=suspended on_suspended=keep\n" \
	"add user later@example.org status=suspended on_suspended=defer\n" \
	"add user reader@example.org smtp=no\n" \
	"add user few@example.org max_recipients=1\n" \
	"add user eve@old.example\n" \
	"add alias sales@example.org to=ann@example.org\n" \
	"add alias team@example.org to=ann@example.org,bob@example.org\n" \
	"add alias quiet@example.org to=ann@example.org " \
	"status=sending-suspended\n" \
	"add alias off@example.org to=ann@example.org status=suspended\n" \
	"add alias past@example.org to=ann@example.org " \
	"expires=2001-01-01T00:00:00Z\n" \
	"add alias away@example.org to=ann@else.example\n" \
	"add alias lost@example.org to=gone@example.org\n" \
	"add identity bob@example.org office@else.example\n" \
	"add identity bob@example.org @ours.example\n"

#define ENFORCE "policyd { mode enforce; deadline 60s; }\n" \
	"host { recipient_delimiter +; }\nrule greylist { enabled no; }\n" \
	"directory { where sqlite:/the/bench/has/its/own; }\n"

struct host {
	struct directory_lab *lab;
	struct inquiry *inquiry;
	struct policies *policies;
	struct policy_bench bench;
};

static void
must_do(struct directory_lab *lab, const char *lines)
{
	const char *result = directories_do(lab, lab->directory, lines);

	if (*result != '\0')
		fail_msg("%s", result);
}

static struct host
begin(void **state, const char *conf, int64_t stale_ms)
{
	struct host host = { .lab = *state };

	must_do(host.lab, WORLD);
	host.inquiry = directories_inquiry(host.lab);
	host.policies = policies_new(host.inquiry, '+', 1000, stale_ms);
	policy_bench_begin(&host.bench, conf);
	rulebook_set_policies(host.bench.rulebook, host.policies);
	return host;
}

static void
end(struct host *host)
{
	policy_bench_end(&host->bench);
	policies_free(&host->policies);
	inquiry_free(&host->inquiry);
}

static void
hear(struct host *host, const char *lines)
{
	struct policy_bench *bench = &host->bench;
	int64_t deadline_ms = clock_steady_ms() + AT_MOST_MS;
	struct request request;
	const char *error;

	hearing_free(&bench->hearing);
	assert_int_equal(request_parse(str_from(arena_printf(bench->arena,
	    "request=smtpd_access_policy\n%sprotocol_state=RCPT\n"
	    "client_address=192.0.2.7\n\n", lines)), &request, &error), 0);
	bench->hearing = hearing_new(bench->rulebook, bench->instances,
	    &request, bench->wait);
	while (!hearing_run(bench->hearing))
		assert_int_equal(wait_sleep(bench->wait, deadline_ms), 1);
	bench->ruling = hearing_end(bench->hearing);
	bench->txn = hearing_txn(bench->hearing);
}

/* Without the id: "550 5.1.1". */
static const char *
answer(struct host *host, const char *lines)
{
	struct str action, piece;

	hear(host, lines);
	action = host->bench.ruling->action;
	str_cut(&action, '[', &piece);
	return str_dup(host->bench.txn->arena, str_trim(piece));
}

static const char *
reason(const struct host *host, const char *rule)
{
	const struct findings *findings = host->bench.ruling->findings;

	for (size_t i = 0; i < findings->items.len; i++) {
		const struct finding *finding = vec_at(&findings->items, i);

		if (strcmp(finding->check, rule) == 0)
			return finding->reason;
	}
	return "none";
}

#define TO(rcpt) "recipient=" rcpt "\n"
#define BY(login, sender) "sasl_username=" login "\nsender=" sender "\n" \
	"recipient=x@else.example\n"

static const struct {
	const char *sentence, *lines, *action, *reason;
} recipients[] = {
	{ "a user", TO("ann@example.org"), "DUNNO", "ann@example.org exists" },
	{ "in other letters", TO("Ann@EXAMPLE.org"), "DUNNO",
	    "Ann@example.org exists" },
	{ "with an extension", TO("ann+news@example.org"), "DUNNO",
	    "ann+news@example.org exists" },
	{ "nobody: 550 5.1.1 (RFC 3463 3.2)", TO("nobody@example.org"),
	    "550 5.1.1", "nobody@example.org does not exist" },
	{ "in an alias domain", TO("ann@other.example"), "DUNNO",
	    "ann@other.example exists" },
	{ "nobody in an alias domain", TO("nobody@other.example"),
	    "550 5.1.1", "nobody@other.example does not exist" },
	{ "another server knows whom it has", TO("any@relay.example"),
	    "DUNNO", "any@relay.example exists" },
	{ "a catch-all takes everybody", TO("any@all.example"), "DUNNO",
	    "any@all.example exists" },
	{ "an alias", TO("sales@example.org"), "DUNNO",
	    "sales@example.org exists" },
	{ "an alias to several", TO("team@example.org"), "DUNNO",
	    "team@example.org exists" },
	{ "an alias to somewhere else", TO("away@example.org"), "DUNNO",
	    "away@example.org exists" },
	{ "an alias that nobody sends as takes mail", TO("quiet@example.org"),
	    "DUNNO", "quiet@example.org exists" },
	{ "one that is suspended is none", TO("off@example.org"),
	    "550 5.1.1", "off@example.org does not exist" },
	{ "one that has expired is none", TO("past@example.org"),
	    "550 5.1.1", "past@example.org does not exist" },
	{ "postmaster@ is always there (RFC 5321 4.5.1)",
	    TO("Postmaster@example.org"), "DUNNO",
	    "Postmaster@example.org exists" },
	{ "so is abuse@ (RFC 2142 2)", TO("abuse@other.example"), "DUNNO",
	    "abuse@other.example exists" },
	{ "who is suspended: 550 5.2.1 (RFC 3463 3.3)",
	    TO("gone@example.org"), "550 5.2.1",
	    "gone@example.org is suspended" },
	{ "whose mail is kept meanwhile", TO("kept@example.org"), "DUNNO",
	    "kept@example.org is suspended: its mail is kept" },
	{ "whose mail is put off: 450 4.2.1", TO("later@example.org"),
	    "450 4.2.1", "later@example.org is suspended" },
	{ "who may not log in to send may be written to",
	    TO("reader@example.org"), "DUNNO", "reader@example.org exists" },
	{ "an alias to who is suspended", TO("lost@example.org"),
	    "550 5.2.1", "lost@example.org is suspended" },
	{ "who may not send may be written to", TO("mute@example.org"),
	    "DUNNO", "mute@example.org exists" },
	{ "a suspended domain", TO("eve@old.example"), "550 5.2.1",
	    "eve@old.example is suspended" },
	{ "what the directory does not manage", TO("x@else.example"),
	    "DUNNO", "none" },
	{ "no domain at all", TO("root"), "DUNNO", "none" },
}, senders[] = {
	{ "its own address", BY("ann@example.org", "ann@example.org"),
	    "DUNNO", "login ann@example.org owns the sender" },
	{ "without regard to case", BY("Ann@Example.org", "ANN@example.org"),
	    "DUNNO", "login Ann@Example.org owns the sender" },
	{ "its extension", BY("ann@example.org", "ann+x@example.org"),
	    "DUNNO", "login ann@example.org owns the sender" },
	{ "its address in an alias domain",
	    BY("ann@example.org", "ann@other.example"), "DUNNO",
	    "login ann@example.org owns the sender" },
	{ "a login in an alias domain",
	    BY("ann@other.example", "ann@example.org"), "DUNNO",
	    "login ann@other.example owns the sender" },
	{ "an alias that leads to it",
	    BY("ann@example.org", "sales@example.org"), "DUNNO",
	    "login ann@example.org owns the sender" },
	{ "an alias that leads to it and others",
	    BY("bob@example.org", "team@example.org"), "DUNNO",
	    "login bob@example.org owns the sender" },
	{ "an identity", BY("bob@example.org", "office@else.example"),
	    "DUNNO", "login bob@example.org owns the sender" },
	{ "a whole domain", BY("bob@example.org", "any@ours.example"),
	    "DUNNO", "login bob@example.org owns the sender" },
	{ "the null sender (RFC 8098 3)", BY("bob@example.org", ""), "DUNNO",
	    "the null sender is everybody's" },
	{ "somebody else: 553 5.7.1",
	    BY("ann@example.org", "bob@example.org"), "553 5.7.1",
	    "login ann@example.org may not send as <bob@example.org>" },
	{ "somebody else's alias",
	    BY("bob@example.org", "sales@example.org"), "553 5.7.1",
	    "login bob@example.org may not send as <sales@example.org>" },
	{ "somebody else's identity",
	    BY("ann@example.org", "office@else.example"), "553 5.7.1",
	    "login ann@example.org may not send as <office@else.example>" },
	{ "somebody else's domain",
	    BY("ann@example.org", "x@ours.example"), "553 5.7.1",
	    "login ann@example.org may not send as <x@ours.example>" },
	{ "an alias that may not be sent as",
	    BY("ann@example.org", "quiet@example.org"), "553 5.7.1",
	    "login ann@example.org may not send as <quiet@example.org>" },
	{ "what is no address", BY("ann@example.org", "a@b@"), "553 5.7.1",
	    "login ann@example.org may not send as \"<\\\"a@b\\\">\"" },
	{ "nobody's address", BY("ann@example.org", "no@example.org"),
	    "553 5.7.1",
	    "login ann@example.org may not send as <no@example.org>" },
	{ "a login that does not exist",
	    BY("no@example.org", "no@example.org"), "553 5.7.1",
	    "login no@example.org may not send as <no@example.org>" },
	{ "sending is suspended: 550 5.7.13 (RFC 5248 2.4)",
	    BY("mute@example.org", "mute@example.org"), "550 5.7.13",
	    "login mute@example.org: its sending is suspended" },
	{ "who is suspended does not send either",
	    BY("gone@example.org", "gone@example.org"), "550 5.7.13",
	    "login gone@example.org: its sending is suspended" },
	{ "nor does a suspended domain",
	    BY("eve@old.example", "eve@old.example"), "550 5.7.13",
	    "login eve@old.example: its sending is suspended" },
	{ "a login that is not managed",
	    BY("x@else.example", "ann@example.org"), "DUNNO",
	    "the directory does not manage the login" },
	{ "whose service smtp is off: 550 5.7.13 (RFC 5248 2.4)",
	    BY("reader@example.org", "reader@example.org"), "550 5.7.13",
	    "login reader@example.org: its service smtp is off" },
	{ "not even notes of delivery", BY("reader@example.org", "<>"),
	    "550 5.7.13",
	    "login reader@example.org: its service smtp is off" },
	{ "who is suspended may write to a postmaster of ours (DESIGN 5.18)",
	    "sasl_username=mute@example.org\nsender=mute@example.org\n"
	    "recipient=postmaster@example.org\n", "DUNNO",
	    "login mute@example.org: its sending is suspended (but who answers "
	    "for the host is not kept from its mail)" },
	{ "but not to one elsewhere", "sasl_username=mute@example.org\n"
	    "sender=mute@example.org\nrecipient=postmaster@else.example\n",
	    "550 5.7.13", "login mute@example.org: its sending is "
	    "suspended" },
	{ "nor to somebody else beside him", "instance=3.1\n"
	    "sasl_username=mute@example.org\nsender=mute@example.org\n"
	    "recipient=ann@example.org\nrecipient_count=1\n", "550 5.7.13",
	    "login mute@example.org: its sending is suspended" },
	{ "no login", "sender=ann@example.org\nrecipient=x@else.example\n",
	    "DUNNO", "none" },
};

static void
recipients_exist_or_not(void **state)
{
	struct host host = begin(state, ENFORCE, LONG_MS);

	for (size_t i = 0; i < ARRAY_LEN(recipients); i++) {
		print_message("%s\n", recipients[i].sentence);
		assert_string_equal(answer(&host, recipients[i].lines),
		    recipients[i].action);
		assert_string_equal(reason(&host, "recipient"),
		    recipients[i].reason);
	}
	end(&host);
}

/* Twice: what is kept must say the same. */
static void
logins_send_as_who_they_may(void **state)
{
	struct host host = begin(state, ENFORCE, LONG_MS);

	for (size_t i = 0; i < 2 * ARRAY_LEN(senders); i++) {
		size_t at = i % ARRAY_LEN(senders);

		print_message("%s\n", senders[at].sentence);
		assert_string_equal(answer(&host, senders[at].lines),
		    senders[at].action);
		assert_string_equal(reason(&host, "sender_login"),
		    senders[at].reason);
	}
	end(&host);
}

/* "greylist yes (class staff), junk yes (default), local yes" */
static const char *
policy_text(struct host *host, const char *rcpt)
{
	const struct policy *policy;
	struct policy_bench *bench = &host->bench;

	hear(host, arena_printf(bench->arena, "recipient=%s\n", rcpt));
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
	struct host host = begin(state, ENFORCE "policy { junk no; }\n"
	    "domain example.org { junk yes; }\n"
	    "domain conf.example { greylist yes; }\n", LONG_MS);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("%s\n", cases[i].sentence);
		assert_string_equal(policy_text(&host, cases[i].rcpt),
		    cases[i].text);
	}
	must_do(host.lab, "put policy global junk=yes greylist=yes\n");
	while (strcmp(policy_text(&host, "x@else.example"), "greylist yes "
	    "(global), junk yes (global), local no") != 0)
		usleep(10000);
	end(&host);
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
	struct host host = begin(state, ENFORCE
	    "throttle clients { per client; direction any; limit none; }\n"
	    "throttle domains { per recipient-domain; unit recipients; "
	    "direction any; limit none; }\n", LONG_MS);
	const char *error;
	struct store *store = memory_open(NULL, host.bench.arena, &error);
	struct ledger *ledger = ledger_new(store);

	must_do(host.lab, "put policy global limits=clients=3/1h\n"
	    "set domain example.org limits=domains=5/1h\n");
	rulebook_set_ledger(host.bench.rulebook, ledger);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("%s\n", cases[i].sentence);
		hear(&host, arena_printf(host.bench.arena, "instance=6.%zu\n"
		    "protocol_state=END-OF-MESSAGE\nrecipient_count=1\n%s",
		    i, cases[i].lines));
		assert_non_null(strstr(reason(&host, "throttle"),
		    cases[i].reason));
	}
	hearing_free(&host.bench.hearing);
	ledger_free(&ledger);
	store_free(&store);
	end(&host);
}

static void
a_change_holds_for_the_next_request(void **state)
{
	struct host host = begin(state, ENFORCE, LONG_MS);
	int64_t start_ms;

	assert_string_equal(answer(&host, TO("new@example.org")),
	    "550 5.1.1");
	must_do(host.lab, "add user new@example.org\n");
	start_ms = clock_steady_ms();
	while (strcmp(answer(&host, TO("new@example.org")), "DUNNO") != 0)
		usleep(5000);
	print_message("a user more: after %lld ms\n",
	    (long long)(clock_steady_ms() - start_ms));
	assert_string_equal(answer(&host, BY("new@example.org",
	    "new@example.org")), "DUNNO");
	must_do(host.lab,
	    "set user new@example.org status=sending-suspended\n");
	start_ms = clock_steady_ms();
	while (strcmp(answer(&host, BY("new@example.org",
	    "new@example.org")), "550 5.7.13") != 0)
		usleep(5000);
	print_message("suspended: after %lld ms\n",
	    (long long)(clock_steady_ms() - start_ms));
	end(&host);
}

/* Of SQLite the file goes, of PostgreSQL the server. */
static void
take_away(struct host *host)
{
	struct directory_lab *lab = host->lab;

	directory_close(&lab->directory);
	if (lab->is_sqlite)
		assert_int_equal(rename(lab->settings.place,
		    arena_printf(lab->arena, "%s/away", lab->folder)), 0);
	else
		pgsql_server_stop(directories_server());
	while (inquiry_degraded(host->inquiry, lab->arena) == NULL)
		usleep(1000);
}

static void
give_back(struct host *host)
{
	struct directory_lab *lab = host->lab;

	if (lab->is_sqlite)
		assert_int_equal(rename(arena_printf(lab->arena, "%s/away",
		    lab->folder), lab->settings.place), 0);
	else
		pgsql_server_start(directories_server());
	lab->directory = directories_connect(lab, DB_WRITE);
}

static void
the_last_answers_serve_then_on_error(void **state)
{
	struct host host = begin(state, ENFORCE
	    "rule recipient { on_error defer; }\n", LONG_MS);

	assert_string_equal(answer(&host, TO("ann@example.org")), "DUNNO");
	assert_string_equal(answer(&host, TO("no@example.org")), "550 5.1.1");
	take_away(&host);
	assert_string_equal(answer(&host, TO("ann@example.org")), "DUNNO");
	assert_string_equal(reason(&host, "recipient"),
	    "ann@example.org exists");
	assert_string_equal(answer(&host, TO("no@example.org")), "550 5.1.1");
	/* Who was never asked about: the rule's on_error decides. */
	assert_string_equal(answer(&host, TO("bob@example.org")),
	    "451 4.7.1");
	assert_non_null(strstr(reason(&host, "recipient"),
	    "the directory is unavailable"));
	give_back(&host);
	while (strcmp(answer(&host, TO("bob@example.org")), "DUNNO") != 0)
		usleep(1000);
	end(&host);
}

static void
a_message_has_so_many_recipients(void **state)
{
	struct host host = begin(state, ENFORCE
	    "rule recipient { max_recipients 2; }\n", LONG_MS);

	for (int i = 0; i < 2; i++)
		assert_string_equal(answer(&host, arena_printf(
		    host.bench.arena, "instance=7.1\nrecipient=x%d@else.example"
		    "\n", i)), "DUNNO");
	assert_string_equal(answer(&host, "instance=7.1\n"
	    TO("x3@else.example")), "452 4.5.3");
	assert_string_equal(answer(&host, "instance=7.2\n"
	    TO("x3@else.example")), "DUNNO");
	end(&host);
}

/* Of the login, not of whom it says it is. */
static void
a_login_has_its_own_number_of_them(void **state)
{
	struct host host = begin(state, ENFORCE
	    "rule recipient { max_recipients 2; }\n", LONG_MS);
	static const struct {
		const char *login;
		int most;
	} cases[] = { { "few@example.org", 1 }, { "bob@example.org", 2 } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (int k = 0; k <= cases[i].most; k++)
			assert_string_equal(answer(&host, arena_printf(
			    host.bench.arena, "instance=8.%zu\n"
			    "sasl_username=%s\nsender=%s\n"
			    "recipient=x%d@else.example\n", i,
			    cases[i].login, cases[i].login, k)),
			    k < cases[i].most ? "DUNNO" : "452 4.5.3");
	end(&host);
}

static void
who_is_suspended_may_be_deferred(void **state)
{
	struct host host = begin(state, ENFORCE
	    "rule recipient { suspended defer; }\n", LONG_MS);

	assert_string_equal(answer(&host, TO("gone@example.org")),
	    "450 4.2.1");
	end(&host);
}

/* Without a directory it is the map alone, and only where that is wanted. */
static void
logins_that_are_not_managed_have_the_map(void **state)
{
	struct host host = begin(state, ENFORCE
	    "rule sender_login { by_login_map yes; }\n", LONG_MS);

	assert_string_equal(answer(&host, BY("x@else.example",
	    "y@else.example")), "DUNNO");
	assert_string_equal(answer(&host, BY("x@else.example",
	    "ann@example.org")), "553 5.7.1");
	assert_string_equal(answer(&host, BY("ann@example.org",
	    "bob@example.org")), "553 5.7.1");
	rulebook_set_policies(host.bench.rulebook, NULL);
	assert_string_equal(answer(&host, BY("ann@example.org",
	    "bob@example.org")), "DUNNO");
	assert_string_equal(answer(&host, BY("ann@example.org",
	    "bob@else.example")), "553 5.7.1");
	end(&host);
}

/* The rulebook again, with the lists that stand there now. */
static void
read_lists(struct host *host)
{
	struct policy_bench *bench = &host->bench;
	struct inquiry_call *call = lists_ask(host->inquiry,
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
	rulebook_set_policies(fresh, host->policies);
	lists_unref(&lists);
}

static void
its_access_entries_are_those_of_the_lists(void **state)
{
	struct host host = begin(state, ENFORCE
	    "access mine { for staff; client 192.0.2.7; action allow; }\n",
	    LONG_MS);

	read_lists(&host);
	hear(&host, TO("bob@example.org"));
	assert_string_equal(reason(&host, "access"), "no entry fits");
	must_do(host.lab, "add access net client=192.0.2.0/24 action=defer "
	    "text=later\n"
	    "add access late for=@ours.example sender=@else.example\n");
	read_lists(&host);
	hear(&host, TO("bob@example.org"));
	assert_string_equal(reason(&host, "access"), "access net: defer");
	hear(&host, TO("ann@example.org"));
	assert_string_equal(reason(&host, "access"), "access mine: allow");
	hear(&host, "sender=x@else.example\n" TO("x@ours.example"));
	assert_string_equal(reason(&host, "access"), "access late: deny");
	end(&host);
}

static void
its_throttles_count(void **state)
{
	struct host host = begin(state, ENFORCE
	    "throttle both { limit 5/1h; }\n", LONG_MS);
	const char *error;
	struct store *store = memory_open(NULL, host.bench.arena, &error);
	struct ledger *ledger = ledger_new(store);

	must_do(host.lab, "add throttle out limit=none\n"
	    "add throttle both limit=unlimited\n"
	    "set user bob@example.org limits=out=1/1h\n");
	read_lists(&host);
	rulebook_set_ledger(host.bench.rulebook, ledger);
	for (int i = 0; i < 2; i++) {
		answer(&host, arena_printf(host.bench.arena, "instance=9.%d\n"
		    "protocol_state=END-OF-MESSAGE\nrecipient_count=1\n"
		    "size=100\n" BY("bob@example.org", "bob@example.org"),
		    i));
		print_message("%s\n", reason(&host, "throttle"));
	}
	assert_non_null(strstr(reason(&host, "throttle"), "out"));
	assert_null(strstr(reason(&host, "throttle"), "both"));
	hearing_free(&host.bench.hearing);
	ledger_free(&ledger);
	store_free(&store);
	end(&host);
}

int
main(void)
{
	static const struct directory_test tests[] = {
		DIRECTORY_TEST(recipients_exist_or_not),
		DIRECTORY_TEST(logins_send_as_who_they_may),
		DIRECTORY_TEST(where_both_say_something_the_directory_does),
		SQLITE_TEST(domains_and_all_have_their_limits),
		DIRECTORY_TEST(a_change_holds_for_the_next_request),
		DIRECTORY_TEST(its_access_entries_are_those_of_the_lists),
		SQLITE_TEST(its_throttles_count),
		DIRECTORY_TEST(a_message_has_so_many_recipients),
		SQLITE_TEST(a_login_has_its_own_number_of_them),
		SQLITE_TEST(who_is_suspended_may_be_deferred),
		SQLITE_TEST(logins_that_are_not_managed_have_the_map),
		DIRECTORY_TEST(the_last_answers_serve_then_on_error),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
