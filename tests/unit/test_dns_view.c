/* SPDX-License-Identifier: ISC */
/* test_dns_view.c - questions answered out of order, late, never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/vec.h"
#include "base/wait.h"
#include "dns/dns.h"
#include "dns/dns_query.h"

#define MAX_QUERIES 300

/* A source that answers when the test says so. */
struct held {
	struct dns_source source;	/* first */
	struct dns_query *queries[MAX_QUERIES];
	size_t count;
};

static struct dns_query *
held_ask(struct dns_source *source, struct str name, enum dns_type type,
    struct wait *wait)
{
	struct held *held = (struct held *)source;
	struct dns_query *query = dns_query_new(name, type);

	assert_true(held->count < MAX_QUERIES);
	assert_true(dns_query_add_wait(query, wait));
	held->queries[held->count++] = dns_query_ref(query);
	return query;
}

static void
held_free(struct dns_source *source)
{
	struct held *held = (struct held *)source;

	for (size_t i = 0; i < held->count; i++)
		dns_query_unref(&held->queries[i]);
}

static void
answer(struct held *held, size_t i, uint32_t ttl_s)
{
	const struct dns_record record = { .data = STR("\x7f\0\0\1") };
	const struct dns_answer found = {
		.status = DNS_FOUND,
		.ttl_s = ttl_s,
		.count = 1,
		.records = &record,
	};

	dns_query_complete(held->queries[i], &found);
}

struct fixture {
	struct held held;
	struct arena *arena;
	struct wait *wait;
	struct dns_view *view;
};

static int
set_up(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){
		.held.source = { .ask = held_ask, .free = held_free },
		.arena = arena_new(0),
		.wait = wait_new(),
	};
	fixture.view = dns_view_new(fixture.arena, &fixture.held.source,
	    fixture.wait);
	*state = &fixture;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	struct dns_source *source = &f->held.source;

	arena_free(&f->arena);
	dns_source_free(&source);
	wait_unref(&f->wait);
	return 0;
}

static bool
is_posted(struct fixture *f)
{
	return wait_sleep(f->wait, clock_steady_ms()) == 1;
}

static void
a_question_is_asked_once_however_it_is_spelt(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 3; i++) {
		assert_null(dns_ask(f->view, STR("example.org"), DNS_A));
		assert_null(dns_ask(f->view, STR("EXAMPLE.org."), DNS_A));
		assert_null(dns_ask(f->view, STR("\\101xample.org"), DNS_A));
		assert_null(dns_ask(f->view, STR("example.org"), DNS_TXT));
	}
	assert_int_equal(f->held.count, 2);
	assert_int_equal(dns_view_asked(f->view), 2);
	assert_int_equal(dns_view_pending(f->view), 2);
	assert_true(str_is(dns_query_name(f->held.queries[0]),
	    "example.org"));
}

