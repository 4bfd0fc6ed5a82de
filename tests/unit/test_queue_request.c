/* SPDX-License-Identifier: ISC */
/* test_queue_request.c - what the helper that runs as root takes, and from whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/ctl.h"
#include "fixture.h"
#include "queue/peer.h"
#include "queue/postfix.h"
#include "queue/queue.h"
#include "queue/request.h"

#define ULID "01KAJ3QY7V8Z9ABCDEFGHJKMNP"

static void
a_queue_id_is_letters_and_digits(void **state)
{
	static const struct {
		const char *text;
		bool is_valid;
	} cases[] = {
		{ "4jX25N4tlYz1bZFj", true },		/* long */
		{ "3F2A1C0D", true },			/* short */
		{ "ABCDE", true },
		{ "", false },
		{ "-", false },				/* standard input */
		{ "ALL", false },			/* every message */
		{ "all", false },
		{ "-d", false },
		{ "--help", false },
		{ "4jX25N4t lYz1", false },
		{ "4jX25N4t\nALL", false },
		{ "../../etc/passwd", false },
		{ "4jX25N4t;reboot", false },
		{ "$(reboot)", false },
		{ "4jX25N4t*", false },
		{ "4jX25N4t\xc3\xa4", false },
		{ "a2345678901234567890123456789012", true },
		{ "a23456789012345678901234567890123", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (queue_id_is_valid(str_from(cases[i].text)) !=
		    cases[i].is_valid)
			fail_msg("'%s'", cases[i].text);
	assert_false(queue_id_is_valid(str_of("ABC\0DEF", 7)));
}

