/* SPDX-License-Identifier: ISC */
/* held.h - what Postfix tells of the mail that it holds. */
#ifndef QUEUE_HELD_H
#define QUEUE_HELD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"

struct arena;

/* A message on hold, as the queue's listing has it. */
struct held {
	const char *queue_id;
	int64_t arrival_s;	/* since 1970 */
	int64_t size_bytes;
	const char *sender;	/* "": the null sender */
	struct vec rcpts;	/* const char * */
};

/* The held ones in what `postqueue -j` printed, oldest first: struct held, in
 * arena. A line that is no message's is passed over. */
void held_list(struct arena *arena, struct str listing, struct vec *held_r);

/* Flags of NOTIFY (RFC 3461 4.1) as Postfix stores them; 0: not given. */
enum { NOTIFY_NEVER = 1, NOTIFY_SUCCESS = 2, NOTIFY_FAILURE = 4,
	NOTIFY_DELAY = 8 };

struct held_rcpt {
	struct str address;	/* as the sender wrote it */
	struct str orcpt;	/* "rfc822;ann@example.org"; "" */
	unsigned notify;
};

struct envelope {
	struct str queue;	/* "hold", "deferred", … */
	struct str sender;	/* "": the null sender */
	struct str envelope_id;	/* of ENVID, decoded; "" */
	int64_t arrival_s;	/* 0: not known */
	struct vec rcpts;	/* held_rcpt; an alias once */
};

/* What `postcat -qe` printed; its times are UTC. The texts are slices of it. 0,
 * or -1: this is no envelope, or one without a sender's record. */
int envelope_parse(struct arena *arena, struct str text,
    struct envelope *envelope_r);

/* Does the sender want to be told that this recipient got nothing? (RFC 3461
 * 4.1: unless NOTIFY says otherwise) */
bool held_rcpt_wants_notice(const struct held_rcpt *rcpt);

/* Our id in a message's header (as `postcat -qh` prints it), or "": there is
 * none. */
struct str held_id(struct str header);

#endif
