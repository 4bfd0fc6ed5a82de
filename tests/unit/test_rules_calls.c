/* SPDX-License-Identifier: ISC */
/* test_rules_calls.c - tests of facts: what makes them hit, and what they take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "auth/dkim.h"
#include "auth/dmarc.h"
#include "auth/spf.h"
#include "base/arena.h"
#include "mail/txn.h"
#include "rules/call.h"
#include "rules_bench.h"
#include "scan/answer.h"

/* How often the call hits the bench's message. */
static double
value_of(struct rules_bench *bench, const char *words)
{
	struct str rest = str_from(words), word;
	struct call_setup setup = { .arena = bench->arena,
		.draft = bench->draft };
	const struct call *call;
	const char *error;
	void *prepared = NULL;
	struct vec args;

	str_cut(&rest, ' ', &word);
	call = call_find(word);
	if (call == NULL)
		fail_msg("%s: there is no such call", words);
	vec_init(&args, bench->arena, sizeof(struct str));
	while (str_cut(&rest, ' ', &word))
		*(struct str *)vec_push(&args) = word;
	setup.args = &args;
	if (call->prepare != NULL &&
	    call->prepare(&setup, &prepared, &error) < 0)
		fail_msg("%s: %s", words, error);
	return call->run(bench->view, prepared);
}

static void
must_give(struct rules_bench *bench, const char *words, double wanted)
{
	double value = value_of(bench, words);

	if (value < wanted || value > wanted)
		fail_msg("%s: %g instead of %g", words, value, wanted);
}

static void
open_message(struct rules_bench *bench, const char *text)
{
	rules_bench_begin(bench);
	rules_bench_message(bench, str_from(text));
}

static void
findings_of_other_checks(void **state)
{
	struct rules_bench bench;

	(void)state;
	open_message(&bench, "\n");
	findings_add(&bench.findings, "helo", RESULT_FAIL, "");
	findings_add(&bench.findings, "dkim", RESULT_FAIL, "");
	findings_add(&bench.findings, "dkim", RESULT_PASS, "");
	must_give(&bench, "finding helo", 1);
	must_give(&bench, "finding dkim", 2);
	must_give(&bench, "finding dkim fail", 1);
	must_give(&bench, "finding dkim fail pass", 2);
	must_give(&bench, "finding dkim temperror", 0);
	must_give(&bench, "finding other", 0);
	bench.view->findings = NULL;
	must_give(&bench, "finding helo", 0);
	rules_bench_end(&bench);
}

static void
authentication(void **state)
{
	static const struct spf_verdict spf = { .result = RESULT_SOFTFAIL };
	static const struct dkim_verdict signatures[] = {
		{ .result = RESULT_FAIL }, { .result = RESULT_PERMERROR },
		{ .result = RESULT_PASS },
	};
	static const struct dkim_verdicts none = { 0 },
		bad = { .count = 2, .verdicts = signatures },
		good = { .count = 3, .verdicts = signatures };
	static const struct dmarc_verdict dmarc = { .result = RESULT_FAIL,
		.is_dkim_aligned = true, .applied = { .has_record = true,
		.policy = DMARC_QUARANTINE } };
	static const struct dmarc_verdict unknown = { .result = RESULT_NONE };
	struct rules_bench bench;

	(void)state;
	open_message(&bench, "\n");
	must_give(&bench, "spf none fail softfail", 0);
	must_give(&bench, "dkim none fail pass", 0);
	must_give(&bench, "dmarc none fail", 0);
	must_give(&bench, "dmarc_policy none", 0);
	must_give(&bench, "aligned spf dkim", 0);
	bench.txn->auth.spf = &spf;
	must_give(&bench, "spf fail softfail", 1);
	must_give(&bench, "spf fail", 0);
	bench.txn->auth.dkim = &none;
	must_give(&bench, "dkim none", 1);
	must_give(&bench, "dkim fail pass", 0);
	bench.txn->auth.dkim = &bad;
	must_give(&bench, "dkim fail", 1);
	must_give(&bench, "dkim permerror", 1);
	must_give(&bench, "dkim none pass", 0);
	bench.txn->auth.dkim = &good;
	must_give(&bench, "dkim pass", 1);
	must_give(&bench, "dkim fail permerror none", 0);
	bench.txn->auth.dmarc = &dmarc;
	must_give(&bench, "dmarc fail", 1);
	must_give(&bench, "dmarc pass", 0);
	must_give(&bench, "dmarc_policy quarantine reject", 1);
	must_give(&bench, "dmarc_policy none reject", 0);
	must_give(&bench, "aligned spf", 0);
	must_give(&bench, "aligned spf dkim", 1);
	bench.txn->auth.dmarc = &unknown;
	must_give(&bench, "dmarc_policy none", 0);
	rules_bench_end(&bench);
}

