/* SPDX-License-Identifier: ISC */
/* policy_asker.c - asks mailreeve-policyd about a message, as Postfix's smtpd
 * would.
 *
 * Mail by this way is rare, so each message has a connection (asker.h). There is
 * no timer: whoever asks knows how long he can wait. */
#include "daemon/policy_asker.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/asker.h"
#include "daemon/policy_request.h"

enum phase { PHASE_RCPTS, PHASE_END };

struct policy_question {
	struct asker_question base;
	struct policy_answer answer;
	struct str requests[2];		/* of each phase */
	size_t rcpt_count;
	enum phase phase;
	size_t wanted;			/* answers of this phase */
	char in[POLICY_ANSWER_MAX];
	size_t in_len;
};

/* --- in the loop ---------------------------------------------------------- */

/* error is a constant text. */
static void
fail(struct policy_question *question, const char *error)
{
	question->answer = (struct policy_answer){ .error = error };
	asker_end(&question->base);
}

/* Something went wrong with its connection. */
static void
fail_with_errno(struct policy_question *question, const char *what)
{
	fail(question, arena_printf(question->base.arena, "%s: %s %s",
	    question->base.path, what, strerror(errno)));
}

static void
give_up(struct asker_question *base, enum asker_trouble trouble)
{
	(void)trouble;
	fail((struct policy_question *)base, "this daemon ends");
}

static int
send_some(struct asker_question *base)
{
	ssize_t done;

	do
		done = send(base->fd, base->out.data, base->out.len,
		    MSG_NOSIGNAL);
	while (done < 0 && errno == EINTR);
	if (done < 0 && errno != EAGAIN) {
		fail_with_errno((struct policy_question *)base,
		    "cannot be asked:");
		return -1;
	}
	asker_sent(base, done > 0 ? (size_t)done : 0);
	return 0;
}

/* -1: it has ended. */
static int
begin_phase(struct policy_question *question, enum phase phase)
{
	question->phase = phase;
	question->base.out = question->requests[phase];
	question->wanted = phase == PHASE_RCPTS ? question->rcpt_count : 1;
	return send_some(&question->base);
}

/* One answer; -1: it was the last, or makes no sense. */
static int
take_answer(struct policy_question *question, struct str text)
{
	size_t rcpt = question->rcpt_count -
	    (question->phase == PHASE_RCPTS ? question->wanted : 0);
	struct policy_answer answer;
	const char *error;

	if (policy_answer_parse(question->base.arena, text, &answer,
	    &error) < 0) {
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
	asker_end(&question->base);
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
receive(struct asker_question *base)
{
	struct policy_question *question = (struct policy_question *)base;
	ssize_t got = asker_receive(base, question->in + question->in_len,
	    sizeof(question->in) - question->in_len);

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
begin(struct asker_question *base)
{
	struct policy_question *question = (struct policy_question *)base;

	if (asker_connect(base, 0) < 0)
		fail_with_errno(question, "nobody answers:");
	else
		begin_phase(question, question->rcpt_count != 0 ? PHASE_RCPTS
		    : PHASE_END);
}

static const struct asker_protocol protocol = {
	.begin = begin,
	.send = send_some,
	.receive = receive,
	.give_up = give_up,
};

/* --- in any thread -------------------------------------------------------- */

struct policy_question *
policy_ask(struct asker *asker, const char *path,
    const struct policy_message *message, struct wait *wait)
{
	struct arena *arena = arena_new(8192);
	struct policy_question *question = arena_zalloc(arena,
	    sizeof(*question));

	question->requests[PHASE_RCPTS] = policy_requests_rcpt(arena,
	    message);
	question->requests[PHASE_END] = policy_request_end(arena, message);
	question->rcpt_count = message->rcpt_count;
	question->answer.rcpt = message->rcpt_count;
	question->answer.reply.text = "";
	asker_ask(asker, &question->base, &protocol, arena, path, wait);
	return question;
}

const struct policy_answer *
policy_question_answer(struct policy_question *question)
{
	return asker_is_answered(&question->base) ? &question->answer : NULL;
}

void
policy_question_drop(struct policy_question **question)
{
	if (*question != NULL)
		asker_drop(&(*question)->base);
	*question = NULL;
}
