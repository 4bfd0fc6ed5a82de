/* SPDX-License-Identifier: ISC */
/* policy_asker.c - asks mailreeve-policyd about a message, as Postfix's smtpd
 * would.
 *
 * A question has a connection of its own: what hangs in one holds up no other,
 * and mail by this way is rare. Threads ask, the loop talks; they meet in the
 * queue of waits (wait.h), by which a question is handed over, and once more
 * when it is dropped. There is no timer: whoever asks knows how long he can
 * wait. */
#include "daemon/policy_asker.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/loop.h"
#include "base/wait.h"
#include "daemon/policy_request.h"

struct policy_asker {
	struct loop *loop;
	struct wait_queue *queue;
	struct loop_watch *watch;
	struct policy_question *first;	/* all that are talked about */
};

enum phase { PHASE_RCPTS, PHASE_END };

/* Lives in its arena. Who asks and the loop have a reference each; but for the
 * atomics it is the loop's once it was handed over. */
struct policy_question {
	struct arena *arena;
	atomic_int references;
	atomic_bool is_answered, is_dropped;
	struct policy_answer answer;
	struct wait *asker_wait;	/* who asked */
	struct wait *wait;		/* of the loop's queue */
	struct policy_asker *asker;
	const char *path;
	struct str requests[2];		/* of each phase */
	size_t rcpt_count;

	struct policy_question *next, **link;	/* link NULL: in no list */
	struct loop_watch *watch;
	int fd;
	enum phase phase;
	struct str out;			/* what is still to be sent */
	size_t wanted;			/* answers of this phase */
	char in[POLICY_ANSWER_MAX];
	size_t in_len;
};

static void
unref(struct policy_question *question)
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
enlist(struct policy_asker *asker, struct policy_question *question)
{
	question->next = asker->first;
	question->link = &asker->first;
	if (question->next != NULL)
		question->next->link = &question->next;
	asker->first = question;
}

static void
unlist(struct policy_question *question)
{
	*question->link = question->next;
	if (question->next != NULL)
		question->next->link = question->link;
}

/* Answered, dropped or broken: the loop has done with it. */
static void
end_question(struct policy_question *question)
{
	if (question->link != NULL)
		unlist(question);
	loop_unwatch(&question->watch);
	if (question->fd >= 0)
		close(question->fd);
	wait_leave(question->wait);
	atomic_store(&question->is_answered, true);
	wait_post(question->asker_wait);
	unref(question);
}

/* error is a constant text. */
static void
fail(struct policy_question *question, const char *error)
{
	question->answer = (struct policy_answer){ .error = error };
	end_question(question);
}

/* Something went wrong with its connection. */
static void
fail_with_errno(struct policy_question *question, const char *what)
{
	fail(question, arena_printf(question->arena, "%s: %s %s",
	    question->path, what, strerror(errno)));
}

/* -1: it has ended. */
static int
send_some(struct policy_question *question)
{
	ssize_t done;

	do
		done = send(question->fd, question->out.data,
		    question->out.len, MSG_NOSIGNAL);
	while (done < 0 && errno == EINTR);
	if (done < 0 && errno != EAGAIN) {
		fail_with_errno(question, "cannot be asked:");
		return -1;
	}
	if (done > 0)
		question->out = str_from_pos(question->out, (size_t)done);
	loop_watch_change(question->watch, question->out.len != 0
	    ? EPOLLIN | EPOLLOUT : EPOLLIN);
	return 0;
}

static int
begin_phase(struct policy_question *question, enum phase phase)
{
	question->phase = phase;
	question->out = question->requests[phase];
	question->wanted = phase == PHASE_RCPTS ? question->rcpt_count : 1;
	return send_some(question);
}

/* One answer; -1: it was the last, or makes no sense. */
static int
take_answer(struct policy_question *question, struct str text)
{
	size_t rcpt = question->rcpt_count -
	    (question->phase == PHASE_RCPTS ? question->wanted : 0);
	struct policy_answer answer;
	const char *error;

	if (policy_answer_parse(question->arena, text, &answer, &error) < 0) {
		fail(question, error);
		return -1;
	}
	if (answer.decision > question->answer.decision) {
		question->answer = answer;
		question->answer.rcpt = rcpt;
	}
	question->wanted--;
	if (answer.decision < DECISION_DEFER && question->wanted != 0)
		return 0;
	if (answer.decision < DECISION_DEFER &&
	    question->phase == PHASE_RCPTS)
		return begin_phase(question, PHASE_END);
	end_question(question);
	return -1;
}

