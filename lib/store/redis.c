/* SPDX-License-Identifier: ISC */
/* redis.c - the store in Redis or Valkey: its calls and their deadlines.
 *
 * What is asked goes out at once while there is a connection. Each call has a
 * deadline; as all have the same time, the oldest is due first, and one timer
 * serves all. How a call ends that got no reply follows from what may have
 * become of it:
 *   never sent                STORE_DOWN as soon as nobody is there
 *   refused for now           asked again; at its deadline STORE_REFUSED
 *   sent, its reply lost      asked again; at its deadline STORE_TIMEOUT
 * The reply to a call that is over already is read and dropped, because replies
 * are told apart by their order only. */
#include "store/redis.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/vec.h"
#include "store/call.h"
#include "store/redis_link.h"
#include "store/redis_login.h"
#include "store/redis_private.h"
#include "store/redis_tls.h"

#define CALLS_MAX 10000

/* --- calls --- */

/* How it ends when its time is over. */
static void
give_up(struct redis *redis, struct redis_call *call)
{
	const char *down = redis_trouble_get(&redis->trouble);

	if (call->is_sent || call->is_doubtful)
		redis_calls_fail(&redis->calls, call, STORE_TIMEOUT,
		    redis_trouble_text(&redis->trouble,
		    "no answer in time"));
	else if (call->put_off != NULL)
		redis_calls_fail(&redis->calls, call, STORE_REFUSED,
		    call->put_off);
	else
		redis_calls_fail(&redis->calls, call, STORE_DOWN,
		    down != NULL ? down : redis_trouble_text(
		    &redis->trouble, "not connected in time"));
}

static void
set_door(struct redis *redis, enum store_status status, const char *error)
{
	pthread_mutex_lock(&redis->calls.lock);
	redis->closed = status;
	redis->closed_error = error;
	pthread_mutex_unlock(&redis->calls.lock);
}

void
redis_open_door(struct redis *redis)
{
	set_door(redis, STORE_DONE, NULL);
}

/* Fresh ones need not wait for a server that is not there. */
void
redis_close_door(struct redis *redis, enum store_status status,
    const char *error)
{
	struct redis_call *call, *next;

	set_door(redis, status, error);
	for (call = redis->calls.first; call != NULL; call = next) {
		next = call->next;
		if (!call->is_sent && !call->is_doubtful &&
		    call->put_off == NULL)
			redis_calls_fail(&redis->calls, call, status, error);
	}
}

/* --- deadlines --- */

static void on_deadline(void *arg);

/* Never for longer than the time of a call, so that it need not be set again
 * for the next one. Replies that are still to come are looked for without
 * calls, too: a server that is silent is left. */
static void
set_deadline(struct redis *redis, int64_t now_ms)
{
	const struct redis_calls *calls = &redis->calls;

	if (calls->first != NULL)
		redis->deadline_timer = loop_after(redis->loop,
		    calls->first->deadline_ms - now_ms, on_deadline, redis);
	else if (calls->sent_first != NULL)
		redis->deadline_timer = loop_after(redis->loop,
		    redis->settings.timeout_ms, on_deadline, redis);
}

static void
on_deadline(void *arg)
{
	struct redis *redis = arg;
	int64_t now_ms = clock_steady_ms();
	struct redis_call *call;

	redis->deadline_timer = NULL;
	while ((call = redis->calls.first) != NULL &&
	    call->deadline_ms <= now_ms) {
		if (call->is_sent)
			redis_trouble_set(&redis->trouble,
			    redis_trouble_text(&redis->trouble,
			    "it answers too late"));
		give_up(redis, call);
	}
	redis_peer_judge_silence(redis, now_ms);
	set_deadline(redis, now_ms);
}

/* --- the store --- */

void
redis_submit(struct store *store, struct redis_call *call)
{
	struct redis *redis = (struct redis *)store;
	struct redis_calls *calls = &redis->calls;
	int64_t now_ms = clock_steady_ms();

	call->deadline_ms = now_ms + redis->settings.timeout_ms;
	redis_calls_add(calls, call);
	if (redis->closed != STORE_DONE) {
		redis_calls_fail(calls, call, redis->closed,
		    redis->closed_error);
		return;
	}
	if (calls->count > CALLS_MAX) {
		redis_calls_fail(calls, call, STORE_DOWN, redis_trouble_text(
		    &redis->trouble, "too many operations under way"));
		return;
	}
	redis_peer_send(redis, call);
	if (redis->deadline_timer == NULL)
		set_deadline(redis, now_ms);
}

