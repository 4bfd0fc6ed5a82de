/* SPDX-License-Identifier: ISC */
/* test_dkim_verify_many.c - many signatures, late keys, large messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/dkim.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/vec.h"
#include "base/wait.h"
#include "dns_held.h"
#include "fixture.h"
#include "letter.h"

struct bench {
	struct arena *arena;
	struct dkim_forger *rsa;
};

static struct bench bench;

static int
set_up_all(void **state)
{
	struct arena *arena = arena_new(0);

	*state = arena;
	bench = (struct bench){ arena, dkim_forger_new(arena, 2048) };
	return 0;
}

/* --- many signatures --------------------------------------------------------- */

static void
none_hides_another(void **state)
{
	struct dkim_message *message = letter_new(*state);
	const struct dkim_verdicts *verdicts;
	struct buf zone;

	buf_init(&zone, *state);
	dkim_zone_add(&zone, STR(KEY_NAME), str_from(bench.rsa->record));
	letter_add(message, STR("garbage"));
	letter_add(message, letter_sign(*state, bench.rsa, "x=1"));
	letter_add(message, letter_sign(*state, bench.rsa, ""));
	letter_add(message, STR("v=1; a=rsa-sha256; d=example.com; s=none; "
	    "h=from; b=AAAA; bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	    ));
	letter_add(message, letter_sign(*state, bench.rsa,
	    "c=relaxed/relaxed"));
	verdicts = dkim_verify_with(*state, message, buf_str(&zone), NOW_S,
	    &dkim_usual);
	assert_int_equal(verdicts->count, 5);
	assert_int_equal(verdicts->left_out, 0);
	letter_check("1", &verdicts->verdicts[0], RESULT_PERMERROR,
	    "syntax error in a tag list");
	letter_check("2", &verdicts->verdicts[1], RESULT_PERMERROR,
	    "expired");
	letter_check("3", &verdicts->verdicts[2], RESULT_PASS, NULL);
	letter_check("4", &verdicts->verdicts[3], RESULT_PERMERROR,
	    "no key in the DNS");
	letter_check("5", &verdicts->verdicts[4], RESULT_PASS, NULL);
}

static void
ten_are_looked_at(void **state)
{
	struct dkim_message *message = letter_new(*state);
	const struct dkim_verdicts *verdicts;

	for (int i = 0; i < 13; i++)
		letter_add(message, letter_sign(*state, bench.rsa,
		    arena_printf(*state, "l=%d", i)));
	verdicts = dkim_verify_with(*state, message, letter_zone(*state,
	    bench.rsa->record), NOW_S, &dkim_usual);
	assert_int_equal(verdicts->count, DKIM_SIGNATURES_MAX);
	assert_int_equal(verdicts->left_out, 3);
	/* Each l= has its own hash, out of one pass over the body. */
	for (size_t i = 0; i < verdicts->count; i++)
		letter_check("l=", &verdicts->verdicts[i], i == 7
		    ? RESULT_PASS : RESULT_FAIL, i == 7 ? NULL : i < 7
		    ? "body hash did not verify"
		    : "the body is shorter than l=");
}

static void
every_l_is_hashed_to_its_own_length(void **state)
{
	static const char body[] = "one\r\ntwo\r\nthree\r\n";
	static const size_t lengths[] = { 10, 0, 17, 5, 5, 16 };
	struct dkim_message *message = dkim_message_read(*state,
	    STR(HEADER "\r\none\r\ntwo\r\nthree\r\n"));
	const struct dkim_verdicts *verdicts;

	for (size_t i = 0; i < ARRAY_LEN(lengths); i++)
		letter_add(message, dkim_forge(*state, bench.rsa,
		    STR(HEADER), str_from(arena_printf(*state, "v=1; "
		    "a=rsa-sha256; d=example.org; s=s; h=from:to:subject; "
		    "l=%zu; bh=%s; b=", lengths[i], dkim_forge_body_hash(
		    *state, str_of(body, lengths[i]))))));
	verdicts = dkim_verify_with(*state, message, letter_zone(*state,
	    bench.rsa->record), NOW_S, &dkim_usual);
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		assert_int_equal(verdicts->verdicts[i].result,
		    lengths[i] == 17 ? RESULT_PASS : RESULT_POLICY);
		assert_int_equal(verdicts->verdicts[i].body_length,
		    lengths[i]);
	}
}

static void
ours_and_none_at_all(void **state)
{
	struct dkim_message *message = letter_new(*state);
	const struct dkim_verdicts *verdicts;
	struct header *field;

	verdicts = dkim_verify_with(*state, message, STR(""), NOW_S,
	    &dkim_usual);
	assert_int_equal(verdicts->count, 0);
	letter_add(message, letter_sign(*state, bench.rsa, ""));
	field = vec_at(&message->headers.fields,
	    message->headers.fields.len - 1);
	field->is_ours = true;
	verdicts = dkim_verify_with(*state, message, STR(""), NOW_S,
	    &dkim_usual);
	assert_int_equal(verdicts->count, 0);
}

/* A signature may cover one that was there before (RFC 6376 3.5, h=). */
static void
signatures_may_sign_signatures(void **state)
{
	struct dkim_message *message = letter_new(*state);
	struct str inner = letter_sign(*state, bench.rsa, ""), outer;
	const struct dkim_verdicts *verdicts;
	struct str zone = letter_zone(*state, bench.rsa->record);

	outer = dkim_forge(*state, bench.rsa, str_from(arena_printf(*state,
	    "from:joe@example.org\r\ndkim-signature:%.*s\r\n",
	    STR_ARG(inner))), str_from(arena_printf(*state, "v=1; "
	    "a=rsa-sha256; d=example.org; s=s; h=from:dkim-signature; bh=%s; "
	    "b=", dkim_forge_body_hash(*state, STR(BODY)))));
	letter_add(message, outer);
	letter_add(message, inner);
	verdicts = dkim_verify_with(*state, message, zone, NOW_S, &dkim_usual);
	letter_check("outer", &verdicts->verdicts[0], RESULT_PASS, NULL);
	letter_check("inner", &verdicts->verdicts[1], RESULT_PASS, NULL);
	/* Without the inner one, the outer one is broken. */
	message = letter_new(*state);
	letter_add(message, outer);
	letter_add(message, STR(" v=1; d=other"));
	verdicts = dkim_verify_with(*state, message, zone, NOW_S, &dkim_usual);
	letter_check("outer alone", &verdicts->verdicts[0], RESULT_FAIL,
	    "signature did not verify");
}

/* --- answers that come when they want ----------------------------------------- */

/* The key of the question number i, or what is there instead. */
static void
answer(struct dns_held *held, size_t i, const char *text)
{
	dns_held_answer(held->queries[i], str_from(text));
}

static struct str
sign_with_selector(struct arena *arena, const char *selector)
{
	return dkim_forge(arena, bench.rsa, STR(HEADER), str_from(arena_printf(
	    arena, "v=1; a=rsa-sha256; d=example.org; s=%s; "
	    "h=from:to:subject; bh=%s; b=", selector,
	    dkim_forge_body_hash(arena, STR(BODY)))));
}

static void
keys_come_late_in_any_order_or_never(void **state)
{
	struct dns_held slow;
	struct wait *wait = wait_new();
	struct dns_view *view;
	struct dkim_message *message = letter_new(*state);
	struct dkim_verifier *verifier;
	const struct dkim_verdicts *verdicts;

	dns_held_init(&slow);
	view = dns_view_new(*state, &slow.source, wait);
	letter_add(message, sign_with_selector(*state, "one"));
	letter_add(message, sign_with_selector(*state, "two"));
	letter_add(message, sign_with_selector(*state, "two"));
	letter_add(message, sign_with_selector(*state, "three"));
	verifier = dkim_verifier_new(*state, &message->headers, view,
	    NOW_S * INT64_C(1000), &dkim_usual);
	/* All at once, and each name once. */
	assert_int_equal(slow.asked, 3);
	assert_false(dkim_verifier_is_ready(verifier));
	answer(&slow, 2, bench.rsa->record);
	assert_int_equal(wait_sleep(wait, clock_steady_ms() + 60000), 1);
	assert_false(dkim_verifier_is_ready(verifier));
	answer(&slow, 1, "v=DKIM1; p=");
	assert_false(dkim_verifier_is_ready(verifier));
	dns_view_give_up(view);
	assert_true(dkim_verifier_is_ready(verifier));
	assert_int_equal(slow.asked, 3);
	verdicts = dkim_verifier_finish(verifier, message->body);
	assert_int_equal(verdicts->count, 4);
	assert_int_equal(verdicts->verdicts[0].result, RESULT_TEMPERROR);
	letter_check("two", &verdicts->verdicts[1], RESULT_PERMERROR,
	    "the key is revoked");
	letter_check("two again", &verdicts->verdicts[2], RESULT_PERMERROR,
	    "the key is revoked");
	letter_check("three", &verdicts->verdicts[3], RESULT_PASS, NULL);
	dns_held_done(&slow);
	wait_unref(&wait);
}

static void
without_waiting_what_is_missing_is_a_temperror(void **state)
{
	struct dns_held slow;
	struct wait *wait = wait_new();
	struct dns_view *view;
	struct dkim_message *message = letter_new(*state);
	const struct dkim_verdicts *verdicts;

	dns_held_init(&slow);
	view = dns_view_new(*state, &slow.source, wait);
	letter_add(message, letter_sign(*state, bench.rsa, ""));
	verdicts = dkim_verifier_finish(dkim_verifier_new(*state,
	    &message->headers, view, NOW_S * INT64_C(1000), &dkim_usual),
	    message->body);
	letter_check("no answer yet", &verdicts->verdicts[0],
	    RESULT_TEMPERROR, "no answer for the key in time");
	dns_held_done(&slow);
	wait_unref(&wait);
}

/* --- size -------------------------------------------------------------------- */

static void
hostile_headers_cost_little(void **state)
{
	struct dkim_message *message = letter_new(*state);
	const struct dkim_verdicts *verdicts;
	struct buf tags;
	int64_t begin_ms;

	for (int i = 0; i < 20000; i++)
		header_list_add(&message->headers, STR("from"), STR("x"));
	buf_init(&tags, *state);
	buf_printf(&tags, "v=1; a=rsa-sha256; d=example.org; s=s; bh=%s; "
	    "b=AAAA; h=from", dkim_forge_body_hash(*state, STR(BODY)));
	for (int i = 0; i < 800; i++)
		buf_add_text(&tags, ":from");
	for (int i = 0; i < DKIM_SIGNATURES_MAX; i++)
		letter_add(message, buf_str(&tags));
	begin_ms = fixture_cpu_ms();
	verdicts = dkim_verify_with(*state, message, letter_zone(*state,
	    bench.rsa->record), NOW_S, &dkim_usual);
	for (size_t i = 0; i < verdicts->count; i++)
		assert_int_equal(verdicts->verdicts[i].result, RESULT_FAIL);
	assert_true(fixture_cpu_ms() - begin_ms < 10000);
}

static void
a_body_of_50_mb_is_hashed_in_place(void **state)
{
	static const char line[] = "A line of text,  with  blanks in it.\r\n";
	size_t size = 50 * 1024 * 1024 / (sizeof(line) - 1) *
	    (sizeof(line) - 1);
	struct dkim_message *message = letter_new(*state);
	char *body = arena_alloc(*state, size);
	size_t before;
	int64_t begin_ms;

	for (size_t i = 0; i < size; i += sizeof(line) - 1)
		memcpy(body + i, line, sizeof(line) - 1);
	message->body = str_of(body, size);
	letter_add(message, dkim_forge(*state, bench.rsa, STR(HEADER),
	    str_from(arena_printf(*state, "v=1; a=rsa-sha256; d=example.org; "
	    "s=s; h=from:to:subject; bh=%s; b=", dkim_forge_body_hash(*state,
	    message->body)))));
	letter_add(message, letter_sign(*state, bench.rsa,
	    "c=relaxed/relaxed"));
	before = arena_size(*state);
	begin_ms = fixture_cpu_ms();
	assert_int_equal(dkim_verify_with(*state, message, letter_zone(*state,
	    bench.rsa->record), NOW_S, &dkim_usual)->verdicts[0].result,
	    RESULT_PASS);
	assert_true(arena_size(*state) - before < 1024 * 1024);
	printf("50 MB, simple and relaxed: %d ms\n",
	    (int)(fixture_cpu_ms() - begin_ms));
	assert_true(fixture_cpu_ms() - begin_ms < 20000);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(none_hides_another),
		ARENA_TEST(ten_are_looked_at),
		ARENA_TEST(every_l_is_hashed_to_its_own_length),
		ARENA_TEST(ours_and_none_at_all),
		ARENA_TEST(signatures_may_sign_signatures),
		ARENA_TEST(keys_come_late_in_any_order_or_never),
		ARENA_TEST(without_waiting_what_is_missing_is_a_temperror),
		ARENA_TEST(hostile_headers_cost_little),
		ARENA_TEST(a_body_of_50_mb_is_hashed_in_place),
	};

	return cmocka_run_group_tests(tests, set_up_all,
	    fixture_arena_teardown);
}
