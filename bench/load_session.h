/* SPDX-License-Identifier: ISC */
/* load_session.h - Postfix's side of one connection, without the I/O. */
#ifndef BENCH_LOAD_SESSION_H
#define BENCH_LOAD_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load_wire.h"

struct load_message;

enum load_stage {
	STAGE_NEGOTIATE,
	STAGE_CONNECT,
	STAGE_HELO,
	STAGE_MAIL,
	STAGE_RCPT,
	STAGE_DATA,
	STAGE_HEADER,
	STAGE_EOH,
	STAGE_BODY,
	STAGE_EOM,
	STAGE_COUNT,
};

/* How a message, or the whole connection, ended. */
enum load_verdict {
	VERDICT_CONTINUE,
	VERDICT_ACCEPT,
	VERDICT_REJECT,
	VERDICT_TEMPFAIL,
	VERDICT_REPLY_4XX,
	VERDICT_REPLY_5XX,
	VERDICT_DISCARD,
	VERDICT_SHUTDOWN,
	VERDICT_COUNT,
};

enum load_event {
	SESSION_GOES_ON,
	SESSION_MESSAGE_DONE,	/* see verdict, stage */
	SESSION_CLOSED,		/* the filter wants no more of this client */
	SESSION_BROKEN,		/* what came is not the protocol; see trouble */
};

/*
 * One connection.  The owner moves bytes: what stands in `out` to the filter,
 * what the filter sent into `in`, then calls load_session_read.
 */
struct load_session {
	bool is_policy;			/* a policy service, not a milter */
	struct wire_buf out;
	struct wire_buf in;
	enum load_stage stage;		/* what is sent next, or answered */
	bool awaits_reply;
	bool is_greeted;		/* CONNECT and HELO are behind us */
	bool skips;			/* the filter wants no more of this stage */
	uint32_t steps;			/* as negotiated */
	char *macro_lists[7];		/* as the filter set them, or NULL */
	const struct load_message *msg;	/* being played, or NULL */
	size_t next;			/* header, or offset in the body */
	unsigned rcpts_accepted;
	char queue_id[16];
	enum load_verdict verdict;
	uint64_t began_us;		/* MAIL was put into `out` */
	uint64_t eom_us;		/* END-OF-MESSAGE was */
	unsigned edit_count;		/* change requests that came */
	struct wire_buf edits;		/* they, for load_edit_apply */
	const char *trouble;
};

/*
 * A new connection, by is_policy.  To a milter: the offer stands in `out`, its
 * answer is awaited.
 */
void load_session_start(struct load_session *session);

/*
 * Plays MSG as the next transaction; the first one also says who the client
 * is.  QUEUE_ID is what Postfix would call it.  Only when no message is being
 * played and the offer was answered.
 */
void load_session_play(struct load_session *session,
    const struct load_message *msg, uint64_t queue_id);

/* Puts more of the message into `out` unless an answer is due first. */
void load_session_fill(struct load_session *session);

/* Takes the answers in `in`, up to the end of a message. */
enum load_event load_session_read(struct load_session *session);

/* Says good-bye into `out`. */
void load_session_quit(struct load_session *session);

/* May a message be played now? */
bool load_session_is_ready(const struct load_session *session);

void load_session_done(struct load_session *session);

const char *load_stage_name(enum load_stage stage);
const char *load_verdict_name(enum load_verdict verdict);

uint64_t load_now_us(void);

#endif
