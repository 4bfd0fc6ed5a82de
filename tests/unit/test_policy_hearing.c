/* SPDX-License-Identifier: ISC */
/* test_policy_hearing.c - one request from its attributes to the answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/policy.h"
#include "mail/txn.h"
#include "mail/verdict.h"
#include "policy_bench.h"
#include "policyd/hearing.h"
#include "policyd/policy_event.h"

#define OURS "domain example.org { }\n"
#define DENY_NET OURS "access net { client 192.0.2.0/24; action deny; }\n"

/* "a@b c@d" */
static const char *
rcpts(const struct txn *txn)
{
	struct buf text;

	buf_init(&text, txn->arena);
	buf_add_text(&text, "");
	for (size_t i = 0; i < txn->rcpts.len; i++) {
		const struct rcpt *rcpt = vec_at(&txn->rcpts, i);

		buf_add_text(&text, i == 0 ? "" : " ");
		buf_add_str(&text, address_print(txn->arena,
		    &rcpt->address));
	}
	return text.data != NULL ? text.data : "";
}

static void
what_postfix_tells_becomes_facts(void **state)
{
	struct policy_bench bench;
	char text[NETADDR_TEXT_SIZE];

	(void)state;
	policy_bench_begin(&bench, OURS);
	policy_bench_ask(&bench, "client_address=2001:db8::1\nclient_name=x\n"
	    "reverse_client_name=y\nhelo_name=z\nsasl_username=joe\n"
	    "encryption_protocol=TLSv1.3\nserver_address=192.0.2.25\n"
	    "queue_id=4Qabc\nsender=Joe@Example.NET\n"
	    "recipient=ann@Example.org\n");
	assert_string_equal(netaddr_format(&bench.txn->client.address, text),
	    "2001:db8::1");
	assert_string_equal(netaddr_format(&bench.txn->client.server, text),
	    "192.0.2.25");
	assert_string_equal(bench.txn->client.name, "x");
	assert_string_equal(bench.txn->client.ptr_name, "y");
	assert_string_equal(bench.txn->client.helo, "z");
	assert_string_equal(bench.txn->client.login, "joe");
	assert_string_equal(bench.txn->client.tls_version, "TLSv1.3");
	assert_false(bench.txn->client.is_local);
	assert_string_equal(bench.txn->queue_id, "4Qabc");
	assert_string_equal(bench.txn->sender_path, "<Joe@Example.NET>");
	assert_string_equal(rcpts(bench.txn), "ann@example.org");
	assert_int_equal(bench.txn->direction, DIRECTION_INTERNAL);
	policy_bench_end(&bench);
}

static void
what_postfix_does_not_know_is_no_fact(void **state)
{
	struct policy_bench bench;

	(void)state;
	policy_bench_begin(&bench, OURS);
	policy_bench_ask(&bench, "client_address=unknown\nsasl_username=\n"
	    "helo_name=\nsender=\nrecipient=ann@example.org\n");
	assert_int_equal(bench.txn->client.address.len, 0);
	assert_int_equal(bench.txn->client.server.len, 0);
	assert_null(bench.txn->client.login);
	assert_null(bench.txn->client.helo);
	assert_null(bench.txn->queue_id);
	assert_string_equal(bench.txn->sender_path, "<>");
	assert_int_equal(bench.txn->direction, DIRECTION_INBOUND);
	policy_bench_end(&bench);
}

/* Postfix sends addresses without their quotes. */
static const struct {
	const char *sentence, *sent, *path, *local, *domain;
} addresses[] = {
	{ "a plain one", "joe@example.net", "<joe@example.net>", "joe",
	    "example.net" },
	{ "a blank in the local part", "a b@example.net",
	    "<\"a b\"@example.net>", "a b", "example.net" },
	{ "an @ in the local part", "a@b@example.net",
	    "<\"a@b\"@example.net>", "a@b", "example.net" },
	{ "a quote in the local part", "a\"b@example.net",
	    "<\"a\\\"b\"@example.net>", "a\"b", "example.net" },
	{ "'=' of SRS", "SRS0=x=y=z=b@example.net",
	    "<SRS0=x=y=z=b@example.net>", "SRS0=x=y=z=b", "example.net" },
	{ "a literal", "joe@[192.0.2.1]", "<joe@[192.0.2.1]>", "joe",
	    "[192.0.2.1]" },
	{ "a local part alone", "joe", "<joe>", "joe", "" },
	{ "UTF-8", "j\xc3\xb6rg@example.net", "<j\xc3\xb6rg@example.net>",
	    "j\xc3\xb6rg", "example.net" },
	{ "the null sender", "", "<>", "", "" },
};