static void
the_way_of_a_message(void **state)
{
	struct rules_bench bench;

	(void)state;
	open_message(&bench, "\n");
	bench.txn->direction = DIRECTION_INTERNAL;
	must_give(&bench, "direction inbound outbound", 0);
	must_give(&bench, "direction outbound internal", 1);
	must_give(&bench, "tls", 0);
	must_give(&bench, "login", 0);
	bench.txn->client.tls_version = "TLSv1.3";
	bench.txn->client.login = "ann";
	must_give(&bench, "tls", 1);
	must_give(&bench, "login", 1);
	rules_bench_end(&bench);
}

static void
lists_and_bulk(void **state)
{
	static const struct {
		const char *field;
		double list, bulk;
	} cases[] = {
		{ "Subject: x", 0, 0 },
		{ "List-Id: <dev.example.org>", 1, 1 },
		{ "List-Post: <mailto:dev@example.org>", 1, 0 },
		{ "List-Unsubscribe: <mailto:x@example.org>", 0, 1 },
		{ "Feedback-ID: 1:2:3:4", 0, 1 },
		{ "Precedence: Bulk", 0, 1 },
		{ "Precedence: list ", 0, 1 },
		{ "Precedence: urgent", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rules_bench bench;

		open_message(&bench, "\n");
		rules_bench_message(&bench, str_from(arena_printf(bench.arena,
		    "%s\n\n", cases[i].field)));
		must_give(&bench, "list", cases[i].list);
		must_give(&bench, "bulk", cases[i].bulk);
		rules_bench_end(&bench);
	}
}

static void
structure_is_counted(void **state)
{
	struct rules_bench bench;

	(void)state;
	open_message(&bench, "Subject: x\nMime-Version: 1.0\n"
	    "Content-Type: multipart/mixed; boundary=b\n\n"
	    "--b\nContent-Type: text/html\n\n"
	    "<p>some text<span style=\"display:none\">1234</span>"
	    "<span style=\"font-size:1px\">56</span>"
	    "<img src=\"http://a.example.com/i.png\">"
	    "<img src=\"http://a.example.com/t.png\" width=1 height=1>"
	    "<form action=\"http://b.example.net/f\"><input type=password>"
	    "</form><a href=\"http://b.example.net/x\">x</a><script></script>\n"
	    "--b\nContent-Type: image/png; name=i.png\n"
	    "Content-Disposition: attachment\n\nPNG\n"
	    "--b\nContent-Type: image/gif\nContent-Transfer-Encoding: x\n\n"
	    "GIF\n--b--\n");
	must_give(&bench, "count parts", 4);
	must_give(&bench, "count rcpts", 0);
	must_give(&bench, "count attachments", 2);
	must_give(&bench, "count pictures", 2);
	must_give(&bench, "count pages", 1);
	must_give(&bench, "count text_bytes", 9);
	must_give(&bench, "count links", 4);
	must_give(&bench, "count link_domains", 2);
	must_give(&bench, "count hidden_bytes at least 6", 1);
	must_give(&bench, "count hidden_bytes not_shown", 4);
	must_give(&bench, "count hidden_bytes tiny more than 1", 1);
	must_give(&bench, "count images", 2);
	must_give(&bench, "count remote_images", 2);
	must_give(&bench, "count tiny_images", 1);
	must_give(&bench, "count forms", 1);
	must_give(&bench, "count password_fields", 1);
	must_give(&bench, "count scripts", 1);
	must_give(&bench, "count frames", 0);
	must_give(&bench, "count text", 1);
	must_give(&bench, "count header x-none", 0);
	must_give(&bench, "count header subject exactly 1", 1);
	must_give(&bench, "count size at least 500", 1);
	must_give(&bench, "count size < 500", 0);
	must_give(&bench, "oddity bad_transfer", 1);
	must_give(&bench, "oddity bad_transfer uuencoded", 1);
	must_give(&bench, "oddity uuencoded", 0);
	must_give(&bench, "url form", 1);
	must_give(&bench, "url misleads", 0);
	rules_bench_end(&bench);
}

static void
bounds_have_words_and_signs(void **state)
{
	static const struct {
		const char *bound;
		bool below, at, above;	/* of 4, 3, 2 with 3 parts */
	} cases[] = {
		{ "more than", true, false, false },
		{ ">", true, false, false },
		{ "less than", false, false, true },
		{ "<", false, false, true },
		{ "at least", true, true, false },
		{ ">=", true, true, false },
		{ "at most", false, true, true },
		{ "<=", false, true, true },
		{ "exactly", false, true, false },
		{ "=", false, true, false },
	};
	struct rules_bench bench;

	(void)state;
	open_message(&bench, "X: 1\nX: 2\nX: 3\n\n");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		must_give(&bench, arena_printf(bench.arena, "count header x "
		    "%s 2", cases[i].bound), cases[i].below);
		must_give(&bench, arena_printf(bench.arena, "count header x "
		    "%s 3", cases[i].bound), cases[i].at);
		must_give(&bench, arena_printf(bench.arena, "count header x "
		    "%s 4", cases[i].bound), cases[i].above);
	}
	rules_bench_end(&bench);
}

