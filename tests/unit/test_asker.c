/* SPDX-License-Identifier: ISC */
/* test_asker.c - what every question to a daemon goes through, by a protocol
 * that waits for one byte. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/asker.h"
#include "base/loop.h"
#include "base/net.h"
#include "base/vec.h"
#include "base/wait.h"
#include "fixture.h"
#include "scratch.h"

/* More than a socket takes at once. */
#define LARGE ((size_t)4 * 1024 * 1024)

/* What came of a question; outlives it. */
struct fate {
	struct loop *loop;
	int begun, released;
	int error;			/* of asker_connect() */
	char answer;
	bool is_given_up;
	enum asker_trouble trouble;
};

struct question {
	struct asker_question base;
	struct fate *fate;
	int timeout_ms;
};

static void
end(struct asker_question *base)
{
	struct fate *fate = ((struct question *)base)->fate;

	loop_stop(fate->loop);
	asker_end(base);
}

static int
send_some(struct asker_question *base)
{
	ssize_t done = send(base->fd, base->out.data, base->out.len,
	    MSG_NOSIGNAL | MSG_DONTWAIT);

	asker_sent(base, done > 0 ? (size_t)done : 0);
	return 0;
}

static void
begin(struct asker_question *base)
{
	struct question *question = (struct question *)base;

	question->fate->begun++;
	if (asker_connect(base, question->timeout_ms) == 0) {
		send_some(base);
		return;
	}
	question->fate->error = errno;
	end(base);
}

static void
receive(struct asker_question *base)
{
	struct fate *fate = ((struct question *)base)->fate;

	if (asker_receive(base, &fate->answer, 1) >= 0)
		end(base);
}

static void
give_up(struct asker_question *base, enum asker_trouble trouble)
{
	struct fate *fate = ((struct question *)base)->fate;

	fate->is_given_up = true;
	fate->trouble = trouble;
	end(base);
}

static void
release(struct asker_question *base)
{
	((struct question *)base)->fate->released++;
}

static const struct asker_protocol protocol = {
	.begin = begin,
	.send = send_some,
	.receive = receive,
	.give_up = give_up,
	.release = release,
};

struct lab {
	struct loop *loop;
	struct asker *asker;
	struct wait *wait;
	struct fate fate;
	char path[SCRATCH_SIZE + 2];
	int listener;
};

static void
open_lab(struct lab *lab, struct arena *arena)
{
	const char *error = NULL;

	memset(lab, 0, sizeof(*lab));
	scratch_folder(lab->path, "asker");
	strcat(lab->path, "/s");
	lab->listener = net_listen_unix(lab->path, 0600, arena, &error);
	assert_null(error);
	lab->fate.loop = lab->loop = loop_new();
	lab->asker = asker_open(lab->loop);
	assert_non_null(lab->asker);
	lab->wait = wait_new();
}

static void
close_lab(struct lab *lab)
{
	asker_close(&lab->asker);
	loop_free(&lab->loop);
	wait_unref(&lab->wait);
	close(lab->listener);
	unlink(lab->path);
	*strrchr(lab->path, '/') = '\0';
	assert_int_equal(rmdir(lab->path), 0);
}

static struct question *
ask(struct lab *lab, const char *path, struct str out, int timeout_ms)
{
	struct arena *arena = arena_new(0);
	struct question *question = arena_zalloc(arena, sizeof(*question));

	question->fate = &lab->fate;
	question->timeout_ms = timeout_ms;
	question->base.out = out;
	asker_ask(lab->asker, &question->base, &protocol, arena, path,
	    lab->wait);
	return question;
}

static void
silence_is_late(void **state)
{
	struct question *question;
	struct lab lab;

	open_lab(&lab, *state);
	question = ask(&lab, lab.path, STR("x"), 10);
	assert_false(asker_is_answered(&question->base));
	loop_run(lab.loop);
	assert_true(asker_is_answered(&question->base));
	assert_true(lab.fate.is_given_up);
	assert_int_equal(lab.fate.trouble, ASKER_LATE);
	assert_int_equal(lab.fate.released, 1);
	asker_drop(&question->base);
	close_lab(&lab);
	assert_int_equal(lab.fate.released, 1);
}

/* One that nobody talked about yet, too. */
static void
who_closes_gives_all_up(void **state)
{
	struct question *question;
	struct lab lab;

	open_lab(&lab, *state);
	question = ask(&lab, lab.path, STR("x"), 0);
	asker_close(&lab.asker);
	assert_true(asker_is_answered(&question->base));
	assert_true(lab.fate.is_given_up);
	assert_int_equal(lab.fate.trouble, ASKER_CLOSED);
	assert_int_equal(lab.fate.released, 1);
	asker_drop(&question->base);
	close_lab(&lab);
}

static void
what_is_dropped_at_once_is_not_asked(void **state)
{
	struct lab lab;

	open_lab(&lab, *state);
	asker_drop(&ask(&lab, lab.path, STR("x"), 0)->base);
	asker_close(&lab.asker);
	assert_int_equal(lab.fate.begun, 0);
	assert_false(lab.fate.is_given_up);
	assert_int_equal(lab.fate.released, 1);
	close_lab(&lab);
}

static void
who_cannot_connect_learns_why(void **state)
{
	static const struct {
		const char *sentence;
		size_t path_len;
		int error;
	} cases[] = {
		{ "nothing stands there", 20, ENOENT },
		{ "the longest path", 107, ENOENT },
		{ "one more", 108, ENAMETOOLONG },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct question *question;
		char path[128] = "";
		struct lab lab;

		print_message("%s\n", cases[i].sentence);
		memset(path, 'a', cases[i].path_len);
		open_lab(&lab, *state);
		question = ask(&lab, path, STR("x"), 0);
		loop_run(lab.loop);
		assert_int_equal(lab.fate.error, cases[i].error);
		asker_drop(&question->base);
		close_lab(&lab);
	}
}

static void *
serve(void *arg)
{
	struct lab *lab = arg;
	int fd = accept(lab->listener, NULL, NULL);
	static char bytes[65536];
	size_t count = 0;
	ssize_t got;

	assert_true(fd >= 0);
	while (count < LARGE &&
	    (got = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		count += (size_t)got;
	assert_int_equal(count, LARGE);
	assert_int_equal(net_write_all(fd, "k", 1), 0);
	close(fd);
	return NULL;
}

static void
what_does_not_fit_goes_when_there_is_room(void **state)
{
	char *bytes = arena_zalloc(*state, LARGE);
	struct question *question;
	pthread_t thread;
	struct lab lab;

	open_lab(&lab, *state);
	fcntl(lab.listener, F_SETFL, 0);
	question = ask(&lab, lab.path, str_of(bytes, LARGE), 0);
	assert_int_equal(pthread_create(&thread, NULL, serve, &lab), 0);
	loop_run(lab.loop);
	pthread_join(thread, NULL);
	assert_int_equal(lab.fate.answer, 'k');
	assert_false(lab.fate.is_given_up);
	asker_drop(&question->base);
	close_lab(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(silence_is_late),
		ARENA_TEST(who_closes_gives_all_up),
		ARENA_TEST(what_is_dropped_at_once_is_not_asked),
		ARENA_TEST(who_cannot_connect_learns_why),
		ARENA_TEST(what_does_not_fit_goes_when_there_is_room),
	};

	return cmocka_run_group_tests_name("asker", tests, NULL, NULL);
}
