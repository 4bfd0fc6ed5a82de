/* SPDX-License-Identifier: ISC */
/* test_check_submission.c - who is asked for, and what the answers come to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
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
#include "told_policyd.h"

extern const struct check check_submission;

static const char site_text[] =
    "host { host_id mx.example.org; authserv_id auth.example.org;\n"
    "    recipient_delimiter +; }\n"
    "domain example.org { }\n"
    "alias sales@example.org { to ann@example.org; }\n";

static const struct submission_case {
	const char *sentence;
	const char *sender;		/* NULL: the null sender */
	const char *fields;
	const char *settings;
	bool is_smtp;
	const char *answers[3];		/* TOLD_DUNNO for those left out */
	const char *login;		/* NULL: nobody is asked */
	enum result result;
	enum decision suggested;
	const char *reason;		/* NULL: there is no finding */
	int code;
} cases[] = {
	{ .sentence = "a sender of ours is the login",
	    .sender = "ann@example.org", .login = "ann@example.org",
	    .result = RESULT_PASS, .reason = "submitted as ann@example.org" },
	{ .sentence = "without its extension and in lower case",
	    .sender = "Ann+jobs@Example.Org", .login = "ann@example.org",
	    .result = RESULT_PASS, .reason = "submitted as ann@example.org" },
	{ .sentence = "by the owner of an alias",
	    .sender = "sales@example.org", .login = "ann@example.org",
	    .result = RESULT_PASS, .reason = "submitted as ann@example.org" },
	{ .sentence = "an account of the host has its own name",
	    .sender = "root@mx.example.org", .login = "root@mx.example.org",
	    .result = RESULT_PASS,
	    .reason = "submitted as root@mx.example.org" },
	{ .sentence = "so has one by the name of the site",
	    .sender = "root@auth.example.org",
	    .login = "root@auth.example.org", .result = RESULT_PASS,
	    .reason = "submitted as root@auth.example.org" },
	{ .sentence = "a sender of elsewhere has none",
	    .sender = "joe@example.com", .login = "sendmail@mx.example.org",
	    .result = RESULT_PASS,
	    .reason = "submitted as sendmail@mx.example.org" },
	{ .sentence = "nor has the null sender",
	    .login = "sendmail@mx.example.org", .result = RESULT_PASS,
	    .reason = "submitted as sendmail@mx.example.org" },
	{ .sentence = "nor what is no address", .sender = "a b@example.org",
	    .login = "sendmail@mx.example.org", .result = RESULT_PASS,
	    .reason = "submitted as sendmail@mx.example.org" },
	{ .sentence = "whose login the administrator chooses",
	    .settings = "account web@example.org;",
	    .login = "web@example.org", .result = RESULT_PASS,
	    .reason = "submitted as web@example.org" },
	{ .sentence = "mail by SMTP was asked about by smtpd",
	    .sender = "ann@example.org", .is_smtp = true },
	{ .sentence = "what was received before is passed on",
	    .sender = "ann@example.org",
	    .fields = "Received: from a by b; Fri, 20 Nov 2026 10:00 +0000\n",
	    .result = RESULT_NONE, .reason = "passed on, not written here" },
	{ .sentence = "so is what has our id",
	    .sender = "ann@example.org", .fields = "X-Mailreeve-Id: 1\n",
	    .result = RESULT_NONE, .reason = "passed on, not written here" },
	{ .sentence = "which the administrator may not believe",
	    .sender = "ann@example.org", .settings = "forwarded yes;",
	    .fields = "Received: from a by b; Fri, 20 Nov 2026 10:00 +0000\n",
	    .login = "ann@example.org", .result = RESULT_PASS,
	    .reason = "submitted as ann@example.org" },
	{ .sentence = "a limit defers", .sender = "ann@example.org",
	    .answers = { TOLD_DUNNO, TOLD_DUNNO,
	    "action=421 4.7.1 limit reached\n\n" },
	    .login = "ann@example.org", .result = RESULT_FAIL,
	    .suggested = DECISION_DEFER, .reason = "limit reached",
	    .code = 450 },
	{ .sentence = "the recipient that is refused is named",
	    .sender = "ann@example.org", .answers = { TOLD_DUNNO,
	    "action=550 5.7.1 not to him\n\n" },
	    .login = "ann@example.org", .result = RESULT_FAIL,
	    .suggested = DECISION_REFUSE,
	    .reason = "carol@example.net: not to him", .code = 550 },
	{ .sentence = "a limit holds", .sender = "ann@example.org",
	    .answers = { TOLD_DUNNO, TOLD_DUNNO, "action=HOLD why\n\n" },
	    .login = "ann@example.org", .result = RESULT_FAIL,
	    .suggested = DECISION_HOLD, .reason = "why" },
	{ .sentence = "a service that hangs up defers",
	    .sender = "ann@example.org", .answers = { TOLD_CLOSE },
	    .login = "ann@example.org", .result = RESULT_TEMPERROR,
	    .suggested = DECISION_DEFER,
	    .reason = "the policy service hung up", .code = 451 },
	{ .sentence = "or passes, where on_error says so",
	    .sender = "ann@example.org", .settings = "on_error pass;",
	    .answers = { "what?\n\n" }, .login = "ann@example.org",
	    .result = RESULT_TEMPERROR,
	    .reason = "an answer that makes no sense" },
};

/* One check over one message, and whom it asks. */
struct trial {
	struct told_policyd *told;
	struct asking asking;
	struct dns_held dns;
	struct conf *conf;
	struct chain_entry entry;
	struct txn *txn;
	struct chain *chain;
};

