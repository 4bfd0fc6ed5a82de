/* SPDX-License-Identifier: ISC */
/* test_store_remote_server.c - policyd's memory on a socket, and clients that
 * say anything to it. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/net.h"
#include "base/vec.h"
#include "memory_host.h"
#include "store/call.h"
#include "store/charge.h"
#include "store/memory.h"
#include "store/redis_codec.h"
#include "store/remote.h"

#define PATIENCE_MS 60000
#define FLOOD 20000

#define HELLO "*2\r\n$5\r\nHELLO\r\n$1\r\n2\r\n"
#define WELCOME "*1\r\n$9\r\nmailreeve\r\n"
#define FORM "-REFUSED a request is OP name count key… argument…\r\n"
#define NO_OP "-REFUSED there is no such operation; both daemons must be of " \
	"one version\r\n"
#define NO_KEYS "-REFUSED there are not as many keys as it says\r\n"
#define UNREAD "-REFUSED what came is no array of strings, or too long\r\n"

static int
setup(void **state)
{
	*state = memory_host_new();
	return 0;
}

static int
teardown(void **state)
{
	memory_host_free((struct memory_host **)state);
	return 0;
}

#define HOST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* --- a client ------------------------------------------------------------- */

static int
dial(const struct memory_host *host)
{
	struct arena *arena = arena_new(0);
	const char *error = "";
	int fd = net_connect_unix(memory_host_path(host), PATIENCE_MS, arena,
	    &error);

	if (fd < 0)
		fail_msg("%s", error);
	arena_free(&arena);
	return fd;
}

/* Who is closed in the middle of what he says learns it by the answer. */
static void
say(int fd, const char *data, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t sent = send(fd, data + done, len - done, MSG_NOSIGNAL);

		if (sent < 0)
			return;
		done += (size_t)sent;
	}
}

static void
hears(int fd, const char *expected)
{
	size_t len = strlen(expected), done = 0;
	char got[1024];

	assert_true(len < sizeof(got));
	while (done < len) {
		ssize_t more = recv(fd, got + done, len - done, 0);

		if (more <= 0)
			fail_msg("'%.*s' came, not '%s'", (int)done, got,
			    expected);
		done += (size_t)more;
	}
	assert_memory_equal(got, expected, len);
}

/* Reset or not: nothing more comes. */
static void
is_closed(int fd)
{
	char byte;

	assert_true(recv(fd, &byte, 1, 0) <= 0);
}

static void
is_served(int fd)
{
	say(fd, HELLO, strlen(HELLO));
	hears(fd, WELCOME);
}

/* --- what is said --------------------------------------------------------- */

static const struct {
	const char *name, *said, *answer;
	bool is_closed;
} cases[] = {
	{ "a greeting", HELLO, WELCOME, false },
	{ "two greetings in one piece", HELLO HELLO, WELCOME WELCOME, false },
	{ "nothing at all", "*0\r\n", FORM, false },
	{ "another verb", "*1\r\n$4\r\nPING\r\n", FORM, false },
	{ "an operation without a count", "*2\r\n$2\r\nOP\r\n$2\r\nid\r\n",
	  FORM, false },
	{ "an operation that nobody knows",
	  "*3\r\n$2\r\nOP\r\n$4\r\nnone\r\n$1\r\n0\r\n", NO_OP, false },
	{ "more keys than words",
	  "*4\r\n$2\r\nOP\r\n$2\r\nid\r\n$1\r\n2\r\n$1\r\na\r\n", NO_KEYS,
	  false },
	{ "fewer than no keys",
	  "*3\r\n$2\r\nOP\r\n$2\r\nid\r\n$2\r\n-1\r\n", NO_KEYS, false },
	{ "so many keys that the sum is small again",
	  "*3\r\n$2\r\nOP\r\n$2\r\nid\r\n$20\r\n18446744073709551615\r\n",
	  NO_KEYS, false },
	{ "a count that is none",
	  "*3\r\n$2\r\nOP\r\n$2\r\nid\r\n$1\r\nx\r\n", NO_KEYS, false },
	{ "a count that is missing",
	  "*3\r\n$2\r\nOP\r\n$2\r\nid\r\n$-1\r\n", NO_KEYS, false },
	{ "an operation with none of its words",
	  "*3\r\n$2\r\nOP\r\n$6\r\ncharge\r\n$1\r\n0\r\n", "-REFUSED ",
	  false },
	{ "a wrong one between two right ones",
	  HELLO "*1\r\n$4\r\nPING\r\n" HELLO, WELCOME FORM WELCOME, false },
	{ "words of a browser", "GET / HTTP/1.0\r\n\r\n", UNREAD, true },
	{ "an answer", "+OK\r\n", UNREAD, true },
	{ "an error", "-ERR no\r\n", UNREAD, true },
	{ "a number", ":1\r\n", UNREAD, true },
	{ "a list that is not there", "*-1\r\n", UNREAD, true },
	{ "a list within the list", "*1\r\n*1\r\n$1\r\na\r\n", UNREAD, true },
	{ "a list of too many words", "*1000000\r\n", UNREAD, true },
	{ "a length below nothing", "*1\r\n$-7\r\n", UNREAD, true },
	{ "a length that is none", "*1\r\n$x\r\n", UNREAD, true },
	{ "a right one before the end", HELLO "?\r\n", WELCOME UNREAD, true },
};

