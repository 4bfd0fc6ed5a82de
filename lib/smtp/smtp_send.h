/* SPDX-License-Identifier: ISC */
/* smtp_send.h - one message handed to a server of this host, without waiting. */
#ifndef SMTP_SMTP_SEND_H
#define SMTP_SMTP_SEND_H

#include <stddef.h>

#include "base/str.h"

struct loop;
struct smtp_server;

/* Addresses stand without <>, as address_print() writes them. */
struct smtp_mail {
	struct str sender;		/* "": the null sender */
	const struct str *rcpts;
	size_t rcpt_count;
	/* Header, empty line, body. Lines should end with CRLF: its length is
	 * what SIZE tells. */
	struct str content;
};

enum smtp_outcome {
	SMTP_TAKEN,		/* the server answers for it from now on */
	SMTP_LATER,		/* another attempt may succeed */
	SMTP_NEVER,		/* this message not, to this recipient */
};

struct smtp_result {
	enum smtp_outcome outcome;
	unsigned code;		/* of the server's reply; 0: it is not from it */
	/* The reply, or what happened, fit for the log. */
	const char *text;
};

/* A message under way: one connection, one message, each command waits for its
 * reply. Belongs to the loop's thread. */
struct smtp_sending;

/* Connect and send. done is called once, from the loop, with a result for each
 * recipient; then the sending is gone, so done clears its owner's pointer. The
 * mail and its texts must live until then, server not.
 *
 * What the server refuses before MAIL, or with 421 whenever, and whatever
 * breaks, is LATER, for it says nothing about the message. When the connection
 * is lost behind the final dot, the message may come twice (RFC 1047). */
struct smtp_sending *smtp_send(struct loop *loop,
    const struct smtp_server *server, const struct smtp_mail *mail,
    void (*done)(void *arg, const struct smtp_result *results), void *arg);
/* Give it up where it is; done is not called. */
void smtp_cancel(struct smtp_sending **sending);

#endif
