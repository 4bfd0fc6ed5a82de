/* SPDX-License-Identifier: ISC */
/* told_policyd.c - for tests: a policy service that answers as it is told. */
#include "scratch.h"
#include "told_policyd.h"

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

#define HEARD_MAX ((size_t)1024 * 1024)

struct told_policyd {
	char directory[SCRATCH_SIZE];
	const char *path;
	const char *const *answers;
	int listener;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t told_cond;
	bool has_heard, has_ended;	/* something came; a connection ended */
	char *heard;
	size_t heard_len;
};

/* Requests that have come to their empty line. */
static size_t
count_requests(const struct told_policyd *told)
{
	struct str text = str_of(told->heard, told->heard_len);
	const char *end;
	size_t count = 0;

	for (; (end = memmem(text.data, text.len, "\n\n", 2)) != NULL; count++)
		text = str_from_pos(text, (size_t)(end - text.data) + 2);
	return count;
}

/* -1: no more of this connection. */
static int
answer(const struct told_policyd *told, int fd, size_t number)
{
	size_t i = 0;

	while (i < number && told->answers[i] != NULL &&
	    strcmp(told->answers[i], TOLD_REPEAT) != 0)
		i++;
	if (told->answers[i] == NULL)
		return 0;
	if (strcmp(told->answers[i], TOLD_CLOSE) == 0)
		return -1;
	if (strcmp(told->answers[i], TOLD_REPEAT) == 0)
		i--;
	send(fd, told->answers[i], strlen(told->answers[i]), MSG_NOSIGNAL);
	return 0;
}

static void
note(struct told_policyd *told, bool *what)
{
	pthread_mutex_lock(&told->lock);
	*what = true;
	pthread_cond_broadcast(&told->told_cond);
	pthread_mutex_unlock(&told->lock);
}

static void
await(struct told_policyd *told, const bool *what)
{
	pthread_mutex_lock(&told->lock);
	while (!*what)
		pthread_cond_wait(&told->told_cond, &told->lock);
	pthread_mutex_unlock(&told->lock);
}

static void
serve(struct told_policyd *told, int fd)
{
	size_t answered = 0;
	ssize_t got;

	told->heard_len = 0;
	while (told->heard_len < HEARD_MAX && (got = recv(fd, told->heard +
	    told->heard_len, HEARD_MAX - told->heard_len, 0)) > 0) {
		told->heard_len += (size_t)got;
		note(told, &told->has_heard);
		for (size_t come = count_requests(told); answered < come;
		    answered++)
			if (answer(told, fd, answered) < 0)
				return;
	}
}

static void *
serve_all(void *arg)
{
	struct told_policyd *told = arg;
	int fd;

	while ((fd = accept(told->listener, NULL, NULL)) >= 0) {
		serve(told, fd);
		close(fd);
		note(told, &told->has_ended);
	}
	return NULL;
}

struct told_policyd *
told_policyd_start(struct arena *arena, const char *const *answers)
{
	struct told_policyd *told = arena_zalloc(arena, sizeof(*told));
	const char *error = "";

	scratch_folder(told->directory, "told");
	told->path = arena_printf(arena, "%s/policyd", told->directory);
	told->answers = answers;
	told->heard = arena_alloc(arena, HEARD_MAX);
	told->listener = net_listen_unix(told->path, 0600, arena, &error);
	if (told->listener < 0)
		fail_msg("%s", error);
	fcntl(told->listener, F_SETFL, 0);	/* it blocks */
	pthread_mutex_init(&told->lock, NULL);
	pthread_cond_init(&told->told_cond, NULL);
	pthread_create(&told->thread, NULL, serve_all, told);
	return told;
}

const char *
told_policyd_path(const struct told_policyd *told)
{
	return told->path;
}

void
told_policyd_await(struct told_policyd *told)
{
	await(told, &told->has_heard);
}

struct str
told_policyd_heard(struct told_policyd *told)
{
	await(told, &told->has_ended);
	return str_of(told->heard, told->heard_len);
}

void
told_policyd_stop(struct told_policyd *told)
{
	shutdown(told->listener, SHUT_RDWR);
	pthread_join(told->thread, NULL);
	close(told->listener);
	unlink(told->path);
	rmdir(told->directory);
	pthread_mutex_destroy(&told->lock);
	pthread_cond_destroy(&told->told_cond);
}

static void *
run_loop(void *arg)
{
	loop_run(arg);
	return NULL;
}

void
asking_begin(struct asking *asking)
{
	asking->loop = loop_new();
	asking->asker = asker_open(asking->loop);
	assert_non_null(asking->asker);
	assert_int_equal(pthread_create(&asking->thread, NULL, run_loop,
	    asking->loop), 0);
}

void
asking_end(struct asking *asking)
{
	loop_stop(asking->loop);
	pthread_join(asking->thread, NULL);
	asker_close(&asking->asker);
	loop_free(&asking->loop);
}
