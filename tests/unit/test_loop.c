/* SPDX-License-Identifier: ISC */
/* test_loop.c - the event loop, and ctl served by one. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/ctl.h"
#include "base/loop.h"
#include "base/net.h"
#include "scratch.h"

/* Only a failure waits so long. */
#define AT_MOST_MS 60000

struct notes {
	struct loop *loop;
	char text[64];
	struct loop_timer *doomed;
};

static void
note(struct notes *notes, char c)
{
	size_t len = strlen(notes->text);

	assert_true(len + 1 < sizeof(notes->text));
	notes->text[len] = c;
}

static void
on_first(void *arg)
{
	struct notes *notes = arg;

	note(notes, '1');
	loop_cancel(&notes->doomed);
}

static void
on_second(void *arg)
{
	note(arg, '2');
}

static void
on_doomed(void *arg)
{
	note(arg, 'x');
}

static void
on_last(void *arg)
{
	struct notes *notes = arg;

	note(notes, '3');
	loop_stop(notes->loop);
}

static void
timers_fire_in_order_and_cancelled_ones_never(void **state)
{
	struct notes notes = { .loop = loop_new() };

	(void)state;
	loop_after(notes.loop, 1200, on_last, &notes);
	loop_after(notes.loop, 800, on_second, &notes);
	notes.doomed = loop_after(notes.loop, 600, on_doomed, &notes);
	loop_after(notes.loop, 200, on_first, &notes);
	loop_run(notes.loop);
	assert_string_equal(notes.text, "123");
	assert_null(notes.doomed);
	loop_free(&notes.loop);
}

static void
many_timers_with_random_cancels_stay_in_order(void **state)
{
	struct loop_timer *timers[200];
	struct notes notes = { .loop = loop_new() };

	(void)state;
	for (int i = 0; i < 200; i++)
		timers[i] = loop_after(notes.loop, 100000 + i * 7919 % 1000,
		    on_doomed, &notes);
	for (int i = 0; i < 200; i += 3)
		loop_cancel(&timers[i]);
	loop_after(notes.loop, 1, on_last, &notes);
	loop_run(notes.loop);
	assert_string_equal(notes.text, "3");
	loop_free(&notes.loop);
}

static void
a_stop_ends_one_run_and_a_loop_may_run_again(void **state)
{
	struct notes notes = { .loop = loop_new() };

	(void)state;
	for (int i = 0; i < 3; i++) {
		loop_after(notes.loop, 0, on_last, &notes);
		loop_run(notes.loop);
	}
	assert_string_equal(notes.text, "333");
	/* One that comes before the run ends that. */
	loop_after(notes.loop, 0, on_last, &notes);
	loop_stop(notes.loop);
	loop_run(notes.loop);
	assert_string_equal(notes.text, "333");
	loop_run(notes.loop);
	assert_string_equal(notes.text, "3333");
	loop_free(&notes.loop);
}

struct pair {
	struct notes *notes;
	struct loop_watch *one, *two;
};

static void
on_either(void *arg, uint32_t events)
{
	struct pair *pair = arg;

	assert_true((events & EPOLLIN) != 0);
	note(pair->notes, 'r');
	loop_unwatch(&pair->one);
	loop_unwatch(&pair->two);
	loop_stop(pair->notes->loop);
}

static void
a_watch_ended_in_the_same_batch_is_not_called(void **state)
{
	struct notes notes = { .loop = loop_new() };
	struct pair pair = { .notes = &notes };
	int one[2], two[2];

	(void)state;
	assert_int_equal(pipe(one), 0);
	assert_int_equal(pipe(two), 0);
	pair.one = loop_watch(notes.loop, one[0], EPOLLIN, on_either, &pair);
	pair.two = loop_watch(notes.loop, two[0], EPOLLIN, on_either, &pair);
	assert_int_equal(write(one[1], "a", 1), 1);
	assert_int_equal(write(two[1], "a", 1), 1);
	loop_run(notes.loop);
	assert_string_equal(notes.text, "r");
	for (int i = 0; i < 2; i++) {
		close(one[i]);
		close(two[i]);
	}
	loop_free(&notes.loop);
}

/* --- ctl ------------------------------------------------------------------ */

static int
run_echo(void *arg, struct str json, struct buf *out, const char **error_r)
{
	(void)arg;
	(void)error_r;
	buf_add_str(out, json);
	return 0;
}

static int
run_fail(void *arg, struct str json, struct buf *out, const char **error_r)
{
	(void)arg;
	(void)json;
	(void)out;
	*error_r = "not-found no such thing";
	return -1;
}

