/* SPDX-License-Identifier: ISC */
/* test_event.c - what is told of a decision, and how it is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/dmarc.h"
#include "auth/spf.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/finding.h"
#include "mail/txn.h"
#include "mail/verdict.h"
#include "mail_site.h"
#include "milter/engine.h"
#include "milter/event.h"

static void
take_line(void *arg, enum log_level level, const char *line)
{
	(void)level;
	snprintf(arg, 4096, "%s", line);
}

/* The log line of a message that this sentence explains. */
static void
log_sentence(const char *sentence, char line[4096])
{
	struct arena *arena = arena_new(0);
	struct txn *txn = txn_new(mail_site(arena, ""), 1700000000000);
	struct verdict verdict = { .decision = DECISION_JUNK,
		.done = DECISION_JUNK, .sentence = sentence };
	struct outcome outcome = { .verdict = &verdict };

	log_set_sink(take_line, line);
	event_log(txn, &outcome);
	log_set_sink(NULL, NULL);
	txn_free(&txn);
	arena_free(&arena);
}

static void
a_sentence_cannot_end_its_quotes_in_the_log(void **state)
{
	static const struct {
		const char *story, *sentence, *wanted;
	} cases[] = {
		{ "plain", "delivered: no check objects",
		    " why=\"delivered: no check objects\"" },
		{ "a HELO name with quotes",
		    "\"x\" done=ham why=\"\" is no host name",
		    " why=\"\\\"x\\\" done=ham why=\\\"\\\" is no host name\"" },
		{ "with line ends and escape sequences",
		    "a\r\nid=1 \033[31m", " why=\"a\\x0d\\x0aid=1 "
		    "\\x1b[31m\"" },
	};
	char line[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		log_sentence(cases[i].sentence, line);
		if (strstr(line, " why=") == NULL ||
		    strcmp(strstr(line, " why="), cases[i].wanted) != 0)
			fail_msg("%s: %s", cases[i].story, line);
	}
}

static void
the_log_line_tells_the_decision_in_facts(void **state)
{
	struct arena *arena = *state;
	struct txn *txn = txn_new(mail_site(arena, ""), 1700000000000);
	struct verdict verdict = { .decision = DECISION_REFUSE,
		.done = DECISION_HAM, .score = 6.25, .sentence = "too much" };
	struct outcome outcome = { .verdict = &verdict, .total_us = 12350,
		.waited_us = 49 };
	const char *error;
	char line[4096];

	txn->client.login = "u v";
	netaddr_parse(STR("192.0.2.7"), &txn->client.address);
	assert_int_equal(txn_set_sender(txn, "<a=b@example.org>", &error), 0);
	assert_int_equal(txn_add_rcpt(txn, "<c@example.org>", &error), 0);
	log_set_sink(take_line, line);
	event_log(txn, &outcome);
	log_set_sink(NULL, NULL);
	assert_non_null(strstr(line, "decision=refuse done=ham "
	    "direction=inbound client=192.0.2.7 login=\"u v\" "
	    "sender=\"a=b@example.org\" rcpts=1 score=6.2 ms=12.3 "
	    "waited_ms=0.0 why=\"too much\""));
	txn_free(&txn);
}

/* --- who was authenticated ------------------------------------------------ */

static const struct spf_verdict spf = { .result = RESULT_SOFTFAIL,
	.domain = { "example.net", 11 } };
static const struct dmarc_verdict passes = { .result = RESULT_PASS,
	.domain = { "example.org", 11 },
	.applied = { .has_record = true, .policy = DMARC_QUARANTINE } };
static const struct dmarc_verdict fails = { .result = RESULT_FAIL,
	.domain = { "example.org", 11 },
	.applied = { .has_record = true, .policy = DMARC_REJECT },
	.wish = DMARC_REJECT };
static const struct dmarc_verdict is_open = { .result = RESULT_TEMPERROR,
	.domain = { "example.org", 11 },
	.applied = { .has_record = true, .policy = DMARC_REJECT },
	.wish = DMARC_REJECT, .is_undecided = true };
static const struct dmarc_verdict has_none = { .result = RESULT_NONE,
	.domain = { "a\"b", 3 } };

