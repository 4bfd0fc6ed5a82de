/* SPDX-License-Identifier: ISC */
/* redis_peer.c - the connection: found, greeted, lost, found again.
 *
 * It is looked for from the start, and again whenever it has broken: at once
 * when it had worked for a while, else later each time. "Not now" (the server
 * loads, or has become a replica) ends it too, once the replies under way have
 * been read: the host's name may lead to another server by then. */
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/random.h"
#include "store/call.h"
#include "store/redis_codec.h"
#include "store/redis_link.h"
#include "store/redis_login.h"
#include "store/redis_private.h"
#include "store/redis_refusal.h"
#include "store/redis_script.h"
#include "store/remote.h"

#define CONNECT_MS 2000		/* name, connection, TLS and greeting */
#define PAUSE_MIN_MS 50
#define PAUSE_MAX_MS 2000
#define SILENCE_MIN_MS 1000
#define SILENCE_TIMEOUTS 4	/* so many times the time of a call */

/* --- calls go out --- */

static void
send_call(struct redis *redis, struct redis_call *call, bool is_whole)
{
	call->is_whole = is_whole;
	if (redis->settings.kind == STORE_WHERE_DAEMON)
		remote_words(call->op, call->words);
	else
		redis_script_words(call->script, is_whole, call->words);
	call->sent_as = redis_link_send(redis->link, call->words,
	    call->word_count);
	redis_calls_sent(&redis->calls, call);
}

/* What came while nobody was there, and what must be asked again. */
static void
send_waiting(struct redis *redis)
{
	struct redis_call *call, *next;

	for (call = redis->calls.first; call != NULL; call = next) {
		bool is_repeat = call->is_doubtful || call->put_off != NULL;

		next = call->next;
		if (!is_repeat && store_call_is_forgotten(call->call)) {
			redis_calls_fail(&redis->calls, call, STORE_DOWN,
			    "not wanted any more");
			continue;
		}
		if (is_repeat)
			redis_calls_tally(&redis->calls,
			    &redis->calls.stats.repeated);
		send_call(redis, call, false);
	}
}

/* --- it breaks --- */

static void
on_rested(void *arg)
{
	struct redis *redis = arg;

	redis->timer = NULL;
	redis_peer_connect(redis);
}

/* Hosts that lost the same server do not all come back in one moment. */
static int64_t
with_jitter(int64_t pause_ms)
{
	uint32_t random;

	if (pause_ms == 0)
		return 0;
	random_bytes(&random, sizeof(random));
	return pause_ms / 2 + (int64_t)(random % (uint32_t)pause_ms) / 2;
}

static void
rest(struct redis *redis)
{
	redis->state = REDIS_RESTS;
	loop_cancel(&redis->timer);
	redis->timer = loop_after(redis->loop, with_jitter(redis->pause_ms),
	    on_rested, redis);
	redis->pause_ms *= 2;
	if (redis->pause_ms < PAUSE_MIN_MS)
		redis->pause_ms = PAUSE_MIN_MS;
	if (redis->pause_ms > PAUSE_MAX_MS)
		redis->pause_ms = PAUSE_MAX_MS;
}

/* Whether policyd is part of this host is known once it was there: without it
 * nothing was ever counted, and nothing is missed. */
static bool
is_missed(const struct redis *redis)
{
	return redis->settings.kind != STORE_WHERE_DAEMON ||
	    redis->was_there || access(redis->settings.host, F_OK) == 0;
}

/* Is it one break of what worked? Then calls wait for the next attempt. */
static bool
is_mended_at_once(struct redis *redis)
{
	if (redis->state != REDIS_SERVES)
		return false;
	if (clock_steady_ms() - redis->served_ms > PAUSE_MAX_MS)
		redis->pause_ms = 0;
	return redis->pause_ms == 0;
}