static struct conf *
read_conf(struct arena *arena, const char *settings, const char **error_r)
{
	const struct section *const sections[] = { check_submission.section,
		NULL };

	return conf_parse("test", arena_printf(arena, "check submission "
	    "{ enabled yes; %s }\n", settings), sections, NULL, arena,
	    error_r);
}

static void
set_facts(struct txn *txn, const struct submission_case *c)
{
	static const char *const rcpts[] = { "bob@example.org",
		"carol@example.net" };
	const char *error;

	netaddr_parse(STR("127.0.0.1"), &txn->client.address);
	txn->client.name = "localhost";
	txn->client.is_local = !c->is_smtp;
	txn_set_queue_id(txn, "4jX29p");
	if (c->sender != NULL)
		txn_set_sender(txn, c->sender, &error);
	for (size_t i = 0; i < ARRAY_LEN(rcpts); i++)
		assert_int_equal(txn_add_rcpt(txn, rcpts[i], &error), 0);
	fixture_add_fields(&txn->headers, c->fields, '\n');
	txn->body = spool_new(NULL, 1024);
	assert_int_equal(spool_add(txn->body, "hello\r\n", 7), 0);
	txn->stage = STAGE_MESSAGE;
	txn->direction = direction_of(txn);
}

static void
trial_begin(struct trial *trial, struct arena *arena,
    const struct submission_case *c, const char *const *answers)
{
	const char *error = "";

	trial->told = told_policyd_start(arena, answers);
	trial->conf = read_conf(arena, arena_printf(arena,
	    "policy_service \"unix:%s\"; %s",
	    told_policyd_path(trial->told),
	    c->settings != NULL ? c->settings : ""), &error);
	if (trial->conf == NULL)
		fail_msg("%s", error);
	trial->entry = (struct chain_entry){ &check_submission,
		conf_get(trial->conf, check_submission.section) };
	asking_begin(&trial->asking);
	dns_held_init(&trial->dns);
	trial->txn = txn_new(mail_site(arena, site_text), 0);
	set_facts(trial->txn, c);
	trial->chain = chain_new(trial->txn, &trial->entry, 1,
	    &trial->dns.source);
	chain_serve(trial->chain, trial->asking.asker);
}

static void
trial_end(struct trial *trial)
{
	txn_free(&trial->txn);
	dns_held_done(&trial->dns);
	asking_end(&trial->asking);
	told_policyd_stop(trial->told);
	conf_unref(&trial->conf);
}

static void
check_finding(const struct findings *findings, const struct submission_case *c)
{
	const struct finding *finding;

	assert_int_equal(findings->items.len, c->reason != NULL);
	if (c->reason == NULL)
		return;
	finding = vec_at(&findings->items, 0);
	assert_string_equal(finding->reason, c->reason);
	assert_int_equal(finding->result, c->result);
	assert_int_equal(finding->suggested, c->suggested);
	if (c->code != 0)
		assert_int_equal(finding->reply->code, c->code);
	else
		assert_null(finding->reply);
}

static void
messages(void **state)
{
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct submission_case *c = &cases[i];
		const char *answers[4] = { NULL };
		struct trial trial;

		print_message("%s\n", c->sentence);
		for (size_t a = 0; a < ARRAY_LEN(c->answers); a++)
			answers[a] = c->answers[a] != NULL ? c->answers[a]
			    : TOLD_DUNNO;
		trial_begin(&trial, arena, c, answers);
		chain_finish(trial.chain, clock_steady_ms() + 120000);
		check_finding(chain_findings(trial.chain), c);
		if (c->login != NULL)
			assert_non_null(strstr(str_dup(arena,
			    told_policyd_heard(trial.told)),
			    arena_printf(arena, "\nsasl_username=%s\nsize=%zu"
			    "\n", c->login,
			    trial.txn->headers.size_bytes + 7)));
		trial_end(&trial);
	}
}

static void
silence_lasts_until_the_deadline(void **state)
{
	static const char *const silence[] = { NULL };
	const struct submission_case c = { .sender = "ann@example.org",
		.result = RESULT_TEMPERROR, .suggested = DECISION_DEFER,
		.reason = "no answer in time", .code = 451 };
	struct trial trial;

	trial_begin(&trial, *state, &c, silence);
	assert_int_equal(chain_run(trial.chain), 1);
	told_policyd_await(trial.told);
	chain_finish(trial.chain, clock_steady_ms());
	check_finding(chain_findings(trial.chain), &c);
	trial_end(&trial);
}

static void
nobody_is_asked_where_there_is_no_daemon(void **state)
{
	static const char *const silence[] = { NULL };
	const struct submission_case c = { .sender = "ann@example.org" };
	struct trial trial;

	trial_begin(&trial, *state, &c, silence);
	chain_serve(trial.chain, NULL);
	assert_int_equal(chain_run(trial.chain), 0);
	check_finding(chain_findings(trial.chain), &c);
	trial_end(&trial);
}

static void
a_service_is_a_unix_socket(void **state)
{
	const char *error = "";

	assert_null(read_conf(*state, "policy_service inet:127.0.0.1:1;",
	    &error));
	assert_non_null(strstr(error, "it is not unix:/PATH"));
	assert_null(read_conf(*state, "policy_service unix:policyd;", &error));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(messages),
		ARENA_TEST(silence_lasts_until_the_deadline),
		ARENA_TEST(nobody_is_asked_where_there_is_no_daemon),
		ARENA_TEST(a_service_is_a_unix_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