struct store_call *
redis_turn_away(struct store *store)
{
	struct redis *redis = (struct redis *)store;
	struct redis_calls *calls = &redis->calls;
	struct store_call *call = NULL;
	struct store_answer answer;

	pthread_mutex_lock(&calls->lock);
	answer = (struct store_answer){ .status = redis->closed,
	    .error = redis->closed_error };
	if (answer.status != STORE_DONE) {
		calls->stats.asked++;
		store_stats_add(&calls->stats, answer.status, 0);
	}
	pthread_mutex_unlock(&calls->lock);
	if (answer.status != STORE_DONE) {
		call = store_call_new(NULL);
		store_call_done(call, &answer);
	}
	return call;
}

static struct store_call *
redis_ask(struct store *store, const struct store_request *request,
    struct wait *wait)
{
	struct redis_call *call = redis_call_new(request, wait);
	struct store_call *answer = call->call;

	redis_submit(store, call);
	return answer;
}

static const char *
redis_degraded(struct store *store)
{
	return redis_trouble_get(&((struct redis *)store)->trouble);
}

static void
redis_count(struct store *store, struct store_stats *stats)
{
	redis_calls_count(&((struct redis *)store)->calls, stats);
}

static void
redis_free(struct store *store)
{
	struct redis *redis = (struct redis *)store;

	redis_peer_done(redis);
	while (redis->calls.first != NULL)
		redis_calls_fail(&redis->calls, redis->calls.first,
		    STORE_DOWN, "the store is closed");
	redis_calls_done(&redis->calls);
	loop_cancel(&redis->deadline_timer);
	arena_free(&redis->arena);
	free(redis);
}

static void
redis_flush(struct store *store)
{
	struct redis *redis = (struct redis *)store;

	if (redis->link != NULL)
		redis_link_flush(redis->link);
}

static const char *
copy_text(struct arena *arena, const char *text)
{
	return text == NULL ? NULL : arena_strdup(arena, text);
}

/* The configuration may be gone before the store is. */
static void
copy_settings(struct redis *redis, const struct store_settings *settings)
{
	struct store_settings *copy = &redis->settings;
	const char **texts[] = { &copy->where, &copy->user,
	    &copy->password_file, &copy->tls_ca, &copy->tls_certificate,
	    &copy->tls_key, &copy->host };

	*copy = *settings;
	copy->snapshot = copy->socket = NULL;	/* are not ours */
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		*texts[i] = copy_text(redis->arena, *texts[i]);
}

/* What no server can mend is an error now, not a store that never works. */
static int
check_files(const struct store_settings *settings, struct arena *arena,
    const char **error_r)
{
	struct redis_tls *tls;
	char *password;

	if (redis_login_password(settings, arena, &password, error_r) < 0)
		return -1;
	if (password != NULL)
		explicit_bzero(password, strlen(password));
	if (settings->kind != STORE_WHERE_TLS)
		return 0;
	tls = redis_tls_new(settings, arena, error_r);
	if (tls == NULL)
		return -1;
	redis_tls_free(&tls);
	return 0;
}

struct store *
redis_open(const struct store_settings *settings, struct loop *loop,
    struct arena *arena, const char **error_r)
{
	struct redis *redis;

	if (settings->kind == STORE_WHERE_MEMORY) {
		*error_r = "memory is no Redis server";
		return NULL;
	}
	if (check_files(settings, arena, error_r) < 0)
		return NULL;
	redis = calloc(1, sizeof(*redis));
	if (redis == NULL)
		abort();
	redis->store = (struct store){ redis_ask, redis_degraded, redis_count,
		redis_free, redis_flush };
	redis->arena = arena_new(0);
	redis->loop = loop;
	copy_settings(redis, settings);
	redis_calls_init(&redis->calls);
	redis_trouble_init(&redis->trouble, redis->arena,
	    redis->settings.where);
	redis->closed = STORE_DONE;
	redis_peer_connect(redis);
	return &redis->store;
}