static const struct {
	const char *story;
	struct auth_facts facts;
	const char *wanted;
} authenticated[] = {
	{ "not judged", { .spf = NULL },
	    "\"spf\":null,\"dmarc\":null," },
	{ "SPF, and a pass", { .spf = &spf, .dmarc = &passes },
	    "\"spf\":{\"result\":\"softfail\",\"domain\":"
	    "\"example.net\"},\"dmarc\":{\"result\":\"pass\","
	    "\"domain\":\"example.org\",\"policy\":\"quarantine\","
	    "\"disposition\":\"none\",\"override\":null}," },
	{ "a fail that came by a list", { .dmarc = &fails,
	    .dmarc_override = "mailing_list" },
	    "\"spf\":null,\"dmarc\":{\"result\":\"fail\","
	    "\"domain\":\"example.org\",\"policy\":\"reject\","
	    "\"disposition\":\"reject\","
	    "\"override\":\"mailing_list\"}," },
	{ "what might have failed: nothing applies by that",
	    { .dmarc = &is_open }, "\"spf\":null,\"dmarc\":{\"result\":"
	    "\"temperror\",\"domain\":\"example.org\",\"policy\":"
	    "\"reject\",\"disposition\":\"none\",\"override\":null}," },
	{ "no record: no policy", { .dmarc = &has_none },
	    "\"spf\":null,\"dmarc\":{\"result\":\"none\","
	    "\"domain\":\"a\\\"b\",\"policy\":null,"
	    "\"disposition\":\"none\",\"override\":null}," },
};

static void
an_event_says_who_was_authenticated(void **state)
{
	struct arena *arena = *state;
	struct txn *txn = txn_new(mail_site(arena, ""), 1700000000000);
	struct verdict verdict = { .sentence = "delivered" };
	struct findings findings;
	struct outcome outcome = { .verdict = &verdict,
		.findings = &findings };
	struct buf line;

	findings_init(&findings, arena);
	for (size_t i = 0; i < ARRAY_LEN(authenticated); i++) {
		txn->auth = authenticated[i].facts;
		buf_init(&line, arena);
		event_write(&line, txn, &outcome);
		if (strstr(line.data, authenticated[i].wanted) == NULL)
			fail_msg("%s: %s", authenticated[i].story, line.data);
	}
	txn_free(&txn);
}

static void
an_event_says_for_whom_something_else_was_decided(void **state)
{
	static const char *const rcpts[] = { "<a@one.example>",
		"<b@two.example>", "<c@three.example>" };
	static const struct rcpt_verdict own[] = {
		{ DECISION_JUNK, DECISION_JUNK, NULL },
		{ DECISION_JUNK, DECISION_REFUSE, NULL },
		{ DECISION_HAM, DECISION_HAM, NULL },
	};
	struct arena *arena = *state;
	struct txn *txn = txn_new(mail_site(arena, ""), 1700000000000);
	struct verdict verdict = { .sentence = "marked", .rcpts = own,
		.decision = DECISION_JUNK };
	struct findings findings;
	struct outcome outcome = { .verdict = &verdict,
		.findings = &findings };
	const char *error;
	struct buf line;

	findings_init(&findings, arena);
	for (size_t i = 0; i < ARRAY_LEN(rcpts); i++)
		assert_int_equal(txn_add_rcpt(txn, rcpts[i], &error), 0);
	buf_init(&line, arena);
	event_write(&line, txn, &outcome);
	assert_non_null(strstr(line.data, "\"exceptions\":["
	    "{\"recipient\":\"b@two.example\",\"decision\":\"junk\","
	    "\"asked\":\"refuse\"},"
	    "{\"recipient\":\"c@three.example\",\"decision\":\"ham\","
	    "\"asked\":\"ham\"}],"));
	txn_free(&txn);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sentence_cannot_end_its_quotes_in_the_log),
		ARENA_TEST(the_log_line_tells_the_decision_in_facts),
		ARENA_TEST(an_event_says_who_was_authenticated),
		ARENA_TEST(an_event_says_for_whom_something_else_was_decided),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