static void
on_broken(void *arg, const char *error)
{
	struct redis *redis = arg;
	const char *text = redis_trouble_text(&redis->trouble, error);
	bool is_mended = is_mended_at_once(redis);

	if (redis->state == REDIS_SERVES || redis->state == REDIS_LEAVES)
		redis_calls_tally(&redis->calls,
		    &redis->calls.stats.disconnects);
	redis_link_close(&redis->link);
	redis_calls_lost(&redis->calls);
	/* Servers close what is idle: no trouble when the next attempt
	 * succeeds. */
	if (!is_missed(redis))
		redis_trouble_clear(&redis->trouble);
	else if (!is_mended || redis->calls.first != NULL)
		redis_trouble_set(&redis->trouble, text);
	if (!is_mended) {
		redis_close_door(redis, redis->is_refused ? STORE_REFUSED :
		    STORE_DOWN, text);
		if (redis->pause_ms == 0)
			redis->pause_ms = PAUSE_MIN_MS;
	}
	redis->is_refused = false;
	rest(redis);
}

static void
on_too_late(void *arg)
{
	struct redis *redis = arg;

	redis->timer = NULL;
	if (redis->state == REDIS_GREETS)
		redis_link_break(redis->link,
		    "connected, but it does not answer");
	else if (redis->settings.kind == STORE_WHERE_TLS)
		redis_link_break(redis->link,
		    "it does not answer; does it speak TLS on this port?");
	else
		redis_link_break(redis->link, "it does not answer");
}

void
redis_peer_judge_silence(struct redis *redis, int64_t now_ms)
{
	const struct redis_call *oldest = redis->calls.sent_first;
	int64_t most_ms = redis->settings.timeout_ms * SILENCE_TIMEOUTS;
	int64_t since_ms;

	if (oldest == NULL || redis->link == NULL)
		return;
	if (most_ms < SILENCE_MIN_MS)
		most_ms = SILENCE_MIN_MS;
	since_ms = oldest->sent_ms > redis->heard_ms ? oldest->sent_ms :
	    redis->heard_ms;
	if (now_ms - since_ms < most_ms)
		return;
	/* Who hangs still takes connections: nothing to wait for. */
	redis->state = REDIS_LEAVES;
	redis_link_break(redis->link, "it does not answer any more");
}

/* --- it is found --- */

static void
on_open(void *arg)
{
	struct redis *redis = arg;
	struct arena *arena = arena_new(0);
	const char *error;

	redis->state = REDIS_GREETS;
	redis->greetings = redis_login_send(&redis->settings, redis->link,
	    arena, &error);
	if (redis->greetings < 0)
		redis_link_break(redis->link, error);
	arena_free(&arena);
}

static void
serve(struct redis *redis)
{
	redis->state = REDIS_SERVES;
	loop_cancel(&redis->timer);
	redis->served_ms = redis->heard_ms = clock_steady_ms();
	redis_open_door(redis);
	redis->was_there = true;
	redis_calls_tally(&redis->calls, &redis->calls.stats.connects);
	if (!redis->was_put_off)
		redis_trouble_clear(&redis->trouble);
	send_waiting(redis);
}

static void
on_greeting(struct redis *redis, const struct redis_reply *reply)
{
	struct arena *arena = arena_new(0);
	const char *sentence;

	if (reply->kind == REDIS_REPLY_REFUSAL) {
		redis->is_refused = redis_refusal_judge(reply->values[0],
		    arena, &sentence) == REDIS_REFUSES;
		redis_link_break(redis->link, sentence);
	} else if (--redis->greetings == 0) {
		serve(redis);
	}
	arena_free(&arena);
}

/* --- replies --- */

static void
leave(struct redis *redis, const char *reason, const char *text)
{
	redis->state = REDIS_LEAVES;
	redis->leave_reason = reason;
	redis->was_put_off = true;
	redis_trouble_set(&redis->trouble, text);
	redis_close_door(redis, STORE_DOWN, text);
}

