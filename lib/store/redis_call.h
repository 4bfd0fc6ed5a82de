/* SPDX-License-Identifier: ISC */
/* redis_call.h - the operations that a connection to Redis has under way. */
#ifndef STORE_REDIS_CALL_H
#define STORE_REDIS_CALL_H

#include <pthread.h>

#include "store/store.h"

struct redis_script;

struct redis_call {
	struct store_call *call;	/* NULL: answered before its reply */
	const struct store_op *op;
	struct redis_script *script;	/* of the connection's thread */
	int64_t asked_us, deadline_ms;
	int64_t sent_ms;		/* last */
	uint64_t sent_as;		/* for redis_link_has_left() */
	struct redis_call *next, *previous;	/* as asked */
	struct redis_call *sent_next;		/* as sent */
	bool is_sent;			/* its reply is still to come */
	bool is_whole;			/* sent as EVAL */
	bool is_doubtful;		/* was sent, and the reply lost */
	const char *put_off;		/* the server said "not now", why */
	/* What is sent: the first three words are for EVALSHA or EVAL, the
	 * script, how many keys. */
	size_t word_count;
	struct str words[];
};

/* A new one, with a copy of the request. */
struct redis_call *redis_call_new(const struct store_request *request,
    struct wait *wait);

/* Those of one store. All but redis_calls_count() from its thread. */
struct redis_calls {
	struct redis_call *first, *last;	/* unanswered, as asked: so
						 * in order of deadlines */
	struct redis_call *sent_first, *sent_last;	/* as sent: so in
							 * order of replies */
	size_t count;
	pthread_mutex_t lock;			/* of the figures */
	struct store_stats stats;
};

void redis_calls_init(struct redis_calls *calls);
/* There must be none. */
void redis_calls_done(struct redis_calls *calls);
void redis_calls_count(struct redis_calls *calls, struct store_stats *stats);
/* Add one to a figure of calls->stats. */
void redis_calls_tally(struct redis_calls *calls, uint64_t *figure);

/* One more, unanswered. */
void redis_calls_add(struct redis_calls *calls, struct redis_call *call);
/* Answer one. It is freed, at once or when its reply has come. */
void redis_calls_end(struct redis_calls *calls, struct redis_call *call,
    const struct store_answer *answer);
void redis_calls_fail(struct redis_calls *calls, struct redis_call *call,
    enum store_status status, const char *error);

/* It goes out now. */
void redis_calls_sent(struct redis_calls *calls, struct redis_call *call);
/* Whose reply has come: unanswered still, or NULL in *call_r when it was
 * answered without. False: no reply is waited for. */
bool redis_calls_replied(struct redis_calls *calls,
    struct redis_call **call_r);
/* The connection is gone, and with it all replies. */
void redis_calls_lost(struct redis_calls *calls);

#endif
