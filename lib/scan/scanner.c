/* SPDX-License-Identifier: ISC */
/* scanner.c - asks mailreeve-avscan what a file holds.
 *
 * The daemon keeps to the time that it is told; the asker's timer is for one
 * that does not. */
#include "scan/scanner.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/asker.h"
#include "scan/pass.h"
#include "scan/request.h"

/* What the daemon needs to say that it was late. */
#define GRACE_MS 500

struct scan_question {
	struct asker_question base;
	struct scan_answer answer;
	int timeout_ms;
	int file;			/* -1: sent */
	char head[SCAN_ANSWER_HEAD];
	size_t got;			/* of head, then of both */
	char *body;			/* NULL: the head has not come */
	size_t len;
};

/* --- in the loop ---------------------------------------------------------- */

static void
close_file(struct scan_question *question)
{
	if (question->file >= 0)
		close(question->file);
	question->file = -1;
}

static void
release(struct asker_question *base)
{
	close_file((struct scan_question *)base);
}

static void
fail(struct scan_question *question, enum scan_unread unread)
{
	scan_answer_init(&question->answer, question->base.arena);
	question->answer.unread = unread;
	asker_end(&question->base);
}

static void
give_up(struct asker_question *base, enum asker_trouble trouble)
{
	fail((struct scan_question *)base, trouble == ASKER_LATE
	    ? SCAN_UNREAD_late : SCAN_UNREAD_away);
}

/* A daemon that is busy may answer before it has read all: then it has hung up
 * for writing, and the answer is there to be read. */
static int
send_some(struct asker_question *base)
{
	struct scan_question *question = (struct scan_question *)base;
	ssize_t done = pass_send(base->fd, base->out.data, base->out.len,
	    question->file);

	if (done > 0) {
		close_file(question);
	} else if (done < 0 && (errno == EPIPE || errno == ECONNRESET)) {
		base->out.len = 0;
	} else if (done < 0 && errno != EAGAIN) {
		fail(question, SCAN_UNREAD_away);
		return -1;
	}
	asker_sent(base, done > 0 ? (size_t)done : 0);
	return 0;
}

static void
take_answer(struct scan_question *question)
{
	if (scan_answer_read(question->base.arena, str_of(question->body,
	    question->len), &question->answer) < 0)
		fail(question, SCAN_UNREAD_answer);
	else
		asker_end(&question->base);
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
		question->body = arena_alloc(question->base.arena,
		    question->len);
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
receive(struct asker_question *base)
{
	struct scan_question *question = (struct scan_question *)base;
	ssize_t got;

	do {
		char *at = question->body != NULL ? question->body
		    : question->head;
		size_t len = question->body != NULL ? question->len
		    : SCAN_ANSWER_HEAD;

		got = asker_receive(base, at + question->got,
		    len - question->got);
	} while (got > 0 && take_bytes(question, (size_t)got) == 0);
	if (got == 0 || (got < 0 && errno != EAGAIN))
		fail(question, SCAN_UNREAD_away);
}

static void
begin(struct asker_question *base)
{
	struct scan_question *question = (struct scan_question *)base;

	if (question->file < 0)
		fail(question, SCAN_UNREAD_descriptor);
	else if (asker_connect(base, question->timeout_ms + GRACE_MS) < 0)
		fail(question, errno == EAGAIN ? SCAN_UNREAD_busy
		    : SCAN_UNREAD_away);
	else
		send_some(base);
}

static const struct asker_protocol protocol = {
	.begin = begin,
	.send = send_some,
	.receive = receive,
	.give_up = give_up,
	.release = release,
};

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
scan_ask(struct asker *asker, const char *path, int fd, struct str name,
    int timeout_ms, struct wait *wait)
{
	struct arena *arena = arena_new(4096);
	struct scan_question *question = arena_zalloc(arena,
	    sizeof(*question));
	struct scan_request request = { (uint32_t)timeout_ms, name };
	struct buf out;

	buf_init(&out, arena);
	scan_request_write(&request, &out);
	question->base.out = buf_str(&out);
	question->timeout_ms = timeout_ms;
	question->file = fd;
	asker_ask(asker, &question->base, &protocol, arena, path, wait);
	return question;
}

const struct scan_answer *
scan_question_answer(struct scan_question *question)
{
	return asker_is_answered(&question->base) ? &question->answer : NULL;
}

void
scan_question_drop(struct scan_question **question)
{
	if (*question != NULL)
		asker_drop(&(*question)->base);
	*question = NULL;
}