static void
addresses_are_read_as_postfix_keeps_them(void **state)
{
	struct policy_bench bench;

	(void)state;
	policy_bench_begin(&bench, OURS);
	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		print_message("%s\n", addresses[i].sentence);
		policy_bench_ask(&bench, arena_printf(bench.arena,
		    "sender=%s\nrecipient=ann@example.org\n",
		    addresses[i].sent));
		assert_string_equal(bench.txn->sender_path,
		    addresses[i].path);
		assert_true(str_is(bench.txn->sender.local,
		    addresses[i].local));
		assert_true(str_is(bench.txn->sender.domain,
		    addresses[i].domain));
	}
	policy_bench_end(&bench);
}

#define RCPT(rcpt) "instance=1\nrecipient=" rcpt "\n"
#define END(count) "instance=1\nprotocol_state=END-OF-MESSAGE\n" \
	"recipient=\nrecipient_count=" count "\nsize=10\n"

static void
the_end_knows_the_recipients_and_the_id_of_its_message(void **state)
{
	struct policy_bench bench;
	char id[ULID_SIZE];

	(void)state;
	policy_bench_begin(&bench, OURS
	    "access no { recipient b@example.org; action deny; }\n");
	policy_bench_ask(&bench, RCPT("a@example.org"));
	memcpy(id, bench.txn->id, sizeof(id));
	assert_non_null(strstr(policy_bench_ask(&bench,
	    RCPT("b@example.org")), "550 5.7.1"));
	assert_string_equal(bench.txn->id, id);
	/* Each request at RCPT is about its recipient alone. */
	assert_string_equal(rcpts(bench.txn), "b@example.org");
	policy_bench_ask(&bench, RCPT("c@example.org"));
	policy_bench_ask(&bench, "instance=2\nrecipient=x@example.org\n");
	assert_string_not_equal(bench.txn->id, id);
	for (int i = 0; i < 2; i++) {
		policy_bench_ask(&bench, END("2"));
		assert_string_equal(bench.txn->id, id);
		assert_string_equal(rcpts(bench.txn),
		    "a@example.org c@example.org");
		assert_int_equal(bench.ruling->request->recipient_count, 2);
	}
	policy_bench_end(&bench);
}

static void
the_milter_names_what_it_asks_about(void **state)
{
	static const char id[] = "01M7ZRW421G6DG4BNFKKXJ952V";
	struct policy_bench bench;

	(void)state;
	policy_bench_begin(&bench, OURS);
	policy_bench_ask(&bench, "instance=01M7ZRW421G6DG4BNFKKXJ952V\n"
	    "recipient=a@example.org\n");
	assert_string_equal(bench.txn->id, id);
	policy_bench_ask(&bench, "instance=01M7ZRW421G6DG4BNFKKXJ952V\n"
	    "protocol_state=END-OF-MESSAGE\nrecipient_count=1\n");
	assert_string_equal(bench.txn->id, id);
	assert_string_equal(rcpts(bench.txn), "a@example.org");
	/* Postfix's instances are no ids. */
	policy_bench_ask(&bench, "instance=7b.65603d2a.c1f5b.0\n"
	    "recipient=a@example.org\n");
	assert_string_not_equal(bench.txn->id, id);
	policy_bench_end(&bench);
}

static void
without_memory_of_it_the_end_knows_what_postfix_says(void **state)
{
	struct policy_bench bench;

	(void)state;
	policy_bench_begin(&bench, OURS);
	policy_bench_ask(&bench, "instance=9\nprotocol_state=DATA\n"
	    "recipient=a@example.org\nrecipient_count=1\n");
	assert_string_equal(rcpts(bench.txn), "a@example.org");
	policy_bench_ask(&bench, END("3"));
	assert_string_equal(rcpts(bench.txn), "");
	policy_bench_ask(&bench, "protocol_state=END-OF-MESSAGE\n");
	assert_string_equal(rcpts(bench.txn), "");
	policy_bench_end(&bench);
}

