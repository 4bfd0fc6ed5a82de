/* SPDX-License-Identifier: ISC */
/* scanner.c - asks mailreeve-avscan what a file holds.
 *
 * A question has a connection of its own, as one of policyd's has: what hangs in
 * one holds up no other, and who hangs up has said that nobody waits any more.
 * Threads ask, the loop talks; they meet in the queue of waits (wait.h), by
 * which a question is handed over, and once more when it is dropped. The daemon
 * keeps to the time that it is told; the timer here is for one that does not. */
#include "scan/scanner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/loop.h"
#include "base/wait.h"
#include "scan/pass.h"
#include "scan/request.h"

/* What the daemon needs to say that it was late. */
#define GRACE_MS 500

struct scanner {
	struct loop *loop;
	struct wait_queue *queue;
	struct loop_watch *watch;
	struct scan_question *first;	/* all that are talked about */
};

/* Lives in its arena. Who asks and the loop have a reference each; but for the
 * atomics it is the loop's once it was handed over. */
struct scan_question {
	struct arena *arena;
	atomic_int references;
	atomic_bool is_answered, is_dropped;
	struct scan_answer answer;
	struct wait *asker_wait;	/* who asked */
	struct wait *wait;		/* of the scanner's queue */
	struct scanner *scanner;
	const char *path;
	int timeout_ms;
	int file;			/* -1: sent */

	struct scan_question *next, **link;	/* link NULL: in no list */
	struct loop_watch *watch;
	struct loop_timer *timer;
	int fd;
	struct str out;			/* what is still to be sent */
	char head[SCAN_ANSWER_HEAD];
	size_t got;			/* of head, then of both */
	char *body;			/* NULL: the head has not come */
	size_t len;
};

static void
unref(struct scan_question *question)
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
enlist(struct scanner *scanner, struct scan_question *question)
{
	question->next = scanner->first;
	question->link = &scanner->first;
	if (question->next != NULL)
		question->next->link = &question->next;
	scanner->first = question;
}

static void
close_both(struct scan_question *question)
{
	if (question->fd >= 0)
		close(question->fd);
	if (question->file >= 0)
		close(question->file);
	question->fd = question->file = -1;
}

/* Answered, dropped or broken: the loop has done with it. */
static void
end_question(struct scan_question *question)
{
	if (question->link != NULL) {
		*question->link = question->next;
		if (question->next != NULL)
			question->next->link = question->link;
	}
	loop_unwatch(&question->watch);
	loop_cancel(&question->timer);
	close_both(question);
	wait_leave(question->wait);
	atomic_store(&question->is_answered, true);
	wait_post(question->asker_wait);
	unref(question);
}

static void
fail(struct scan_question *question, enum scan_unread unread)
{
	scan_answer_init(&question->answer, question->arena);
	question->answer.unread = unread;
	end_question(question);
}

static void
on_late(void *arg)
{
	struct scan_question *question = arg;

	question->timer = NULL;
	fail(question, SCAN_UNREAD_late);
}

/* -1: it has ended. A daemon that is busy may answer before it has read all:
 * then it has hung up for writing, and the answer is there to be read. */
static int
send_some(struct scan_question *question)
{
	ssize_t done = pass_send(question->fd, question->out.data,
	    question->out.len, question->file);

	if (done < 0 && errno != EAGAIN && errno != EPIPE &&
	    errno != ECONNRESET) {
		fail(question, SCAN_UNREAD_away);
		return -1;
	}
	if (done > 0) {
		question->out = str_from_pos(question->out, (size_t)done);
		if (question->file >= 0)
			close(question->file);
		question->file = -1;
	}
	loop_watch_change(question->watch, question->out.len != 0 &&
	    (done >= 0 || errno == EAGAIN) ? EPOLLIN | EPOLLOUT : EPOLLIN);
	return 0;
}

static void
take_answer(struct scan_question *question)
{
	if (scan_answer_read(question->arena, str_of(question->body,
	    question->len), &question->answer) < 0)
		fail(question, SCAN_UNREAD_answer);
	else
		end_question(question);
}

/* Some bytes of the head or, once that is there, of what follows. 0: more may
 * come, -1: it has ended. */
static int
take_bytes(struct scan_question *question, size_t count)
{
	question->got += count;
	if (question->body == NULL && question->got == SCAN_ANSWER_HEAD) {
		if (scan_answer_read_head(question->head, &question->len) < 0) {
			fail(question, SCAN_UNREAD_answer);
			return -1;
		}
		question->body = arena_alloc(question->arena, question->len);
		question->got = 0;
		return 0;
	}
	if (question->body == NULL || question->got < question->len)
		return 0;
	take_answer(question);
	return -1;
}