static void
the_table_of_what_is_said(void **state)
{
	struct memory_host *host = *state;
	int neighbour = dial(host);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int fd = dial(host);

		print_message("%s\n", cases[i].name);
		say(fd, cases[i].said, strlen(cases[i].said));
		hears(fd, cases[i].answer);
		if (cases[i].is_closed)
			is_closed(fd);
		close(fd);
		is_served(neighbour);
	}
	close(neighbour);
}

/* A store that only notes what is asked, as it would be said to ours. */
struct notes {
	struct store store;		/* first */
	struct arena *arena;
	struct str said;
};

static struct store_call *
note(struct store *store, const struct store_request *request,
    struct wait *wait)
{
	struct notes *notes = (struct notes *)store;
	struct store_call *call = store_call_new(wait);
	struct str words[64] = { [2] = str_from(arena_printf(notes->arena,
	    "%zu", request->key_count)) };
	size_t count = 3;
	char *said;

	assert_true(request->key_count + request->arg_count < 60);
	remote_words(request->op, words);
	for (size_t i = 0; i < request->key_count; i++)
		words[count++] = request->keys[i];
	for (size_t i = 0; i < request->arg_count; i++)
		words[count++] = request->args[i];
	said = redis_codec_format(words, count, &notes->said.len);
	notes->said = str_copy(notes->arena, str_of(said, notes->said.len));
	free(said);
	store_call_fail(call, STORE_DOWN, "only noted");
	return call;
}

static struct str
bytes_of_a_charge(struct arena *arena)
{
	struct notes notes = { .store = { .ask = note }, .arena = arena };
	const struct charge_item item = { STR("mr:{t}:limit:a"), 3600000, 5,
	    1 };
	const struct charge charge = { .name = STR("mr:{t}:charge:a"),
	    .now_ms = 1795000320000, .items = &item, .item_count = 1 };
	struct store_call *call = charge_ask(&notes.store, arena, &charge,
	    NULL);

	store_call_unref(&call);
	return notes.said;
}

static size_t
entries_of(struct memory_host *host)
{
	size_t count;

	memory_host_pause(host);
	count = memory_count(memory_host_store(host));
	memory_host_resume(host);
	return count;
}

static void
one_that_is_torn_anywhere_does_nothing(void **state)
{
	struct memory_host *host = *state;
	struct arena *arena = arena_new(0);
	struct str request = bytes_of_a_charge(arena);
	int neighbour = dial(host);

	for (size_t len = 0; len < request.len; len++) {
		int fd = dial(host);

		say(fd, request.data, len);
		/* It is read to its end. */
		shutdown(fd, SHUT_WR);
		is_closed(fd);
		close(fd);
	}
	assert_int_equal(entries_of(host), 0);
	/* Only now it is whole: the charge and its counter. */
	say(neighbour, request.data, request.len);
	hears(neighbour, "*");
	assert_int_equal(entries_of(host), 2);
	close(neighbour);
	arena_free(&arena);
}

static void
one_that_comes_byte_by_byte_is_answered(void **state)
{
	struct memory_host *host = *state;
	int fd = dial(host);

	for (size_t i = 0; i < strlen(HELLO); i++)
		say(fd, HELLO + i, 1);
	hears(fd, WELCOME);
	close(fd);
}

static void
who_stops_sending_still_hears_his_answers(void **state)
{
	struct memory_host *host = *state;
	int fd = dial(host);

	say(fd, HELLO HELLO, 2 * strlen(HELLO));
	shutdown(fd, SHUT_WR);
	hears(fd, WELCOME WELCOME);
	is_closed(fd);
	close(fd);
}

static void
a_request_without_end_is_ended(void **state)
{
	const size_t len = REDIS_REPLY_MAX_BYTES + 100000;
	struct memory_host *host = *state;
	char *much = calloc(1, len);
	int fd = dial(host), neighbour = dial(host);

	memcpy(much, "*1\r\n$400000000\r\n", 16);
	say(fd, much, len);
	is_served(neighbour);
	/* What was not read any more may turn its answer into a reset. */
	while (recv(fd, much, len, 0) > 0)
		;
	memory_host_pause(host);
	assert_int_equal(memory_host_stats(host).unread, 1);
	memory_host_resume(host);
	close(fd);
	close(neighbour);
	free(much);
}