static void
answers_may_come_in_any_order(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = { "a.org", "b.org", "c.org" };

	for (size_t i = 0; i < 3; i++)
		assert_null(dns_ask(f->view, str_from(names[i]), DNS_A));
	assert_false(is_posted(f));
	answer(&f->held, 2, 2);
	assert_true(is_posted(f));
	assert_false(is_posted(f));
	assert_int_equal(dns_ask(f->view, STR("c.org"), DNS_A)->ttl_s, 2);
	assert_null(dns_ask(f->view, STR("a.org"), DNS_A));
	answer(&f->held, 0, 0);
	answer(&f->held, 1, 1);
	assert_true(is_posted(f));
	assert_int_equal(dns_view_pending(f->view), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(dns_ask(f->view, str_from(names[i]),
		    DNS_A)->ttl_s, i);
	assert_int_equal(f->held.count, 3);
}

static void
what_was_given_up_stays_a_timeout(void **state)
{
	struct fixture *f = *state;
	const struct dns_answer *late;

	assert_null(dns_ask(f->view, STR("a.org"), DNS_A));
	assert_null(dns_ask(f->view, STR("b.org"), DNS_A));
	answer(&f->held, 0, 7);
	dns_view_give_up(f->view);
	assert_int_equal(dns_view_pending(f->view), 0);
	assert_int_equal(dns_ask(f->view, STR("a.org"), DNS_A)->ttl_s, 7);
	late = dns_ask(f->view, STR("b.org"), DNS_A);
	assert_int_equal(late->status, DNS_TIMEOUT);
	assert_non_null(late->error);
	answer(&f->held, 1, 7);
	assert_ptr_equal(dns_ask(f->view, STR("b.org"), DNS_A), late);
	assert_int_equal(dns_ask(f->view, STR("c.org"), DNS_A)->status,
	    DNS_TIMEOUT);
	assert_int_equal(f->held.count, 2);
}

static void
an_answer_may_come_when_the_transaction_is_gone(void **state)
{
	struct fixture *f = *state;

	assert_null(dns_ask(f->view, STR("a.org"), DNS_A));
	assert_null(dns_ask(f->view, STR("never.org"), DNS_A));
	arena_free(&f->arena);
	wait_unref(&f->wait);
	answer(&f->held, 0, 1);
}

static void
names_that_cannot_be_are_not_asked(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = { "", ".", "a..b", ".a", "a\\",
	    "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcd"
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_int_equal(dns_ask(f->view, str_from(names[i]),
		    DNS_A)->status, DNS_NXDOMAIN);
	assert_int_equal(f->held.count, 0);
	assert_int_equal(dns_view_asked(f->view), 0);
}

static void
names_with_nul_are_names_of_their_own(void **state)
{
	struct fixture *f = *state;

	assert_null(dns_ask(f->view, STR("a\0b.org"), DNS_A));
	assert_null(dns_ask(f->view, STR("a"), DNS_A));
	assert_int_equal(f->held.count, 2);
	assert_true(str_is(dns_query_name(f->held.queries[0]),
	    "a\\000b.org"));
}

static void
without_a_source_every_answer_is_servfail(void **state)
{
	struct fixture *f = *state;
	struct dns_view *view = dns_view_new(f->arena, NULL, f->wait);

	assert_int_equal(dns_ask(view, STR("a.org"), DNS_A)->status,
	    DNS_SERVFAIL);
	assert_string_equal(dns_ask(view, STR("a.org"), DNS_A)->error,
	    "no DNS");
	dns_view_give_up(view);
	assert_int_equal(dns_view_pending(view), 0);
}

static void
many_questions_keep_their_answers(void **state)
{
	struct fixture *f = *state;
	char name[32];

	for (unsigned i = 0; i < MAX_QUERIES; i++) {
		snprintf(name, sizeof(name), "n%u.org", i);
		assert_null(dns_ask(f->view, str_from(name), DNS_A));
	}
	for (unsigned i = MAX_QUERIES; i-- > 0; )
		answer(&f->held, i, i);
	for (unsigned i = 0; i < MAX_QUERIES; i++) {
		snprintf(name, sizeof(name), "N%u.org.", i);
		assert_int_equal(dns_ask(f->view, str_from(name),
		    DNS_A)->ttl_s, i);
	}
}

static void
an_answer_is_a_copy(void **state)
{
	struct fixture *f = *state;
	char data[] = "text\0more", error[] = "why";
	struct dns_record records[2] = {
		{ .data = { data, 9 }, .preference = 5 },
		{ .data = STR("") },
	};
	struct dns_answer answered = { .status = DNS_SERVFAIL, .count = 2,
	    .records = records, .error = error, .is_bogus = true };
	const struct dns_answer *got;

	assert_null(dns_ask(f->view, STR("a.org"), DNS_TXT));
	dns_query_complete(f->held.queries[0], &answered);
	data[0] = error[0] = 'X';
	records[0].preference = 6;
	got = dns_ask(f->view, STR("a.org"), DNS_TXT);
	assert_int_equal(got->count, 2);
	assert_true(got->is_bogus);
	assert_string_equal(got->error, "why");
	assert_true(str_eq(got->records[0].data, STR("text\0more")));
	assert_int_equal(got->records[0].preference, 5);
	assert_int_equal(got->records[1].data.len, 0);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_question_is_asked_once_however_it_is_spelt),
		TEST(answers_may_come_in_any_order),
		TEST(what_was_given_up_stays_a_timeout),
		TEST(an_answer_may_come_when_the_transaction_is_gone),
		TEST(names_that_cannot_be_are_not_asked),
		TEST(names_with_nul_are_names_of_their_own),
		TEST(without_a_source_every_answer_is_servfail),
		TEST(many_questions_keep_their_answers),
		TEST(an_answer_is_a_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