static void
links_that_deceive(void **state)
{
	static const struct {
		const char *body, *call;
		double count;
	} cases[] = {
		{ "http://bank.example@evil.example.com/", "url userinfo", 1 },
		{ "http://192.0.2.1/ http://192.0.2.2/ http://a.example.com/",
		    "url address_host", 2 },
		{ "http://192.0.2.1:81/", "url address_host odd_port", 1 },
		{ "http://a.example.com/", "url address_host odd_port", 0 },
		{ "<a href=\"http://evil.example.com/\">www.bank.com</a>",
		    "url misleads", 1 },
		{ "<a href=\"http://www.bank.com/x\">www.bank.com</a>",
		    "url misleads", 0 },
		{ "<a href=\"http://a.example.com/\" "
		    "style=\"display:none\">x</a>", "url hidden", 1 },
		{ "<meta http-equiv=refresh content=\"0; "
		    "url=http://a.example.com/\">", "url refresh", 1 },
		{ "<iframe src=\"http://a.example.com/\"></iframe>",
		    "url frame", 1 },
		{ "<script src=\"http://a.example.com/\"></script>",
		    "url script", 1 },
		{ "<a href=\"http://a.no-such-suffix-xyz/\">x</a>",
		    "url unknown_suffix", 1 },
		{ "<a href=\"http://a.example.com/\">x</a>",
		    "url unknown_suffix form frame script refresh", 0 },
		{ "<a href=\"http://a.example.com/?u=http://192.0.2.1/\">x</a>",
		    "url address_host", 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rules_bench bench;

		open_message(&bench, "\n");
		rules_bench_message(&bench, str_from(arena_printf(bench.arena,
		    "Content-Type: text/%s\n\n%s\n",
		    cases[i].body[0] == '<' ? "html" : "plain",
		    cases[i].body)));
		must_give(&bench, cases[i].call, cases[i].count);
		rules_bench_end(&bench);
	}
}

static void
names_of_the_sender(void **state)
{
	static const struct {
		const char *from, *reply_to;
		bool differs, is_same, is_he;
	} cases[] = {
		{ "a@example.org", "b@example.org", false, true, false },
		{ "a@mail.example.org", "b@example.org", false, true, false },
		{ "a@example.co.uk", "b@other.co.uk", true, false, false },
		{ "a@example.org", "b@example.com", true, false, false },
		{ "a@example.org", "b@example.com, c@example.org", false,
		    true, false },
		{ "a@example.org", "b@example.com, \"A\" <A@Example.org>",
		    false, true, true },
		{ "a@example.org", "nobody", false, false, false },
		{ "a@EXAMPLE.org", "b@example.ORG", false, true, false },
		{ "a@[192.0.2.1]", "b@[192.0.2.1]", false, false, false },
		{ "a@[192.0.2.1]", "a@[192.0.2.1]", false, false, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rules_bench bench;

		open_message(&bench, "\n");
		rules_bench_message(&bench, str_from(arena_printf(bench.arena,
		    "From: <%s>\nReply-To: %s\n\n", cases[i].from,
		    cases[i].reply_to)));
		must_give(&bench, "reply_to_differs", cases[i].differs);
		must_give(&bench, "other_domain header from:addr header "
		    "reply-to:addr", cases[i].differs);
		must_give(&bench, "same_domain header from:addr:domain header "
		    "reply-to:addr", cases[i].is_same);
		must_give(&bench, "same_domain header from:addr "
		    "envelope_from:domain", 0);
		must_give(&bench, "same_text header from:addr header "
		    "reply-to:addr", cases[i].is_he);
		must_give(&bench, "same_text header from:addr header cc:addr",
		    0);
		must_give(&bench, "other_domain header from:addr rcpt", 0);
		rules_bench_end(&bench);
	}
}

static void
fields_with_octets_above_127_are_counted(void **state)
{
	static const struct {
		const char *message;
		double count;
	} cases[] = {
		{ "Subject: plain\n\n\xc3\xa4\n", 0 },
		{ "Subject: \xc3\xa4\nTo: \xff\nFrom: a@example.org\n\n", 2 },
		{ "X-\xe4: 1\n\n", 0 },	/* no field (RFC 5322 2.2) */
		{ "Subject: =?utf-8?q?=C3=A4?=\n\n", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rules_bench bench;

		open_message(&bench, "\n");
		rules_bench_message(&bench, str_from(cases[i].message));
		must_give(&bench, "count headers_8bit", cases[i].count);
		rules_bench_end(&bench);
	}
}

/* The message comes on 22 Nov 2026 10:20:30 +0000. */
static void
dates(void **state)
{
	static const struct {
		const char *date;
		bool ahead, behind, bad;	/* by 12 hours */
	} cases[] = {
		{ "22 Nov 2026 10:20:30 +0000", false, false, false },
		{ "22 Nov 2026 22:20:31 +0000", true, false, false },
		{ "22 Nov 2026 22:20:30 +0000", false, false, false },
		{ "21 Nov 2026 22:20:29 +0000", false, true, false },
		{ "22 Nov 2026 22:20:30 +1200", false, false, false },
		{ "1 Jan 1970 00:00:00 +0000", false, true, false },
		{ "31 Dec 9999 00:00:00 +0000", true, false, false },
		{ "yesterday", false, false, true },
		{ "", false, false, true },
	};
	struct rules_bench bench;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		open_message(&bench, "\n");
		rules_bench_message(&bench, str_from(arena_printf(bench.arena,
		    "Date: %s\n\n", cases[i].date)));
		must_give(&bench, "date_off ahead 12", cases[i].ahead);
		must_give(&bench, "date_off behind 12", cases[i].behind);
		must_give(&bench, "date_off 12", cases[i].ahead ||
		    cases[i].behind);
		must_give(&bench, "date_bad", cases[i].bad);
		rules_bench_end(&bench);
	}
	open_message(&bench, "Subject: no date\n\n");
	must_give(&bench, "date_off 0", 0);
	must_give(&bench, "date_bad", 0);
	rules_bench_end(&bench);
}

static void
files_that_were_scanned(void **state)
{
	struct rules_bench bench;
	struct scan_answer answers[2];

	(void)state;
	open_message(&bench, "\n");
	must_give(&bench, "files macros", 0);
	must_give(&bench, "files_unread", 0);
	for (size_t i = 0; i < 2; i++) {
		struct scanned_file *file = vec_push(&bench.txn->files);

		scan_answer_init(&answers[i], bench.arena);
		file->answer = &answers[i];
		answers[i].marks = scan_marked(SCAN_MARK_archive);
	}
	answers[1].marks |= scan_marked(SCAN_MARK_macros);
	answers[1].unread = SCAN_UNREAD_late;
	must_give(&bench, "files archive", 2);
	must_give(&bench, "files macros activex", 1);
	must_give(&bench, "files activex", 0);
	must_give(&bench, "files_unread", 1);
	rules_bench_end(&bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(findings_of_other_checks),
		cmocka_unit_test(authentication),
		cmocka_unit_test(the_way_of_a_message),
		cmocka_unit_test(lists_and_bulk),
		cmocka_unit_test(structure_is_counted),
		cmocka_unit_test(bounds_have_words_and_signs),
		cmocka_unit_test(links_that_deceive),
		cmocka_unit_test(names_of_the_sender),
		cmocka_unit_test(fields_with_octets_above_127_are_counted),
		cmocka_unit_test(dates),
		cmocka_unit_test(files_that_were_scanned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