/* Until nothing is there, or the answer. */
static void
receive(struct scan_question *question)
{
	ssize_t got;

	do {
		char *at = question->body != NULL ? question->body
		    : question->head;
		size_t len = question->body != NULL ? question->len
		    : SCAN_ANSWER_HEAD;

		do
			got = recv(question->fd, at + question->got,
			    len - question->got, 0);
		while (got < 0 && errno == EINTR);
	} while (got > 0 && take_bytes(question, (size_t)got) == 0);
	if (got == 0 || (got < 0 && errno != EAGAIN))
		fail(question, SCAN_UNREAD_away);
}

static void
on_ready(void *arg, uint32_t events)
{
	struct scan_question *question = arg;

	if ((events & EPOLLOUT) != 0 && question->out.len != 0 &&
	    send_some(question) < 0)
		return;
	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
		receive(question);
}

/* A UNIX socket is connected to at once or not at all; EAGAIN: too many stand in
 * line. */
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

static void
begin(struct scanner *scanner, struct scan_question *question)
{
	enlist(scanner, question);
	if (question->file < 0) {
		fail(question, SCAN_UNREAD_descriptor);
		return;
	}
	question->fd = connect_to(question->path);
	if (question->fd < 0) {
		fail(question, errno == EAGAIN ? SCAN_UNREAD_busy
		    : SCAN_UNREAD_away);
		return;
	}
	question->watch = loop_watch(scanner->loop, question->fd, EPOLLIN,
	    on_ready, question);
	question->timer = loop_after(scanner->loop, question->timeout_ms +
	    GRACE_MS, on_late, question);
	send_some(question);
}

/* Handed over, or dropped. */
static void
on_word(void *arg, uint32_t events)
{
	struct scanner *scanner = arg;
	struct scan_question *question;

	(void)events;
	while ((question = wait_queue_next(scanner->queue)) != NULL) {
		if (atomic_load(&question->is_dropped))
			end_question(question);
		else
			begin(scanner, question);
	}
}

struct scanner *
scanner_open(struct loop *loop)
{
	struct wait_queue *queue = wait_queue_new();
	struct scanner *scanner;

	if (queue == NULL)
		return NULL;
	scanner = calloc(1, sizeof(*scanner));
	if (scanner == NULL)
		abort();
	scanner->loop = loop;
	scanner->queue = queue;
	scanner->watch = loop_watch(loop, wait_queue_fd(queue), EPOLLIN,
	    on_word, scanner);
	return scanner;
}

void
scanner_close(struct scanner **scanner)
{
	struct scanner *old = *scanner;

	if (old == NULL)
		return;
	on_word(old, 0);
	while (old->first != NULL)
		fail(old->first, SCAN_UNREAD_away);
	loop_unwatch(&old->watch);
	wait_queue_free(&old->queue);
	free(old);
	*scanner = NULL;
}

/* --- in any thread -------------------------------------------------------- */

static int
write_all(int fd, struct str data)
{
	while (data.len != 0) {
		ssize_t done = write(fd, data.data, data.len);

		if (done < 0 && errno != EINTR)
			return -1;
		if (done > 0)
			data = str_from_pos(data, (size_t)done);
	}
	return 0;
}

int
scan_file_of(struct str data)
{
	int fd = memfd_create("mailreeve-scan", MFD_CLOEXEC |
	    MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (write_all(fd, data) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |
	    F_SEAL_WRITE) == 0)
		return fd;
	close(fd);
	return -1;
}

struct scan_question *
scan_ask(struct scanner *scanner, const char *path, int fd, struct str name,
    int timeout_ms, struct wait *wait)
{
	struct arena *arena = arena_new(4096);
	struct scan_question *question = arena_zalloc(arena,
	    sizeof(*question));
	struct scan_request request = { (uint32_t)timeout_ms, name };
	struct buf out;

	buf_init(&out, arena);
	scan_request_write(&request, &out);
	question->arena = arena;
	atomic_init(&question->references, 2);
	question->scanner = scanner;
	question->path = arena_strdup(arena, path);
	question->timeout_ms = timeout_ms;
	question->file = fd;
	question->fd = -1;
	question->out = buf_str(&out);
	question->asker_wait = wait_ref(wait);
	question->wait = wait_new_in(scanner->queue, question);
	wait_post(question->wait);
	return question;
}

const struct scan_answer *
scan_question_answer(struct scan_question *question)
{
	return atomic_load(&question->is_answered) ? &question->answer : NULL;
}

void
scan_question_drop(struct scan_question **question)
{
	struct scan_question *old = *question;

	*question = NULL;
	if (old == NULL)
		return;
	atomic_store(&old->is_dropped, true);
	wait_post(old->wait);
	unref(old);
}
