/* SPDX-License-Identifier: ISC */
/* redis_call.c - the operations that a connection to Redis has under way. */
#include "store/redis_call.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/call.h"
#include "store/redis_script.h"

#define HEAD_WORDS 3
#define COUNT_SIZE 24

/* --- one --- */

static size_t
packed_size(const struct store_request *request)
{
	size_t size = sizeof(struct redis_call) + COUNT_SIZE +
	    (HEAD_WORDS + request->key_count + request->arg_count) *
	    sizeof(struct str);

	for (size_t i = 0; i < request->key_count; i++)
		size += request->keys[i].len;
	for (size_t i = 0; i < request->arg_count; i++)
		size += request->args[i].len;
	return size;
}

static char *
add_words(struct redis_call *call, const struct str *words, size_t count,
    char *at)
{
	for (size_t i = 0; i < count; i++) {
		if (words[i].len != 0)
			memcpy(at, words[i].data, words[i].len);
		call->words[call->word_count++] = str_of(at, words[i].len);
		at += words[i].len;
	}
	return at;
}

struct redis_call *
redis_call_new(const struct store_request *request, struct wait *wait)
{
	struct redis_call *call = malloc(packed_size(request));
	char *at;

	if (call == NULL)
		abort();
	memset(call, 0, sizeof(*call));
	call->call = store_call_new(wait);
	call->op = request->op;
	call->asked_us = clock_steady_us();
	at = (char *)&call->words[HEAD_WORDS + request->key_count +
	    request->arg_count];
	call->words[2] = str_of(at, (size_t)snprintf(at, COUNT_SIZE, "%zu",
	    request->key_count));
	call->word_count = HEAD_WORDS;
	at = add_words(call, request->keys, request->key_count,
	    at + COUNT_SIZE);
	add_words(call, request->args, request->arg_count, at);
	return call;
}

/* --- all --- */

void
redis_calls_init(struct redis_calls *calls)
{
	*calls = (struct redis_calls){ 0 };
	pthread_mutex_init(&calls->lock, NULL);
}

void
redis_calls_done(struct redis_calls *calls)
{
	assert(calls->count == 0);
	pthread_mutex_destroy(&calls->lock);
}

static void
add_stats(struct store_stats *sum, const struct store_stats *more)
{
	sum->asked += more->asked;
	sum->done += more->done;
	sum->timeouts += more->timeouts;
	sum->downs += more->downs;
	sum->refusals += more->refusals;
	sum->repeated += more->repeated;
	sum->connects += more->connects;
	sum->disconnects += more->disconnects;
	sum->latency_us += more->latency_us;
	for (size_t i = 0; i < sizeof(sum->latency_counts) /
	    sizeof(sum->latency_counts[0]); i++)
		sum->latency_counts[i] += more->latency_counts[i];
	sum->under_way += more->under_way;
}

void
redis_calls_count(struct redis_calls *calls, struct store_stats *stats)
{
	pthread_mutex_lock(&calls->lock);
	add_stats(stats, &calls->stats);
	pthread_mutex_unlock(&calls->lock);
}

void
redis_calls_tally(struct redis_calls *calls, uint64_t *figure)
{
	pthread_mutex_lock(&calls->lock);
	++*figure;
	pthread_mutex_unlock(&calls->lock);
}

void
redis_calls_add(struct redis_calls *calls, struct redis_call *call)
{
	call->previous = calls->last;
	if (calls->last != NULL)
		calls->last->next = call;
	else
		calls->first = call;
	calls->last = call;
	calls->count++;
	pthread_mutex_lock(&calls->lock);
	calls->stats.asked++;
	calls->stats.under_way++;
	pthread_mutex_unlock(&calls->lock);
}

static void
unlink_asked(struct redis_calls *calls, struct redis_call *call)
{
	if (call->previous != NULL)
		call->previous->next = call->next;
	else
		calls->first = call->next;
	if (call->next != NULL)
		call->next->previous = call->previous;
	else
		calls->last = call->previous;
}

static void
free_call(struct redis_calls *calls, struct redis_call *call)
{
	calls->count--;
	free(call);
}

void
redis_calls_end(struct redis_calls *calls, struct redis_call *call,
    const struct store_answer *answer)
{
	int64_t latency_us = clock_steady_us() - call->asked_us;

	unlink_asked(calls, call);
	pthread_mutex_lock(&calls->lock);
	store_stats_add(&calls->stats, answer->status, latency_us);
	calls->stats.under_way--;
	pthread_mutex_unlock(&calls->lock);
	store_call_done(call->call, answer);
	call->call = NULL;
	if (!call->is_sent)
		free_call(calls, call);
}

void
redis_calls_fail(struct redis_calls *calls, struct redis_call *call,
    enum store_status status, const char *error)
{
	const struct store_answer answer = { .status = status,
	    .error = error };

	redis_calls_end(calls, call, &answer);
}

void
redis_calls_sent(struct redis_calls *calls, struct redis_call *call)
{
	assert(!call->is_sent);
	call->is_sent = true;
	call->sent_ms = clock_steady_ms();
	call->sent_next = NULL;
	if (calls->sent_last != NULL)
		calls->sent_last->sent_next = call;
	else
		calls->sent_first = call;
	calls->sent_last = call;
}

bool
redis_calls_replied(struct redis_calls *calls, struct redis_call **call_r)
{
	struct redis_call *call = calls->sent_first;

	if (call == NULL)
		return false;
	calls->sent_first = call->sent_next;
	if (calls->sent_first == NULL)
		calls->sent_last = NULL;
	call->is_sent = false;
	if (call->is_whole)
		redis_script_is_known(call->script);
	call->is_whole = false;
	*call_r = call->call != NULL ? call : NULL;
	if (call->call == NULL)
		free_call(calls, call);
	return true;
}

void
redis_calls_lost(struct redis_calls *calls)
{
	struct redis_call *call;

	while (redis_calls_replied(calls, &call))
		if (call != NULL)
			call->is_doubtful = true;
}
