/* SPDX-License-Identifier: ISC */
/* redis_private.h - what the files of the store in Redis share. */
#ifndef STORE_REDIS_PRIVATE_H
#define STORE_REDIS_PRIVATE_H

#include "store/redis_call.h"
#include "store/redis_trouble.h"
#include "store/store.h"
#include "store/store_settings.h"

struct loop;
struct loop_timer;
struct redis_link;
struct redis_script;

enum redis_state {
	REDIS_RESTS,		/* until the next attempt to connect */
	REDIS_CONNECTS,
	REDIS_GREETS,
	REDIS_SERVES,
	REDIS_LEAVES,		/* reads the last replies */
};

struct redis {
	struct store store;		/* first */
	struct store_settings settings;
	struct arena *arena;
	struct loop *loop;
	struct redis_calls calls;
	struct loop_timer *deadline_timer;
	struct redis_trouble trouble;
	/* How calls are refused while nobody is there; STORE_DONE: they are
	 * not. Written by the loop's thread, under the lock of calls. */
	enum store_status closed;
	const char *closed_error;

	/* The connection. */
	struct redis_link *link;	/* NULL while it rests */
	enum redis_state state;
	struct loop_timer *timer;	/* REDIS_RESTS: its end; until
					 * REDIS_SERVES: when to give up */
	unsigned attempt;
	int64_t pause_ms;		/* before the next attempt */
	int greetings;			/* replies that are still to come */
	int64_t served_ms, heard_ms;	/* its begin, and the last reply */
	bool was_there;			/* connected and greeted, once */
	bool is_refused;		/* the greeting was */
	const char *leave_reason;
	bool was_put_off;		/* trouble that only an answer ends */
	struct redis_script *scripts;
};

/* --- redis.c --- */

/* Take a call (redis_call_new()) from its asker. In the loop's thread. */
void redis_submit(struct store *store, struct redis_call *call);

/* While nobody is there: a call that says so, answered already; NULL: it may be
 * submitted. Any thread. */
struct store_call *redis_turn_away(struct store *store);

/* Nobody is there: what was never sent fails, now and from now on. */
void redis_close_door(struct redis *redis, enum store_status status,
    const char *error);
/* Somebody is. */
void redis_open_door(struct redis *redis);

/* --- redis_peer.c --- */

/* Begin to look for the server, and never stop. */
void redis_peer_connect(struct redis *redis);
/* Send it when there is a connection; else it is sent once there is. */
void redis_peer_send(struct redis *redis, struct redis_call *call);
/* Break the connection when the oldest call got no reply for too long. */
void redis_peer_judge_silence(struct redis *redis, int64_t now_ms);
void redis_peer_done(struct redis *redis);

#endif