static const struct {
	const char *sentence, *conf, *lines, *action, *why;
	bool is_decision;
} answers[] = {
	{ "a stranger whom nobody names", OURS, "recipient=ann@example.org\n",
	    "DUNNO", "passed on: no rule objects", false },
	{ "a client that is refused", DENY_NET, "recipient=ann@example.org\n",
	    "550 5.7.1 [ID] refused: not accepted by local policy",
	    "refused because access: access net: deny", true },
	{ "observe mode", "policyd { mode observe; }\n" DENY_NET,
	    "recipient=ann@example.org\n", "DUNNO", "would be refused because "
	    "access: access net: deny (observe mode: delivered)", true },
	{ "a dry run", DENY_NET "rule access { dry_run yes; }\n",
	    "recipient=ann@example.org\n", "DUNNO", "passed on: no rule "
	    "objects; without its dry run it would be refused because access: "
	    "access net: deny", true },
	{ "the postmaster hears everybody (RFC 5321 4.5.1)", DENY_NET,
	    "recipient=postmaster@example.org\n", "DUNNO",
	    "passed on: no rule objects", false },
	{ "abuse@ too (RFC 2142 4)", DENY_NET,
	    "recipient=Abuse@example.org\n", "DUNNO",
	    "passed on: no rule objects", false },
	{ "a login of ours is not spared for writing to abuse@elsewhere",
	    DENY_NET, "recipient=abuse@example.net\nsasl_username=joe\n",
	    "550 5.7.1 [ID] refused: not accepted by local policy",
	    "refused because access: access net: deny", true },
	{ "no rule runs at other stages", DENY_NET,
	    "protocol_state=CONNECT\n", "DUNNO", "passed on: no rule objects",
	    false },
};

static void
each_request_has_its_answer_and_its_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		struct policy_bench bench;
		const char *action, *id;
		char text[512];

		print_message("%s\n", answers[i].sentence);
		policy_bench_begin(&bench, answers[i].conf);
		action = policy_bench_ask(&bench, answers[i].lines);
		id = strstr(action, bench.txn->id);
		snprintf(text, sizeof(text), "%.*s%s%s",
		    (int)(id == NULL ? strlen(action) : (size_t)(id - action)),
		    action, id == NULL ? "" : "ID",
		    id == NULL ? "" : id + ULID_SIZE - 1);
		assert_string_equal(text, answers[i].action);
		assert_string_equal(bench.ruling->verdict->sentence,
		    answers[i].why);
		assert_int_equal(policy_event_is_decision(bench.ruling),
		    answers[i].is_decision);
		policy_bench_end(&bench);
	}
}

static void
an_event_tells_the_request_and_the_answer(void **state)
{
	struct policy_bench bench;
	struct buf event;

	(void)state;
	policy_bench_begin(&bench, "host { host_id mx.example.org; }\n"
	    DENY_NET);
	policy_bench_ask(&bench, "sender=a\"b@example.net\ninstance=7\n"
	    "recipient=ann@example.org\nsize=77\nhelo_name=\xff\n");
	buf_init(&event, bench.arena);
	policy_event_write(&event, bench.txn, bench.ruling);
	for (const char *const *part = (const char *const[]){
	    "\"daemon\":\"policyd\",\"stage\":\"RCPT\",\"instance\":\"7\"",
	    "\"host\":\"mx.example.org\"", "\"helo\":\"\xef\xbf\xbd\"",
	    "\"sender\":\"\\\"a\\\\\\\"b\\\"@example.net\"",
	    "\"recipients\":[\"ann@example.org\"]", "\"declared_size\":77",
	    "\"decision\":\"refuse\",\"done\":\"refuse\"",
	    "\"action\":\"550 5.7.1 [", "\"check\":\"access\"", NULL };
	    *part != NULL; part++)
		if (strstr(event.data, *part) == NULL)
			fail_msg("%s lacks %s", event.data, *part);
	assert_null(strchr(event.data, '\n'));
	policy_bench_end(&bench);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_postfix_tells_becomes_facts),
		cmocka_unit_test(what_postfix_does_not_know_is_no_fact),
		cmocka_unit_test(addresses_are_read_as_postfix_keeps_them),
		cmocka_unit_test(
		    the_end_knows_the_recipients_and_the_id_of_its_message),
		cmocka_unit_test(
		    without_memory_of_it_the_end_knows_what_postfix_says),
		cmocka_unit_test(the_milter_names_what_it_asks_about),
		cmocka_unit_test(each_request_has_its_answer_and_its_reason),
		cmocka_unit_test(an_event_tells_the_request_and_the_answer),
	};

	return cmocka_run_group_tests_name("policy_hearing", tests, NULL,
	    NULL);
}
