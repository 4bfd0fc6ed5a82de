/* SPDX-License-Identifier: ISC */
/* test_event_forward.c - the thread between the spool and the stream. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/event_spool.h"
#include "base/log.h"
#include "daemon/event_forward.h"
#include "fixture.h"
#include "redis_relay.h"
#include "redis_server.h"
#include "store/store_settings.h"

#define PATIENCE_MS 60000
#define WRITERS 4
#define LINES 500
#define STREAM_MAX 1000000

struct lab {
	struct arena *arena;
	struct redis_server *server;
	struct event_spool *spool;
	struct event_forward *forward;
	const char *path;		/* of the server's socket, or a relay's */
};

static void
begin(struct lab *lab)
{
	const struct store_settings settings = {
		.where = "unix:redis",
		.kind = STORE_WHERE_UNIX,
		.host = lab->path,
		.timeout_ms = 10,	/* is not ours: nobody waits */
	};
	const char *error = "";

	lab->spool = event_spool_open(redis_server_folder(lab->server), "t",
	    64 << 20, lab->arena, &error);
	assert_non_null(lab->spool);
	lab->forward = event_forward_open(lab->spool, &settings, STREAM_MAX,
	    lab->arena, &error);
	if (lab->forward == NULL)
		fail_msg("%s", error);
}

static void
end(struct lab *lab)
{
	event_forward_close(&lab->forward);
	event_spool_close(&lab->spool);
}

static int
setup(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	const char *reason;

	*state = lab;
	lab->arena = arena_new(0);
	log_set_sink(fixture_log_is_dropped, NULL);
	lab->server = redis_server_new(&reason);
	if (lab->server == NULL) {
		printf("skipped: %s\n", reason);
		return 0;
	}
	redis_server_start(lab->server, "");
	lab->path = redis_server_path(lab->server);
	begin(lab);
	return 0;
}

static int
teardown(void **state)
{
	struct lab *lab = *state;

	if (lab->server != NULL) {
		end(lab);
		redis_server_free(&lab->server);
	}
	log_set_sink(NULL, NULL);
	arena_free(&lab->arena);
	free(lab);
	return 0;
}

static void
require_redis(const struct lab *lab)
{
	if (lab->server == NULL)
		skip();
}

/* Lines "A 0", "A 1", … of one writer. */
struct writer {
	struct event_spool *spool;
	char letter;
	int first;
	pthread_t thread;
};

static void *
write_lines(void *arg)
{
	const struct writer *writer = arg;
	char line[32];

	for (int i = 0; i < LINES; i++) {
		int len = snprintf(line, sizeof(line), "%c %d",
		    writer->letter, writer->first + i);

		event_spool_add(writer->spool, str_of(line, (size_t)len));
	}
	return NULL;
}

static void
start_writers(struct lab *lab, struct writer writers[WRITERS], int first)
{
	for (int i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){ .spool = lab->spool,
		    .letter = (char)('A' + i), .first = first };
		assert_int_equal(pthread_create(&writers[i].thread, NULL,
		    write_lines, &writers[i]), 0);
	}
}

static void
join_writers(struct writer writers[WRITERS])
{
	for (int i = 0; i < WRITERS; i++)
		pthread_join(writers[i].thread, NULL);
}

static void
await_all(struct lab *lab)
{
	int64_t end_ms = clock_steady_ms() + PATIENCE_MS;

	while (event_forward_waiting(lab->forward) != 0) {
		assert_true(clock_steady_ms() < end_ms);
		usleep(5000);
	}
}

/* The stream has so many lines of each writer, in order, and nothing else. */
static void
assert_stream(struct lab *lab, int count)
{
	struct str rest = str_from(redis_server_say(lab->server, lab->arena,
	    "EVAL \"local out = {} for _, entry in ipairs(redis.call("
	    "'XRANGE', 'mr:events', '-', '+')) do "
	    "out[#out + 1] = entry[2][2] end "
	    "return table.concat(out, ',')\" 0")), line;
	int seen[WRITERS] = { 0 };

	while (str_cut(&rest, ',', &line)) {
		int writer = line.data[0] - 'A';

		assert_in_range(writer, 0, WRITERS - 1);
		assert_int_equal(atoi(line.data + 2), seen[writer]);
		seen[writer]++;
	}
	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(seen[i], count);
}

static void
many_threads_write_and_each_line_arrives_once_in_order(void **state)
{
	struct lab *lab = *state;
	struct writer writers[WRITERS];

	require_redis(lab);
	start_writers(lab, writers, 0);
	join_writers(writers);
	await_all(lab);
	assert_stream(lab, LINES);
	assert_int_equal(event_forward_count(lab->forward), WRITERS * LINES);
	assert_null(event_forward_degraded(lab->forward, lab->arena));
}

static void
lost_answers_add_nothing_twice(void **state)
{
	struct lab *lab = *state;
	struct redis_relay *relay;
	struct writer writers[WRITERS];

	require_redis(lab);
	end(lab);
	relay = redis_relay_start(lab->server);
	lab->path = redis_relay_path(relay);
	begin(lab);
	for (int i = 0; i < 4; i++) {
		redis_relay_set(relay, RELAY_SWALLOW);
		start_writers(lab, writers, i * LINES);
		join_writers(writers);
		await_all(lab);
	}
	assert_true(redis_relay_count(relay) > 4);
	assert_stream(lab, 4 * LINES);
	end(lab);
	redis_relay_stop(&relay);
	lab->path = redis_server_path(lab->server);
	begin(lab);
}

static void
it_ends_at_once_while_the_server_hangs_and_goes_on_later(void **state)
{
	struct lab *lab = *state;
	struct writer writers[WRITERS];

	require_redis(lab);
	start_writers(lab, writers, 0);
	join_writers(writers);
	redis_server_pause(lab->server);
	start_writers(lab, writers, LINES);
	join_writers(writers);
	assert_true(event_forward_waiting(lab->forward) > 0);
	end(lab);
	begin(lab);
	assert_true(event_forward_waiting(lab->forward) > 0);
	redis_server_resume(lab->server);
	await_all(lab);
	assert_stream(lab, 2 * LINES);
}

/* If the server answers in time, which a busy machine cannot promise for one
 * try. */
static void
an_end_sends_what_waits(void **state)
{
	struct lab *lab = *state;
	struct writer writers[WRITERS];
	bool was_sent = false;
	int round;

	require_redis(lab);
	for (round = 0; round < 20 && !was_sent; round++) {
		await_all(lab);
		start_writers(lab, writers, round * LINES);
		join_writers(writers);
		end(lab);
		was_sent = atoi(redis_server_say(lab->server, lab->arena,
		    "XLEN mr:events")) == (round + 1) * WRITERS * LINES;
		begin(lab);
	}
	assert_true(was_sent);
	assert_stream(lab, round * LINES);
}

#define FORWARD_TEST(test) \
	cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FORWARD_TEST(
		    many_threads_write_and_each_line_arrives_once_in_order),
		FORWARD_TEST(lost_answers_add_nothing_twice),
		FORWARD_TEST(
		    it_ends_at_once_while_the_server_hangs_and_goes_on_later),
		FORWARD_TEST(an_end_sends_what_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
