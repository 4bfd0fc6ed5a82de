/* SPDX-License-Identifier: ISC */
/* smtp_private.h - a message under way: its connection (smtp_send.c) and what is
 * said on it (smtp_talk.c). */
#ifndef SMTP_SMTP_PRIVATE_H
#define SMTP_SMTP_PRIVATE_H

#include "smtp/smtp_dots.h"
#include "smtp/smtp_extensions.h"
#include "smtp/smtp_reply.h"
#include "smtp/smtp_send.h"

enum smtp_step { SMTP_CONNECT, SMTP_GREETING, SMTP_HELLO, SMTP_MAIL, SMTP_RCPT,
	SMTP_DATA, SMTP_CONTENT, SMTP_END, SMTP_QUIT, SMTP_OVER };

struct smtp_sending {
	struct arena *arena;
	struct loop *loop;
	const struct smtp_mail *mail;
	void (*done)(void *arg, const struct smtp_result *results);
	void *arg;
	bool is_lmtp;
	const char *helo;
	int64_t timeout_ms;

	int fd;
	struct loop_watch *watch;
	uint32_t events;		/* that are watched for */
	struct loop_timer *timer;	/* of the step, or the end */
	struct smtp_reader *reader;
	struct buf out;
	size_t out_at;			/* so much of it is sent */

	enum smtp_step step;
	struct smtp_extensions extensions;
	struct smtp_result *results;
	bool *has_result;
	size_t rcpt_at;			/* whose reply is waited for */
	struct smtp_dots dots;
	size_t content_at;
};

/* The result of one recipient, and of all that have none. The first one holds. */
void smtp_settle(struct smtp_sending *sending, size_t rcpt,
    const struct smtp_result *result);
void smtp_settle_rest(struct smtp_sending *sending,
    const struct smtp_result *result);
/* The next recipient from this one on that has no result, or their number. */
size_t smtp_next_open(const struct smtp_sending *sending, size_t rcpt);

/* Begin a step: its time runs from now on. */
void smtp_expect(struct smtp_sending *sending, enum smtp_step step);
/* The same, with the command that is in out. */
void smtp_say(struct smtp_sending *sending, enum smtp_step step);
/* After a 354: the message, and then SMTP_END. */
void smtp_say_content(struct smtp_sending *sending);
/* Hang up; all have results. */
void smtp_finish(struct smtp_sending *sending);

/* A reply has come. */
void smtp_take_reply(struct smtp_sending *sending,
    const struct smtp_reply *reply);

#endif