static void
a_reason_is_one_line_of_utf8(void **state)
{
	static const struct {
		const char *text;
		bool is_valid;
	} cases[] = {
		{ "too much mail", true },
		{ "zu viel f\xc3\xbcr heute", true },
		{ "", false },
		{ "two\nlines", false },
		{ "two\rlines", false },
		{ "a\ttab", false },
		{ "\x1b[31mred", false },
		{ "del\x7f", false },
		{ "next line\xc2\x85", false },
		{ "line separator\xe2\x80\xa8", false },
		{ "not UTF-8 \xff", false },
		{ "cut \xc3", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (queue_reason_is_valid(str_from(cases[i].text)) !=
		    cases[i].is_valid)
			fail_msg("'%s'", cases[i].text);
	assert_true(queue_reason_is_valid(fixture_repeat(*state, "x",
	    QUEUE_REASON_MAX)));
	assert_false(queue_reason_is_valid(fixture_repeat(*state, "x",
	    QUEUE_REASON_MAX + 1)));
}

static void
a_request_names_messages_and_nothing_else(void **state)
{
	static const struct {
		const char *json;
		const char *error;	/* NULL: it is taken */
	} cases[] = {
		{ "{\"messages\":[{\"queue_id\":\"4jX25N4tlYz1\"}]}", NULL },
		{ "{\"messages\":[{\"queue_id\":\"4jX25N4tlYz1\",\"id\":\""
		    ULID "\",\"reason\":\"too much\"}]}", NULL },
		{ "{\"messages\":[{\"queue_id\":\"4jX25N4tlYz1\",\"id\":null,"
		    "\"reason\":null}]}", NULL },
		{ "", "bad-request" },
		{ "[]", "'messages' must be a list" },
		{ "{}", "'messages' must be a list" },
		{ "{\"messages\":{}}", "'messages' must be a list" },
		{ "{\"messages\":[]}", "'messages' must be a list" },
		{ "{\"messages\":[\"4jX25N4tlYz1\"]}", "must be an object" },
		{ "{\"messages\":[{}]}", "has no 'queue_id'" },
		{ "{\"messages\":[{\"queue_id\":null}]}", "no 'queue_id'" },
		{ "{\"messages\":[{\"queue_id\":\"ALL\"}]}", "a queue id" },
		{ "{\"messages\":[{\"queue_id\":\"-\"}]}", "a queue id" },
		{ "{\"messages\":[{\"queue_id\":12345678}]}", "a queue id" },
		{ "{\"messages\":[{\"queue_id\":\"ABCDE\\u0000\"}]}",
		    "bad-request" },
		{ "{\"messages\":[{\"queue_id\":\"4jX25N4tlYz1\"},"
		    "{\"queue_id\":\"/etc/passwd\"}]}", "a queue id" },
		{ "{\"messages\":[{\"queue_id\":\"4jX25N4tlYz1\","
		    "\"id\":\"mine\"}]}", "a ULID" },
		{ "{\"messages\":[{\"queue_id\":\"4jX25N4tlYz1\","
		    "\"reason\":\"two\\nlines\"}]}", "one line" },
		{ "{\"messages\":[{\"queue_id\":\"4jX25N4tlYz1\","
		    "\"command\":\"sh\"}]}", "unknown member" },
		{ "{\"messages\":[{\"queue_id\":\"4jX25N4tlYz1\"}],"
		    "\"config\":\"/tmp\"}", "nothing else" },
		{ "{\"messages\":[{\"queue_id\":\"4jX25N4tlYz1\"}]} x",
		    "bad-request" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *error = NULL;
		struct vec items;
		int result = queue_request_parse(*state,
		    str_from(cases[i].json), &items, &error);

		if ((result == 0) != (cases[i].error == NULL) ||
		    (result < 0 && (strncmp(error, "bad-request ", 12) != 0 ||
		    strstr(error, cases[i].error) == NULL)))
			fail_msg("%s: %s", cases[i].json, error);
	}
}

static void
what_is_known_of_a_message_comes_with_it(void **state)
{
	static const char json[] = "{\"messages\":[{\"queue_id\":\"ABCDEF\"},"
	    "{\"queue_id\":\"GHIJKL\",\"reason\":\"why\",\"id\":\"" ULID
	    "\"}]}";
	const struct queue_item *item;
	const char *error;
	struct vec items;

	assert_int_equal(queue_request_parse(*state, str_from(json), &items,
	    &error), 0);
	assert_int_equal(items.len, 2);
	item = vec_at(&items, 0);
	assert_string_equal(item->queue_id, "ABCDEF");
	assert_null(item->id);
	assert_null(item->reason);
	item = vec_at(&items, 1);
	assert_string_equal(item->queue_id, "GHIJKL");
	assert_string_equal(item->id, ULID);
	assert_string_equal(item->reason, "why");
}

static void
a_request_has_a_thousand_messages_at_most(void **state)
{
	for (size_t count = QUEUE_ITEMS_MAX; count <= QUEUE_ITEMS_MAX + 1;
	    count++) {
		const char *error;
		struct vec items;
		struct buf json;

		buf_init(&json, *state);
		buf_add_text(&json, "{\"messages\":[");
		for (size_t i = 0; i < count; i++)
			buf_printf(&json, "%s{\"queue_id\":\"ABC%05zu\"}",
			    i == 0 ? "" : ",", i);
		buf_add_text(&json, "]}");
		assert_int_equal(queue_request_parse(*state, buf_str(&json),
		    &items, &error), count > QUEUE_ITEMS_MAX ? -1 : 0);
	}
}

/* Nothing is run for a request that is wrong. */
static void
other_verbs_and_arguments_are_refused(void **state)
{
	static const struct {
		const char *line, *error;
	} cases[] = {
		{ "delete {\"messages\":[{\"queue_id\":\"ABCDEF\"}]}",
		    "bad-request the verbs are" },
		{ "ping", "bad-request the verbs are" },
		{ "list {}", "bad-request this verb takes nothing" },
		{ "release", "bad-request" },
		{ "return", "bad-request" },
		{ "release {\"messages\":[{\"queue_id\":\"-\"}]}",
		    "bad-request 'queue_id'" },
	};
	static const struct postfix postfix = { "/nonexistent" };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ctl_request request;
		const char *error = NULL;
		struct buf out;

		buf_init(&out, *state);
		assert_int_equal(ctl_parse(str_from(cases[i].line), &request,
		    &error), 0);
		assert_int_equal(queue_answer(&postfix, &request, *state, &out,
		    &error), -1);
		if (strncmp(error, cases[i].error, strlen(cases[i].error)) != 0)
			fail_msg("%s: %s", cases[i].line, error);
	}
}

static void
only_root_and_members_of_the_group_may_ask(void **state)
{
	const struct passwd *nobody = getpwnam("nobody");
	const struct group *own;
	struct peer peer;

	(void)state;
	assert_non_null(nobody);
	peer = (struct peer){ 1, nobody->pw_uid, nobody->pw_gid };
	own = getgrgid(nobody->pw_gid);
	assert_non_null(own);
	assert_true(peer_may_ask(&peer, own->gr_name));
	assert_false(peer_may_ask(&peer, "root"));
	assert_false(peer_may_ask(&peer, "no-such-group"));
	/* Its own groups count, not only the one with which it came. */
	peer.gid = 54321;
	assert_true(peer_may_ask(&peer, own->gr_name));
	peer.uid = 54321;
	assert_false(peer_may_ask(&peer, own->gr_name));
	peer.uid = 0;
	assert_true(peer_may_ask(&peer, "no-such-group"));
}

static void
the_peer_of_a_socket_is_known_and_nothing_else_has_one(void **state)
{
	struct peer peer;
	int sockets[2], pipes[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	assert_int_equal(peer_of(sockets[0], &peer), 0);
	assert_int_equal(peer.pid, getpid());
	assert_int_equal(peer.uid, geteuid());
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(peer_of(pipes[0], &peer), -1);
	for (int i = 0; i < 2; i++) {
		close(sockets[i]);
		close(pipes[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_queue_id_is_letters_and_digits),
		ARENA_TEST(a_reason_is_one_line_of_utf8),
		ARENA_TEST(a_request_names_messages_and_nothing_else),
		ARENA_TEST(what_is_known_of_a_message_comes_with_it),
		ARENA_TEST(a_request_has_a_thousand_messages_at_most),
		ARENA_TEST(other_verbs_and_arguments_are_refused),
		cmocka_unit_test(only_root_and_members_of_the_group_may_ask),
		cmocka_unit_test(
		    the_peer_of_a_socket_is_known_and_nothing_else_has_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