static void
take_answers(struct policy_question *question)
{
	struct str text = str_of(question->in, question->in_len);
	enum phase phase = question->phase;
	size_t len;

	while ((len = policy_answer_len(text)) != 0) {
		if (take_answer(question, str_sub(text, 0, len)) < 0)
			return;
		text = str_from_pos(text, len);
		if (question->phase != phase && text.len != 0) {
			fail(question, "an answer to no question");
			return;
		}
	}
	if (text.len == sizeof(question->in)) {
		fail(question, "an answer that does not end");
		return;
	}
	memmove(question->in, text.data, text.len);
	question->in_len = text.len;
}

/* As much as there is room for: the loop comes back for the rest. */
static void
receive(struct policy_question *question)
{
	ssize_t got;

	do
		got = recv(question->fd, question->in + question->in_len,
		    sizeof(question->in) - question->in_len, 0);
	while (got < 0 && errno == EINTR);
	if (got == 0) {
		fail(question, "the policy service hung up");
	} else if (got < 0) {
		if (errno != EAGAIN)
			fail_with_errno(question, "cannot be heard:");
	} else {
		question->in_len += (size_t)got;
		take_answers(question);
	}
}

static void
on_ready(void *arg, uint32_t events)
{
	struct policy_question *question = arg;

	if ((events & EPOLLOUT) != 0 && send_some(question) < 0)
		return;
	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
		receive(question);
}

/* A UNIX socket is connected to at once or not at all. */
static int
connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address,
	    sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void
begin(struct policy_asker *asker, struct policy_question *question)
{
	enlist(asker, question);
	question->fd = connect_to(question->path);
	if (question->fd < 0) {
		fail_with_errno(question, "nobody answers:");
		return;
	}
	question->watch = loop_watch(asker->loop, question->fd, EPOLLIN,
	    on_ready, question);
	begin_phase(question, question->rcpt_count != 0 ? PHASE_RCPTS
	    : PHASE_END);
}

/* Handed over, or dropped. */
static void
on_word(void *arg, uint32_t events)
{
	struct policy_asker *asker = arg;
	struct policy_question *question;

	(void)events;
	while ((question = wait_queue_next(asker->queue)) != NULL) {
		if (atomic_load(&question->is_dropped))
			end_question(question);
		else
			begin(asker, question);
	}
}

struct policy_asker *
policy_asker_open(struct loop *loop)
{
	struct wait_queue *queue = wait_queue_new();
	struct policy_asker *asker;

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
policy_asker_close(struct policy_asker **asker)
{
	struct policy_asker *old = *asker;

	if (old == NULL)
		return;
	on_word(old, 0);
	while (old->first != NULL)
		fail(old->first, "this daemon ends");
	loop_unwatch(&old->watch);
	wait_queue_free(&old->queue);
	free(old);
	*asker = NULL;
}

/* --- in any thread -------------------------------------------------------- */

struct policy_question *
policy_ask(struct policy_asker *asker, const char *path,
    const struct policy_message *message, struct wait *wait)
{
	struct arena *arena = arena_new(8192);
	struct policy_question *question = arena_zalloc(arena,
	    sizeof(*question));

	question->arena = arena;
	atomic_init(&question->references, 2);
	question->asker = asker;
	question->path = arena_strdup(arena, path);
	question->requests[PHASE_RCPTS] = policy_requests_rcpt(arena,
	    message);
	question->requests[PHASE_END] = policy_request_end(arena, message);
	question->rcpt_count = message->rcpt_count;
	question->answer.rcpt = message->rcpt_count;
	question->answer.reply.text = "";
	question->fd = -1;
	question->asker_wait = wait_ref(wait);
	question->wait = wait_new_in(asker->queue, question);
	wait_post(question->wait);
	return question;
}

const struct policy_answer *
policy_question_answer(struct policy_question *question)
{
	return atomic_load(&question->is_answered) ? &question->answer : NULL;
}

void
policy_question_drop(struct policy_question **question)
{
	struct policy_question *old = *question;

	*question = NULL;
	if (old == NULL)
		return;
	atomic_store(&old->is_dropped, true);
	wait_post(old->wait);
	unref(old);
}
