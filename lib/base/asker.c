/* SPDX-License-Identifier: ISC */
/* asker.c - asks the daemons behind UNIX sockets: any thread has a question, a
 * loop talks. */
#include "base/asker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/loop.h"
#include "base/wait.h"

struct asker {
	struct loop *loop;
	struct wait_queue *queue;
	struct loop_watch *watch;
	struct asker_question *first;	/* all that are talked about */
};

static void
unref(struct asker_question *question)
{
	struct arena *arena = question->arena;

	if (atomic_fetch_sub(&question->references, 1) != 1)
		return;
	wait_unref(&question->wait);
	wait_unref(&question->asker_wait);
	arena_free(&arena);
}

/* --- in the loop ---------------------------------------------------------- */

static void
enlist(struct asker *asker, struct asker_question *question)
{
	question->next = asker->first;
	question->link = &asker->first;
	if (question->next != NULL)
		question->next->link = &question->next;
	asker->first = question;
}

static void
unlist(struct asker_question *question)
{
	*question->link = question->next;
	if (question->next != NULL)
		question->next->link = question->link;
}

/* Answered, dropped or broken. */
void
asker_end(struct asker_question *question)
{
	if (question->link != NULL)
		unlist(question);
	loop_unwatch(&question->watch);
	loop_cancel(&question->timer);
	if (question->fd >= 0)
		close(question->fd);
	if (question->protocol->release != NULL)
		question->protocol->release(question);
	wait_leave(question->wait);
	atomic_store(&question->is_answered, true);
	wait_post(question->asker_wait);
	unref(question);
}

static void
on_late(void *arg)
{
	struct asker_question *question = arg;

	question->timer = NULL;
	question->protocol->give_up(question, ASKER_LATE);
}

static void
on_ready(void *arg, uint32_t events)
{
	struct asker_question *question = arg;

	if ((events & EPOLLOUT) != 0 && question->out.len != 0 &&
	    question->protocol->send(question) < 0)
		return;
	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
		question->protocol->receive(question);
}

/* A UNIX socket is connected to at once or not at all. */
static int
connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int fd, error;

	if (len >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, len + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address,
	    sizeof(address)) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

int
asker_connect(struct asker_question *question, int timeout_ms)
{
	struct loop *loop = question->asker->loop;

	question->fd = connect_to(question->path);
	if (question->fd < 0)
		return -1;
	question->watch = loop_watch(loop, question->fd, EPOLLIN, on_ready,
	    question);
	if (timeout_ms != 0)
		question->timer = loop_after(loop, timeout_ms, on_late,
		    question);
	return 0;
}

void
asker_sent(struct asker_question *question, size_t count)
{
	question->out = str_from_pos(question->out, count);
	loop_watch_change(question->watch, question->out.len != 0
	    ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

ssize_t
asker_receive(struct asker_question *question, void *data, size_t len)
{
	ssize_t got;

	do
		got = recv(question->fd, data, len, 0);
	while (got < 0 && errno == EINTR);
	return got;
}

/* Handed over, or dropped. */
static void
on_word(void *arg, uint32_t events)
{
	struct asker *asker = arg;
	struct asker_question *question;

	(void)events;
	while ((question = wait_queue_next(asker->queue)) != NULL) {
		if (atomic_load(&question->is_dropped)) {
			asker_end(question);
			continue;
		}
		enlist(asker, question);
		question->protocol->begin(question);
	}
}

struct asker *
asker_open(struct loop *loop)
{
	struct wait_queue *queue = wait_queue_new();
	struct asker *asker;

	if (queue == NULL)
		return NULL;
	asker = calloc(1, sizeof(*asker));
	if (asker == NULL)
		abort();
	asker->loop = loop;
	asker->queue = queue;
	asker->watch = loop_watch(loop, wait_queue_fd(queue), EPOLLIN,
	    on_word, asker);
	return asker;
}

void
asker_close(struct asker **asker)
{
	struct asker *old = *asker;

	if (old == NULL)
		return;
	on_word(old, 0);
	while (old->first != NULL)
		old->first->protocol->give_up(old->first, ASKER_CLOSED);
	loop_unwatch(&old->watch);
	wait_queue_free(&old->queue);
	free(old);
	*asker = NULL;
}

/* --- in any thread -------------------------------------------------------- */

void
asker_ask(struct asker *asker, struct asker_question *question,
    const struct asker_protocol *protocol, struct arena *arena,
    const char *path, struct wait *wait)
{
	question->arena = arena;
	question->path = arena_strdup(arena, path);
	question->fd = -1;
	question->protocol = protocol;
	atomic_init(&question->references, 2);
	question->asker = asker;
	question->asker_wait = wait_ref(wait);
	question->wait = wait_new_in(asker->queue, question);
	wait_post(question->wait);
}

bool
asker_is_answered(struct asker_question *question)
{
	return atomic_load(&question->is_answered);
}

void
asker_drop(struct asker_question *question)
{
	atomic_store(&question->is_dropped, true);
	wait_post(question->wait);
	unref(question);
}