static int
run_large(void *arg, struct str json, struct buf *out, const char **error_r)
{
	(void)arg;
	(void)json;
	(void)error_r;
	for (int i = 0; i < 1000000; i++)
		buf_add_text(out, "0123456789");
	return 0;
}

/* An answer that waits for a timer. */
struct slow {
	struct buf *out;
	struct str json;
};

static void
answer_slowly(void *arg)
{
	struct slow *slow = arg;
	bool has_failed = str_is(slow->json, "fail");

	buf_add_str(slow->out, slow->json);
	ctl_answer(slow->out, has_failed ? -1 : 0, "not-found at last");
}

static int
run_slow(void *arg, struct str json, struct buf *out, const char **error_r)
{
	struct loop *loop = *(struct loop **)arg;
	struct slow *slow = arena_alloc(out->arena, sizeof(*slow));

	(void)error_r;
	*slow = (struct slow){ out, json };
	loop_after(loop, 20, answer_slowly, slow);
	return CTL_LATER;
}

static const struct ctl_verb test_verbs[] = {
	{ "echo", run_echo, CTL_PLUGIN }, { "fail", run_fail, CTL_PLUGIN },
	{ "large", run_large, CTL_ADMIN }, { "slow", run_slow, CTL_ADMIN },
	{ "clock", run_echo, CTL_TEST },
	{ .name = NULL },
};

struct ctl_lab {
	struct arena *arena;
	struct loop *loop;
	struct ctl_server *server;
	pthread_t thread;
	char directory[SCRATCH_SIZE];
	char path[SCRATCH_SIZE + 4];
};

static void *
run_loop(void *arg)
{
	loop_run(arg);
	return NULL;
}

static int
ctl_setup(void **state)
{
	struct ctl_lab *lab = calloc(1, sizeof(*lab));
	const char *error = "";

	lab->arena = arena_new(0);
	scratch_folder(lab->directory, "ctl");
	snprintf(lab->path, sizeof(lab->path), "%s/ctl", lab->directory);
	lab->loop = loop_new();
	lab->server = ctl_open(lab->loop, lab->path, CTL_ADMIN, test_verbs,
	    &lab->loop, lab->arena, &error);
	assert_non_null(lab->server);
	pthread_create(&lab->thread, NULL, run_loop, lab->loop);
	*state = lab;
	return 0;
}

static int
ctl_teardown(void **state)
{
	struct ctl_lab *lab = *state;

	loop_stop(lab->loop);
	pthread_join(lab->thread, NULL);
	ctl_close(&lab->server);
	assert_int_equal(access(lab->path, F_OK), -1);
	loop_free(&lab->loop);
	rmdir(lab->directory);
	arena_free(&lab->arena);
	free(lab);
	return 0;
}

static void
a_verb_is_answered_with_its_bytes(void **state)
{
	struct ctl_lab *lab = *state;
	const char *error = "";
	struct str answer;

	assert_int_equal(ctl_ask(lab->path, "echo", STR("{\"a\": 1}"), AT_MOST_MS,
	    lab->arena, &answer, &error), 0);
	assert_true(str_is(answer, "{\"a\": 1}"));
	assert_int_equal(ctl_ask(lab->path, "large", STR(""), AT_MOST_MS,
	    lab->arena, &answer, &error), 0);
	assert_int_equal(answer.len, 10000000);
}

static void
what_cannot_be_answered_gives_the_reason(void **state)
{
	struct ctl_lab *lab = *state;
	const char *error = "";
	struct str answer;

	assert_int_equal(ctl_ask(lab->path, "fail", STR(""), AT_MOST_MS,
	    lab->arena,
	    &answer, &error), -1);
	assert_string_equal(error, "not-found no such thing");
	assert_int_equal(ctl_ask(lab->path, "frob", STR(""), AT_MOST_MS,
	    lab->arena,
	    &answer, &error), -1);
	assert_non_null(strstr(error, "unknown-verb"));
	/* A test's, and this is the administrator's socket. */
	assert_int_equal(ctl_ask(lab->path, "clock", STR(""), AT_MOST_MS,
	    lab->arena, &answer, &error), -1);
	assert_non_null(strstr(error, "unknown-verb"));
	assert_int_equal(ctl_ask("/nonexistent/ctl", "echo", STR(""), AT_MOST_MS,
	    lab->arena, &answer, &error), -1);
	assert_non_null(strstr(error, "/nonexistent/ctl"));
}

/* Everything that comes back on one connection that sent text. */
static void
talk(struct ctl_lab *lab, const char *text, size_t len, char *answer,
    size_t answer_size)
{
	const char *error;
	int fd = net_connect_unix(lab->path, AT_MOST_MS, lab->arena, &error);
	size_t got = 0;
	ssize_t n;

	assert_true(fd >= 0);
	net_write_all(fd, text, len);
	shutdown(fd, SHUT_WR);
	while (got < answer_size - 1 &&
	    (n = recv(fd, answer + got, answer_size - 1 - got, 0)) > 0)
		got += (size_t)n;
	answer[got] = '\0';
	close(fd);
}

