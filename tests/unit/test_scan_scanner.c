/* SPDX-License-Identifier: ISC */
/* test_scan_scanner.c - asking a daemon that may be anything. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/asker.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/net.h"
#include "base/vec.h"
#include "base/wait.h"
#include "fixture.h"
#include "scan/pass.h"
#include "scan/request.h"
#include "scan/scanner.h"
#include "scratch.h"

#define FOREVER_MS 120000

/* What the daemon does with one connection. */
struct plan {
	const char *sentence;
	struct str answer;	/* behind a head; data NULL: hang up */
	size_t claimed;		/* its length as told; 0: the true one */
	bool is_silent;		/* hold the connection until the test ends */
	enum scan_unread unread;
};

static const struct plan plans[] = {
	{ "an answer", STR("\2\0\0\0\0\0\0\0"), 0, false, SCAN_READ },
	{ "an answer that is none", STR("\2\0\0\0\0\0\0\0x"), 0, false,
	    SCAN_UNREAD_answer },
	{ "a reason", STR("\2\3\0\0\0\0\0\0"), 0, false, SCAN_UNREAD_crashed },
	{ "nothing", { NULL, 0 }, 0, false, SCAN_UNREAD_away },
	{ "less than it claims", STR("\2\0\0"), 8, false, SCAN_UNREAD_away },
	{ "more than is allowed", STR("\2"), SCAN_ANSWER_MAX + 1, false,
	    SCAN_UNREAD_answer },
	{ "silence", STR(""), 0, true, SCAN_UNREAD_late },
};

struct daemon {
	const struct plan *plan;
	int listen_fd;
	int held;		/* a silent connection */
	struct str seen;	/* what came, and the file behind it */
	char bytes[512];
	pthread_t thread;
};

static void
read_request(struct daemon *daemon, int fd)
{
	int file = -1;
	ssize_t got = pass_receive(fd, daemon->bytes, sizeof(daemon->bytes),
	    &file), more;

	assert_true(got > 0 && file >= 0);
	more = pread(file, daemon->bytes + got, sizeof(daemon->bytes) -
	    (size_t)got, 0);
	assert_true(more >= 0);
	/* Nobody who gets it can change it. */
	assert_int_equal(pwrite(file, "x", 1, 0), -1);
	daemon->seen = str_of(daemon->bytes, (size_t)(got + more));
	close(file);
}

static void *
serve(void *arg)
{
	struct daemon *daemon = arg;
	int fd = accept(daemon->listen_fd, NULL, NULL);
	char head[SCAN_ANSWER_HEAD];

	if (fd < 0)
		return NULL;
	read_request(daemon, fd);
	if (daemon->plan->is_silent) {
		daemon->held = fd;
		return NULL;
	}
	if (daemon->plan->answer.data != NULL) {
		scan_answer_put_head(daemon->plan->claimed != 0
		    ? daemon->plan->claimed : daemon->plan->answer.len, head);
		/* In two pieces: no client may count on one. */
		assert_int_equal(net_write_all(fd, head, 5), 0);
		assert_int_equal(net_write_all(fd, head + 5, 3), 0);
		/* Whom the head does not please may have gone by now. */
		if (net_write_all(fd, daemon->plan->answer.data,
		    daemon->plan->answer.len) < 0)
			assert_true(daemon->plan->claimed > SCAN_ANSWER_MAX);
	}
	close(fd);
	return NULL;
}

/* The loop in a thread of its own, as in a daemon. */
struct lab {
	struct loop *loop;
	struct asker *asker;
	struct wait *wait;
	pthread_t thread;
	char path[SCRATCH_SIZE + 2];
};

static void *
run_loop(void *arg)
{
	struct lab *lab = arg;

	loop_run(lab->loop);
	asker_close(&lab->asker);
	return NULL;
}

static void
open_lab(struct lab *lab)
{
	scratch_folder(lab->path, "scanner");
	strcat(lab->path, "/s");
	lab->loop = loop_new();
	lab->asker = asker_open(lab->loop);
	lab->wait = wait_new();
	assert_non_null(lab->asker);
	assert_int_equal(pthread_create(&lab->thread, NULL, run_loop, lab), 0);
}

static void
close_lab(struct lab *lab)
{
	loop_stop(lab->loop);
	pthread_join(lab->thread, NULL);
	loop_free(&lab->loop);
	wait_unref(&lab->wait);
	unlink(lab->path);
	*strrchr(lab->path, '/') = '\0';
	assert_int_equal(rmdir(lab->path), 0);
}

static const struct scan_answer *
await(struct lab *lab, struct scan_question *question)
{
	const struct scan_answer *answer;

	while ((answer = scan_question_answer(question)) == NULL)
		assert_int_equal(wait_sleep(lab->wait, clock_steady_ms() +
		    FOREVER_MS), 1);
	return answer;
}

