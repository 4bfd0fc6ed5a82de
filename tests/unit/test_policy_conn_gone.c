/* SPDX-License-Identifier: ISC */
/* test_policy_conn_gone.c - connections whose clients are slow, deaf, silent or
 * gone, and those of a daemon that stops. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "conn_host.h"
#include "gate.h"

static void
a_client_that_closes_its_side_gets_its_answers(void **state)
{
	struct conn_host host;

	(void)state;
	conn_host_begin(&host, "deadline 60s;", 100, 600000);
	conn_host_ask(&host, 0, "held-a");
	conn_host_ask(&host, 0, "bob");
	gate_await(1);
	shutdown(host.clients[0], SHUT_WR);
	gate_release("held-a");
	conn_host_expect(&host, 0, "held-a");
	conn_host_expect(&host, 0, "bob");
	assert_string_equal(conn_host_hear(&host, 0), "");
	conn_host_end(&host);
}

static void
a_client_that_is_gone_harms_nobody(void **state)
{
	struct conn_host host;
	struct str text;

	(void)state;
	conn_host_begin(&host, "deadline 60s;", 100, 600000);
	text = conn_host_request(&host, "ann");
	conn_host_ask(&host, 0, "held-gone");
	conn_host_say(&host, 1, str_sub(text, 0, text.len / 2));
	gate_await(1);
	close(host.clients[0]);
	close(host.clients[1]);
	host.clients[0] = host.clients[1] = -1;
	usleep(20000);
	gate_release("held-gone");
	conn_host_ask(&host, 2, "ann");
	conn_host_expect(&host, 2, "ann");
	conn_host_end(&host);
	assert_int_equal(host.stats.torn, 1);
	assert_int_equal(host.stats.busy, 0);
}

/* He fills his own socket; others do not notice. */
static void
a_client_that_does_not_read_is_not_read_from(void **state)
{
	struct conn_host host;
	struct str text;
	size_t sent = 0;

	(void)state;
	conn_host_begin(&host, "", 100, 600000);
	text = conn_host_request(&host, "ann");
	fcntl(host.clients[0], F_SETFL, O_NONBLOCK);
	for (int blocked = 0; blocked < 50;) {
		size_t at = sent % text.len;
		ssize_t done = send(host.clients[0], text.data + at,
		    text.len - at, MSG_NOSIGNAL);

		if (done > 0) {
			sent += (size_t)done;
			blocked = 0;
			continue;
		}
		assert_int_equal(errno, EAGAIN);
		blocked++;
		usleep(1000);
	}
	conn_host_ask(&host, 1, "bob");
	conn_host_expect(&host, 1, "bob");
	for (size_t i = 0; i < sent / text.len; i++)
		conn_host_expect(&host, 0, "ann");
	conn_host_end(&host);
}

static void
a_silent_connection_is_closed_a_waiting_one_is_not(void **state)
{
	struct conn_host host;
	struct str text;

	(void)state;
	conn_host_begin(&host, "deadline 60s;", 100, 4000);
	text = conn_host_request(&host, "ann");
	conn_host_ask(&host, 0, "held-a");
	conn_host_say(&host, 1, str_sub(text, 0, 40));
	assert_string_equal(conn_host_hear(&host, 2), "");
	assert_string_equal(conn_host_hear(&host, 1), "");
	gate_release("held-a");
	conn_host_expect(&host, 0, "held-a");
	conn_host_end(&host);
	assert_true(host.stats.idle_closed >= 2);
}

static void
with_too_many_the_one_silent_for_the_longest_goes(void **state)
{
	struct conn_host host;

	(void)state;
	/* The fourth client pushes the first out. */
	conn_host_begin(&host, "", CONN_HOST_CLIENTS - 1, 600000);
	assert_string_equal(conn_host_hear(&host, 0), "");
	for (int i = 1; i < CONN_HOST_CLIENTS; i++) {
		conn_host_ask(&host, i, "ann");
		conn_host_expect(&host, i, "ann");
	}
	conn_host_end(&host);
	assert_int_equal(host.stats.pushed_out, 1);
	assert_int_equal(host.stats.accepted, CONN_HOST_CLIENTS);
}

static void
a_stop_answers_what_has_come(void **state)
{
	struct conn_host host;
	struct str text;

	(void)state;
	conn_host_begin(&host, "deadline 60s;", 100, 600000);
	text = conn_host_request(&host, "torn");
	conn_host_ask(&host, 0, "held-a");
	conn_host_ask(&host, 0, "after-a");
	gate_await(1);
	conn_host_say(&host, 2, str_sub(text, 0, text.len - 1));
	/* What lies in the socket at that moment has come, too. */
	conn_host_ask(&host, 1, "one");
	conn_host_ask(&host, 1, "two");
	conn_host_stop(&host);
	conn_host_expect(&host, 1, "one");
	conn_host_expect(&host, 1, "two");
	assert_string_equal(conn_host_hear(&host, 1), "");
	/* A request in pieces may be completed for a while. */
	conn_host_say(&host, 2, str_from_pos(text, text.len - 1));
	conn_host_expect(&host, 2, "torn");
	assert_string_equal(conn_host_hear(&host, 2), "");
	gate_release("held-a");
	conn_host_expect(&host, 0, "held-a");
	conn_host_expect(&host, 0, "after-a");
	assert_string_equal(conn_host_hear(&host, 0), "");
	conn_host_join(&host);
	assert_int_equal(host.stats.open, 0);
}

static void
a_stop_does_not_wait_for_a_request_that_never_ends(void **state)
{
	struct conn_host host;

	(void)state;
	conn_host_begin(&host, "", 100, 600000);
	host.grace_ms = 50;
	conn_host_say(&host, 0, STR("request=smtpd_access_policy\n"));
	conn_host_end(&host);
	assert_int_equal(host.stats.open, 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_client_that_closes_its_side_gets_its_answers),
		cmocka_unit_test(a_client_that_is_gone_harms_nobody),
		cmocka_unit_test(a_client_that_does_not_read_is_not_read_from),
		cmocka_unit_test(
		    a_silent_connection_is_closed_a_waiting_one_is_not),
		cmocka_unit_test(
		    with_too_many_the_one_silent_for_the_longest_goes),
		cmocka_unit_test(a_stop_answers_what_has_come),
		cmocka_unit_test(
		    a_stop_does_not_wait_for_a_request_that_never_ends),
	};

	return cmocka_run_group_tests_name("policy_conn_gone", tests, NULL,
	    NULL);
}
