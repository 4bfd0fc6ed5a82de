/* SPDX-License-Identifier: ISC */
/* test_dmarc_author.c - what is asked for while the body still comes in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/dkim.h"
#include "auth/dmarc.h"
#include "base/arena.h"
#include "base/vec.h"
#include "base/wait.h"
#include "dmarc_bench.h"
#include "dns/dns_query.h"
#include "dns_held.h"
#include "fixture.h"
#include "mail/txn.h"
#include "mail_site.h"
#include "milter/check/dmarc_author.h"

#define FROM "From: a@example.org\n"
#define SIGNED(domain) "DKIM-Signature: v=1; d=" domain "; s=x; b=AA\n"

struct ahead {
	const char *sentence, *headers, *mail_from, *helo;
	size_t asked;		/* with the header */
};

static const struct ahead cases[] = {
	{ "4.10: the author domain alone", FROM, "<>", NULL, 2 },
	{ "4.4.1: signed by itself", FROM SIGNED("example.org"), "<>", NULL,
	    2 },
	{ "4.10.2: signed by a domain below it",
	    FROM SIGNED("mail.example.org"), "<>", NULL, 3 },
	{ "4.10.2: signed by a domain beside it, in another spelling",
	    "From: a@www.example.org\n" SIGNED("MAIL.Example.ORG"), "<>",
	    NULL, 4 },
	{ "a signer who cannot be aligned", FROM SIGNED("evil.org"), "<>",
	    NULL, 2 },
	{ "a signature that cannot be read",
	    FROM "DKIM-Signature: v=1; d=mail.example.org; x\n", "<>", NULL,
	    2 },
	{ "a signer that is no domain", FROM SIGNED("mail..example.org"),
	    "<>", NULL, 2 },
	{ "each author domain has its signer",
	    "From: a@example.org, b@example.com\n"
	    SIGNED("mail.example.com") SIGNED("mail.example.org"), "<>", NULL,
	    6 },
	{ "4.4.2: a sender below it", FROM, "<x@bounce.example.org>",
	    "mx.example.org", 3 },
	{ "4.4.2: HELO for the null sender", FROM, "<>", "mx.example.org",
	    3 },
};

struct bench {
	struct arena *arena;
	struct dns_held held;
	struct wait *wait;
	struct dns_view *dns;
	struct txn *txn;
};

static void
begin(struct bench *bench, struct arena *arena, const struct ahead *ahead)
{
	const char *error;

	bench->arena = arena;
	dns_held_init(&bench->held);
	bench->wait = wait_new();
	bench->dns = dns_view_new(arena, &bench->held.source, bench->wait);
	bench->txn = txn_new(mail_site(arena, "host { authserv_id mx; }"), 0);
	bench->txn->client.helo = ahead->helo;
	assert_int_equal(txn_set_sender(bench->txn, ahead->mail_from, &error),
	    0);
	fixture_add_fields(&bench->txn->headers, ahead->headers, '\n');
	bench->txn->stage = STAGE_HEADERS;
}

static void
end(struct bench *bench)
{
	txn_free(&bench->txn);
	dns_held_done(&bench->held);
	wait_unref(&bench->wait);
}

static void
what_may_be_aligned_is_asked_for_with_the_header(void **state)
{
	struct bench bench;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		begin(&bench, *state, &cases[i]);
		dmarc_author_new(bench.txn, bench.dns);
		if (bench.held.asked != cases[i].asked)
			fail_msg("%s: %zu questions, not %zu",
			    cases[i].sentence, bench.held.asked,
			    cases[i].asked);
		end(&bench);
	}
}

/* The organization of a signer below the author domain needs no round trip when
 * the message has ended. */
static void
a_signer_below_costs_no_round_trip_at_the_end(void **state)
{
	static const struct ahead ahead = { NULL,
		FROM SIGNED("mail.example.org"), "<>", NULL, 3 };
	const struct dmarc_verdict *verdict;
	struct dmarc_author *author;
	struct bench bench;

	begin(&bench, *state, &ahead);
	author = dmarc_author_new(bench.txn, bench.dns);
	assert_string_equal(dns_query_name(bench.held.queries[0]).data,
	    "_dmarc.example.org");
	dns_held_answer(bench.held.queries[0], STR("v=DMARC1; p=reject"));
	bench.held.answered = 1;
	dns_held_answer_round(&bench.held);
	verdict = dmarc_author_judge(author, NULL,
	    dmarc_dkim_of(*state, "pass mail.example.org"), false);
	assert_non_null(verdict);
	assert_int_equal(verdict->result, RESULT_PASS);
	assert_int_equal(bench.held.asked, ahead.asked);
	end(&bench);
}

/* As many as the check dkim verifies; what a stranger can make us ask has a
 * bound: the first name of each signer, and six above it for all. */
static void
ten_signatures_are_looked_at(void **state)
{
	struct arena *arena = *state;
	struct ahead ahead = { .mail_from = "<>" };
	struct bench bench;
	struct buf text;

	buf_init(&text, arena);
	buf_add_text(&text, FROM);
	for (int i = 0; i < 30; i++)
		buf_printf(&text,
		    SIGNED("s%d.a.b.c.d.e.f.g.h.example.org"), i);
	ahead.headers = arena_printf(arena, "%s", text.data);
	begin(&bench, arena, &ahead);
	dmarc_author_new(bench.txn, bench.dns);
	assert_int_equal(bench.held.asked, 2 + DKIM_SIGNATURES_MAX + 5);
	end(&bench);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(what_may_be_aligned_is_asked_for_with_the_header),
		ARENA_TEST(a_signer_below_costs_no_round_trip_at_the_end),
		ARENA_TEST(ten_signatures_are_looked_at),
	};

	return cmocka_run_group_tests_name("dmarc_author", tests, NULL, NULL);
}