static void
open_daemon(struct daemon *daemon, const struct plan *plan,
    const struct lab *lab, struct arena *arena)
{
	const char *error = NULL;

	*daemon = (struct daemon){ .plan = plan, .held = -1 };
	daemon->listen_fd = net_listen_unix(lab->path, 0600, arena, &error);
	assert_null(error);
	fcntl(daemon->listen_fd, F_SETFL, 0);
	assert_int_equal(pthread_create(&daemon->thread, NULL, serve, daemon),
	    0);
}

static void
close_daemon(struct daemon *daemon)
{
	pthread_join(daemon->thread, NULL);
	if (daemon->held >= 0)
		close(daemon->held);
	close(daemon->listen_fd);
}

static void
one_case(struct lab *lab, const struct plan *plan, struct arena *arena)
{
	struct scan_question *question;
	struct daemon daemon;

	print_message("%s\n", plan->sentence);
	open_daemon(&daemon, plan, lab, arena);
	question = scan_ask(lab->asker, lab->path,
	    scan_file_of(STR("the file")), STR("a.doc"),
	    plan->is_silent ? 10 : FOREVER_MS, lab->wait);
	assert_int_equal(await(lab, question)->unread, plan->unread);
	scan_question_drop(&question);
	close_daemon(&daemon);
	assert_true(str_is(str_from_pos(daemon.seen, SCAN_REQUEST_HEAD),
	    "a.docthe file"));
}

static void
a_daemon_may_be_anything(void **state)
{
	struct lab lab;

	open_lab(&lab);
	for (size_t i = 0; i < ARRAY_LEN(plans); i++)
		one_case(&lab, &plans[i], *state);
	close_lab(&lab);
}

static void
without_a_daemon_it_is_away(void **state)
{
	struct scan_question *question;
	struct lab lab;

	(void)state;
	open_lab(&lab);
	question = scan_ask(lab.asker, lab.path, scan_file_of(STR("x")),
	    STR(""), FOREVER_MS, lab.wait);
	assert_int_equal(await(&lab, question)->unread, SCAN_UNREAD_away);
	scan_question_drop(&question);
	question = scan_ask(lab.asker, lab.path, -1, STR(""), FOREVER_MS,
	    lab.wait);
	assert_int_equal(await(&lab, question)->unread,
	    SCAN_UNREAD_descriptor);
	scan_question_drop(&question);
	close_lab(&lab);
}

/* Whoever drops it learns nothing, and nothing is left. */
static void
a_question_may_be_dropped(void **state)
{
	static const struct plan silent = { "", STR(""), 0, true, SCAN_READ };
	struct scan_question *question;
	struct daemon daemon;
	struct lab lab;
	char byte;

	open_lab(&lab);
	open_daemon(&daemon, &silent, &lab, *state);
	question = scan_ask(lab.asker, lab.path, scan_file_of(STR("x")),
	    STR(""), FOREVER_MS, lab.wait);
	pthread_join(daemon.thread, NULL);
	scan_question_drop(&question);
	/* The daemon sees that nobody waits any more. */
	assert_int_equal(recv(daemon.held, &byte, 1, 0), 0);
	close(daemon.held);
	close(daemon.listen_fd);
	close_lab(&lab);
}

static void
an_end_answers_what_is_under_way(void **state)
{
	static const struct plan silent = { "", STR(""), 0, true, SCAN_READ };
	struct scan_question *question;
	struct daemon daemon;
	struct lab lab;

	open_lab(&lab);
	open_daemon(&daemon, &silent, &lab, *state);
	question = scan_ask(lab.asker, lab.path, scan_file_of(STR("x")),
	    STR(""), FOREVER_MS, lab.wait);
	pthread_join(daemon.thread, NULL);
	loop_stop(lab.loop);
	assert_int_equal(await(&lab, question)->unread, SCAN_UNREAD_away);
	scan_question_drop(&question);
	close(daemon.held);
	close(daemon.listen_fd);
	close_lab(&lab);
}

/* Sealed against all that could change what was read. */
static void
a_file_of_bytes_is_sealed(void **state)
{
	int fd = scan_file_of(STR("abc"));
	char bytes[4] = "";

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, bytes, 4, 0), 3);
	assert_string_equal(bytes, "abc");
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 1), -1);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), -1);
	close(fd);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(a_daemon_may_be_anything),
		ARENA_TEST(without_a_daemon_it_is_away),
		ARENA_TEST(a_question_may_be_dropped),
		ARENA_TEST(an_end_answers_what_is_under_way),
		ARENA_TEST(a_file_of_bytes_is_sealed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