static void
requests_on_one_connection_are_answered_in_order(void **state)
{
	static const char text[] = "echo one\necho two\nfail\necho three\n";
	char answer[256];

	talk(*state, text, sizeof(text) - 1, answer, sizeof(answer));
	assert_string_equal(answer, "OK 3\noneOK 3\ntwo"
	    "ERR not-found no such thing\nOK 5\nthree");
}

static void
an_answer_that_comes_later_keeps_its_place(void **state)
{
	static const char text[] = "slow one\necho two\nslow fail\nslow x\n"
	    "echo three\n";
	struct ctl_lab *lab = *state;
	const char *error;
	struct str reply;
	char answer[256];
	int fd;

	talk(lab, text, sizeof(text) - 1, answer, sizeof(answer));
	assert_string_equal(answer, "OK 3\noneOK 3\ntwo"
	    "ERR not-found at last\nOK 1\nxOK 5\nthree");
	/* Who does not wait for it harms nobody. */
	fd = net_connect_unix(lab->path, 60000, lab->arena, &error);
	net_write_all(fd, "slow a\n", 7);
	close(fd);
	assert_int_equal(ctl_ask(lab->path, "slow", STR("y"), 60000,
	    lab->arena, &reply, &error), 0);
	assert_true(str_is(reply, "y"));
}

static void
hostile_lines_are_refused_and_the_next_client_is_served(void **state)
{
	static const char nul[] = "ec\0ho\n";
	struct ctl_lab *lab = *state;
	char *flood = malloc(CTL_LINE_MAX * 2), answer[256];
	const char *error;
	struct str reply;

	memset(flood, 'a', CTL_LINE_MAX * 2);
	talk(lab, flood, CTL_LINE_MAX * 2, answer, sizeof(answer));
	assert_string_equal(answer, "");
	talk(lab, nul, sizeof(nul) - 1, answer, sizeof(answer));
	assert_non_null(strstr(answer, "ERR bad-request"));
	talk(lab, "\n", 1, answer, sizeof(answer));
	assert_non_null(strstr(answer, "ERR bad-request empty line"));
	assert_int_equal(ctl_ask(lab->path, "echo", STR("x"), AT_MOST_MS,
	    lab->arena, &reply, &error), 0);
	free(flood);
}

static void
a_socket_in_use_is_not_taken_over_and_a_stale_one_is(void **state)
{
	struct ctl_lab *lab = *state;
	const char *error = "";
	char stale[80];
	int fd;

	assert_int_equal(net_listen_unix(lab->path, 0600, lab->arena, &error),
	    -1);
	assert_non_null(strstr(error, "another process listens here"));
	snprintf(stale, sizeof(stale), "%s/stale", lab->directory);
	close(net_listen_unix(stale, 0600, lab->arena, &error));
	fd = net_listen_unix(stale, 0640, lab->arena, &error);
	assert_true(fd >= 0);
	close(fd);
	unlink(stale);
	assert_int_equal(net_listen_unix("/nonexistent/x", 0600, lab->arena,
	    &error), -1);
	assert_non_null(strstr(error, "does the directory exist"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    timers_fire_in_order_and_cancelled_ones_never),
		cmocka_unit_test(
		    a_stop_ends_one_run_and_a_loop_may_run_again),
		cmocka_unit_test(
		    many_timers_with_random_cancels_stay_in_order),
		cmocka_unit_test(
		    a_watch_ended_in_the_same_batch_is_not_called),
		cmocka_unit_test_setup_teardown(
		    a_verb_is_answered_with_its_bytes, ctl_setup,
		    ctl_teardown),
		cmocka_unit_test_setup_teardown(
		    what_cannot_be_answered_gives_the_reason, ctl_setup,
		    ctl_teardown),
		cmocka_unit_test_setup_teardown(
		    requests_on_one_connection_are_answered_in_order,
		    ctl_setup, ctl_teardown),
		cmocka_unit_test_setup_teardown(
		    an_answer_that_comes_later_keeps_its_place,
		    ctl_setup, ctl_teardown),
		cmocka_unit_test_setup_teardown(
		    hostile_lines_are_refused_and_the_next_client_is_served,
		    ctl_setup, ctl_teardown),
		cmocka_unit_test_setup_teardown(
		    a_socket_in_use_is_not_taken_over_and_a_stale_one_is,
		    ctl_setup, ctl_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
