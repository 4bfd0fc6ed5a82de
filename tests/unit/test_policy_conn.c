/* SPDX-License-Identifier: ISC */
/* test_policy_conn.c - requests on connections: torn, pipelined, with rules
 * that answer late, never, in any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "conn_host.h"
#include "gate.h"
#include "policyd/request.h"

static void
a_request_may_come_byte_by_byte(void **state)
{
	struct conn_host host;
	struct str text;

	(void)state;
	conn_host_begin(&host, "", 100, 600000);
	text = conn_host_request(&host, "ann");
	for (size_t i = 0; i < text.len; i++) {
		assert_true(conn_host_is_silent(&host, 0));
		conn_host_say(&host, 0, str_sub(text, i, 1));
		if (i % 16 == 0)
			usleep(500);
	}
	conn_host_expect(&host, 0, "ann");
	conn_host_end(&host);
	assert_int_equal(atomic_load(&host.decided), 1);
}

static void
requests_torn_at_each_byte_are_two_all_the_same(void **state)
{
	struct conn_host host;
	struct str text;

	(void)state;
	conn_host_begin(&host, "", 100, 600000);
	text = str_from(arena_printf(host.arena, "%s%s",
	    conn_host_request(&host, "ann").data,
	    conn_host_request(&host, "bob").data));
	for (size_t i = 1; i < text.len; i++) {
		conn_host_say(&host, 0, str_sub(text, 0, i));
		sched_yield();
		conn_host_say(&host, 0, str_from_pos(text, i));
		conn_host_expect(&host, 0, "ann");
		conn_host_expect(&host, 0, "bob");
	}
	conn_host_end(&host);
}

static void
a_waiting_request_holds_up_no_other_connection(void **state)
{
	struct conn_host host;

	(void)state;
	conn_host_begin(&host, "deadline 60s;", 100, 600000);
	conn_host_ask(&host, 0, "held-a");
	conn_host_ask(&host, 1, "held-b");
	gate_await(2);
	for (int i = 0; i < 100; i++) {
		conn_host_ask(&host, 2, "quick");
		conn_host_expect(&host, 2, "quick");
	}
	assert_true(conn_host_is_silent(&host, 0));
	assert_true(conn_host_is_silent(&host, 1));
	/* The later one may be answered first. */
	gate_release("held-b");
	conn_host_expect(&host, 1, "held-b");
	assert_true(conn_host_is_silent(&host, 0));
	gate_release("held-a");
	conn_host_expect(&host, 0, "held-a");
	conn_host_end(&host);
}

static void
pipelined_requests_are_answered_in_their_order(void **state)
{
	struct conn_host host;

	(void)state;
	conn_host_begin(&host, "deadline 60s;", 100, 600000);
	conn_host_say(&host, 0, str_from(arena_printf(host.arena, "%s%s%s",
	    conn_host_request(&host, "one").data,
	    conn_host_request(&host, "held-two").data,
	    conn_host_request(&host, "three").data)));
	conn_host_expect(&host, 0, "one");
	gate_await(1);
	/* More comes while one waits. */
	conn_host_ask(&host, 0, "four");
	usleep(20000);
	assert_true(conn_host_is_silent(&host, 0));
	gate_release("held-two");
	conn_host_expect(&host, 0, "held-two");
	conn_host_expect(&host, 0, "three");
	conn_host_expect(&host, 0, "four");
	conn_host_ask(&host, 0, "five");
	conn_host_expect(&host, 0, "five");
	conn_host_end(&host);
	assert_int_equal(atomic_load(&host.decided), 5);
}

static void
at_the_deadline_on_error_answers(void **state)
{
	struct conn_host host;
	const char *answer;

	(void)state;
	conn_host_begin(&host, "deadline 30ms;", 100, 600000);
	conn_host_ask(&host, 0, "held-forever");
	answer = conn_host_hear(&host, 0);
	if (strstr(answer, "action=451 4.7.1 [") != answer)
		fail_msg("%s", answer);
	/* The answer comes after all, and the next request is its own. */
	gate_release("held-forever");
	conn_host_ask(&host, 0, "ann");
	conn_host_expect(&host, 0, "ann");
	conn_host_end(&host);
}

static void
what_is_no_request_is_answered_and_the_next_one_is_read(void **state)
{
	struct conn_host host;
	struct buf long_one;

	(void)state;
	conn_host_begin(&host, "", 100, 600000);
	buf_init(&long_one, host.arena);
	buf_add_text(&long_one, "request=smtpd_access_policy\nsender=");
	for (size_t i = 0; i < 3 * REQUEST_MAX; i++)
		buf_add_char(&long_one, 'a');
	buf_add_text(&long_one, "\n\n");
	const struct str bad[] = { STR("\n"), STR("GET / HTTP/1.1\n\n"),
		STR("request=junk\n\n"), STR("a=\0\n\n"),
		buf_str(&long_one) };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		conn_host_say(&host, 0, bad[i]);
		assert_string_equal(conn_host_hear(&host, 0),
		    "action=DUNNO\n\n");
		conn_host_ask(&host, 0, "ann");
		conn_host_expect(&host, 0, "ann");
	}
	conn_host_end(&host);
	assert_int_equal(atomic_load(&host.unread), ARRAY_LEN(bad));
}

/* Its end is looked for across all cuts. */
static void
a_request_that_is_too_long_ends_where_it_ends(void **state)
{
	struct conn_host host;

	(void)state;
	conn_host_begin(&host, "", 100, 600000);
	for (size_t len = REQUEST_MAX - 4; len < REQUEST_MAX + 4; len++) {
		char *text = arena_alloc(host.arena, len);
		const char *answer;

		memset(text, 'a', len);
		memcpy(text, "request=smtpd_access_policy\nsender=", 35);
		memcpy(text + len - 2, "\n\n", 2);
		for (size_t at = 0; at < len;) {
			size_t part = at + 3000 < len ? 3000 : len - at;

			if (at + 3000 >= len && part > 1)
				part = 1;
			conn_host_say(&host, 1, str_of(text + at, part));
			at += part;
		}
		answer = conn_host_hear(&host, 1);
		assert_string_equal(answer, "action=DUNNO\n\n");
		conn_host_ask(&host, 1, "ann");
		conn_host_expect(&host, 1, "ann");
	}
	conn_host_end(&host);
	/* The last byte that fits is byte 16,384. */
	assert_int_equal(atomic_load(&host.unread), 3);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_may_come_byte_by_byte),
		cmocka_unit_test(
		    requests_torn_at_each_byte_are_two_all_the_same),
		cmocka_unit_test(
		    a_waiting_request_holds_up_no_other_connection),
		cmocka_unit_test(
		    pipelined_requests_are_answered_in_their_order),
		cmocka_unit_test(at_the_deadline_on_error_answers),
		cmocka_unit_test(
		    what_is_no_request_is_answered_and_the_next_one_is_read),
		cmocka_unit_test(a_request_that_is_too_long_ends_where_it_ends),
	};

	return cmocka_run_group_tests_name("policy_conn", tests, NULL, NULL);
}