/* --- who does not read ---------------------------------------------------- */

/* Send so many greetings until no more is taken; how many bytes went. */
static size_t
flood(int fd)
{
	const size_t len = strlen(HELLO) * FLOOD;
	char *much = malloc(len);
	size_t done = 0;
	struct pollfd room = { .fd = fd, .events = POLLOUT };

	for (size_t i = 0; i < FLOOD; i++)
		memcpy(much + i * strlen(HELLO), HELLO, strlen(HELLO));
	while (done < len && poll(&room, 1, 200) == 1) {
		ssize_t sent = send(fd, much + done, len - done,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent > 0)
			done += (size_t)sent;
	}
	free(much);
	return done;
}

/* So that a client who does not read fills it soon. */
static void
take_little(int fd)
{
	const int small = 4096;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
}

static void
who_does_not_read_is_not_read_and_loses_nothing(void **state)
{
	struct memory_host *host = *state;
	int fd = dial(host), neighbour = dial(host);
	size_t sent;

	take_little(fd);
	sent = flood(fd);
	/* It was stopped long before its end. */
	assert_in_range(sent, strlen(HELLO),
	    strlen(HELLO) * (FLOOD - FLOOD / 4));
	is_served(neighbour);
	for (size_t i = 0; i < sent / strlen(HELLO); i++)
		hears(fd, WELCOME);
	close(fd);
	close(neighbour);
}

static void
who_goes_without_reading_is_forgotten(void **state)
{
	struct memory_host *host = *state;
	int neighbour = dial(host);

	for (int i = 0; i < 5; i++) {
		int fd = dial(host);

		take_little(fd);
		flood(fd);
		close(fd);
	}
	/* The end of each is seen before this is answered, or soon after. */
	for (int i = 0; i < PATIENCE_MS; i++) {
		size_t conns;

		is_served(neighbour);
		memory_host_pause(host);
		conns = memory_host_stats(host).conns;
		memory_host_resume(host);
		if (conns == 1)
			break;
		usleep(1000);
	}
	memory_host_pause(host);
	assert_int_equal(memory_host_stats(host).conns, 1);
	memory_host_resume(host);
	close(neighbour);
}

/* --- how many, and who ---------------------------------------------------- */

static void
of_too_many_the_most_silent_one_goes(void **state)
{
	struct memory_host *host = *state;
	int fds[REMOTE_CONNS_MAX + 1];

	for (size_t i = 0; i < REMOTE_CONNS_MAX; i++) {
		fds[i] = dial(host);
		is_served(fds[i]);
	}
	is_served(fds[0]);
	fds[REMOTE_CONNS_MAX] = dial(host);
	is_served(fds[REMOTE_CONNS_MAX]);
	is_closed(fds[1]);
	for (size_t i = 0; i <= REMOTE_CONNS_MAX; i++) {
		if (i != 1)
			is_served(fds[i]);
		close(fds[i]);
	}
}

static void
its_group_may_connect_and_nobody_else(void **state)
{
	struct memory_host *host = *state;
	struct stat status;

	assert_int_equal(stat(memory_host_path(host), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0660);
}

static void
what_has_come_before_its_end_is_answered(void **state)
{
	struct memory_host *host = *state;
	int fd = dial(host);

	is_served(fd);
	memory_host_pause(host);
	say(fd, HELLO HELLO, 2 * strlen(HELLO));
	memory_host_resume(host);
	memory_host_stop(host);
	hears(fd, WELCOME WELCOME);
	is_closed(fd);
	assert_int_equal(access(memory_host_path(host), F_OK), -1);
	memory_host_start(host);
	close(fd);
}

static void
its_place_is_not_taken_from_another_one(void **state)
{
	struct memory_host *host = *state;
	struct arena *arena = arena_new(0);
	const char *error = "";

	assert_null(remote_server_open(NULL, memory_host_path(host), NULL,
	    arena, &error));
	assert_non_null(strstr(error, "another process listens here"));
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HOST(the_table_of_what_is_said),
		HOST(one_that_is_torn_anywhere_does_nothing),
		HOST(one_that_comes_byte_by_byte_is_answered),
		HOST(who_stops_sending_still_hears_his_answers),
		HOST(a_request_without_end_is_ended),
		HOST(who_does_not_read_is_not_read_and_loses_nothing),
		HOST(who_goes_without_reading_is_forgotten),
		HOST(of_too_many_the_most_silent_one_goes),
		HOST(its_group_may_connect_and_nobody_else),
		HOST(what_has_come_before_its_end_is_answered),
		HOST(its_place_is_not_taken_from_another_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