static void
refuse(struct redis *redis, struct redis_call *call, const char *what)
{
	const char *text = redis_trouble_text(&redis->trouble, what);

	redis_trouble_set(&redis->trouble, text);
	redis_calls_fail(&redis->calls, call, STORE_REFUSED, text);
}

static void
on_refusal(struct redis *redis, struct redis_call *call, struct str text)
{
	struct arena *arena = arena_new(0);
	const char *sentence;

	switch (redis_refusal_judge(text, arena, &sentence)) {
	case REDIS_KNOWS_NO_SCRIPT:
		/* Of many calls that meet a server without the script, the
		 * first carries it. */
		if (redis->state == REDIS_SERVES)
			send_call(redis, call, !call->script->is_coming);
		else
			call->put_off = redis_trouble_get(&redis->trouble);
		break;
	case REDIS_NOT_NOW:
		call->put_off = redis_trouble_text(&redis->trouble, sentence);
		if (redis->state == REDIS_SERVES)
			leave(redis, sentence, call->put_off);
		break;
	case REDIS_REFUSES:
		refuse(redis, call, sentence);
		break;
	}
	arena_free(&arena);
}

static void
finish(struct redis *redis, struct redis_call *call,
    const struct redis_reply *reply)
{
	const struct store_answer answer = { .status = STORE_DONE,
	    .count = reply->count, .values = reply->values };

	/* A replica answers what only reads, and that proves nothing. */
	if (redis->state == REDIS_SERVES) {
		redis->pause_ms = 0;
		redis->was_put_off = false;
		redis_trouble_clear(&redis->trouble);
	}
	redis_calls_end(&redis->calls, call, &answer);
}

/* Is there a command that a reply can be to? */
static bool
is_asked(const struct redis *redis)
{
	const struct redis_call *oldest = redis->calls.sent_first;

	return oldest != NULL &&
	    redis_link_has_left(redis->link, oldest->sent_as);
}

static void
on_call_reply(struct redis *redis, const struct redis_reply *reply)
{
	struct redis_call *call;

	if (!is_asked(redis)) {
		redis_link_break(redis->link, "it says what nobody asked");
		return;
	}
	redis_calls_replied(&redis->calls, &call);
	redis->heard_ms = clock_steady_ms();
	if (call == NULL)
		return;
	if (reply->kind == REDIS_REPLY_REFUSAL)
		on_refusal(redis, call, reply->values[0]);
	else if (reply->kind == REDIS_REPLY_LIST)
		finish(redis, call, reply);
	else
		refuse(redis, call, "its answer makes no sense");
}

static void
on_reply(void *arg, const struct redis_reply *reply)
{
	struct redis *redis = arg;

	if (redis->state == REDIS_GREETS) {
		on_greeting(redis, reply);
		return;
	}
	on_call_reply(redis, reply);
	if (redis->state == REDIS_LEAVES && redis->calls.sent_first == NULL)
		redis_link_break(redis->link, redis->leave_reason);
}

/* --- for the store --- */

void
redis_peer_send(struct redis *redis, struct redis_call *call)
{
	call->script = redis_script_find(&redis->scripts, call->op,
	    redis->arena);
	if (redis->state == REDIS_SERVES)
		send_call(redis, call, false);
}

void
redis_peer_connect(struct redis *redis)
{
	const struct redis_link_owner owner = {
		.arg = redis,
		.on_open = on_open,
		.on_reply = on_reply,
		.on_broken = on_broken,
	};

	redis->state = REDIS_CONNECTS;
	redis->link = redis_link_open(&redis->settings, redis->attempt++,
	    redis->loop, &owner);
	redis->timer = loop_after(redis->loop, CONNECT_MS, on_too_late,
	    redis);
}

void
redis_peer_done(struct redis *redis)
{
	redis_link_close(&redis->link);
	redis_calls_lost(&redis->calls);
	loop_cancel(&redis->timer);
}
