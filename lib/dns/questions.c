/* SPDX-License-Identifier: ISC */
/* questions.c - the questions under way: their turn, deadlines and numbers. */
#include "dns/questions.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/vec.h"
#include "dns/cache.h"
#include "dns/dns_query.h"
#include "dns/dns_settings.h"

/* Of the questions past their deadline so many more than those under way may
 * still be answered, for the cache. */
#define LATE_FACTOR 4

struct question {
	struct question *previous, *next;
	struct questions *owner;
	struct dns_query *query;
	int64_t asked_us;
	int id;
	bool is_late;
};

/* In the order of their deadlines: all questions have the same time. */
struct list {
	struct question *first, *last;
	size_t len;
};

struct questions {
	const struct dns_settings *settings;
	size_t max_under_way;
	struct question_carrier carrier;
	struct dns_cache *cache;
	struct list sent, late;		/* of the carrier's thread */
	pthread_mutex_t lock;		/* for what follows */
	struct list waiting;
	struct dns_stats stats;
};

static void
list_push(struct list *list, struct question *question)
{
	question->previous = list->last;
	question->next = NULL;
	if (list->last != NULL)
		list->last->next = question;
	else
		list->first = question;
	list->last = question;
	list->len++;
}

static void
list_remove(struct list *list, struct question *question)
{
	if (question->previous != NULL)
		question->previous->next = question->next;
	else
		list->first = question->next;
	if (question->next != NULL)
		question->next->previous = question->previous;
	else
		list->last = question->previous;
	list->len--;
}

static struct question *
question_new(struct questions *owner, struct dns_query *query)
{
	struct question *question = calloc(1, sizeof(*question));

	if (question == NULL)
		abort();
	question->owner = owner;
	question->query = dns_query_ref(query);
	return question;
}

static void
question_free(struct question *question)
{
	dns_query_unref(&question->query);
	free(question);
}

struct str
question_name(const struct question *question)
{
	return dns_query_name(question->query);
}

enum dns_type
question_type(const struct question *question)
{
	return question->query->type;
}

void *
question_carrier_arg(const struct question *question)
{
	return question->owner->carrier.arg;
}

struct questions *
questions_new(const struct dns_settings *settings, size_t max_under_way,
    const struct question_carrier *carrier)
{
	struct questions *questions = calloc(1, sizeof(*questions));

	if (questions == NULL)
		abort();
	questions->settings = settings;
	questions->max_under_way = max_under_way;
	questions->carrier = *carrier;
	questions->cache = dns_cache_new((size_t)settings->cache_size_bytes);
	pthread_mutex_init(&questions->lock, NULL);
	return questions;
}

static int64_t
clamp(int64_t value, int64_t min, int64_t max)
{
	return value < min ? min : value > max ? max : value;
}

/* How long an answer is kept. */
static int64_t
lifetime_ms(const struct dns_settings *settings,
    const struct dns_answer *answer)
{
	int64_t ttl_ms = (int64_t)answer->ttl_s * 1000;

	switch (answer->status) {
	case DNS_FOUND:
		return clamp(ttl_ms, settings->min_ttl_ms,
		    settings->max_ttl_ms);
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		return clamp(ttl_ms, settings->min_ttl_ms,
		    settings->max_negative_ttl_ms);
	case DNS_SERVFAIL:
	case DNS_TIMEOUT:
		return settings->failure_ttl_ms;
	}
	return 0;
}

static void
finish(struct questions *questions, struct dns_query *query,
    const struct dns_answer *answer, int64_t keep_ms)
{
	int64_t now_ms = clock_steady_ms();

	pthread_mutex_lock(&questions->lock);
	questions->stats.timeouts += answer->status == DNS_TIMEOUT;
	questions->stats.failures += answer->status == DNS_SERVFAIL;
	questions->stats.bogus += answer->is_bogus;
	pthread_mutex_unlock(&questions->lock);
	dns_query_complete(query, answer);
	dns_cache_settle(questions->cache, query, now_ms + keep_ms, now_ms);
}

static void
finish_failed(struct questions *questions, struct dns_query *query,
    const char *error, int64_t keep_ms)
{
	const struct dns_answer answer = {
		.status = DNS_SERVFAIL,
		.error = error,
	};

	finish(questions, query, &answer, keep_ms);
}

static void
finish_late(struct questions *questions, struct dns_query *query)
{
	static const struct dns_answer answer = {
		.status = DNS_TIMEOUT,
		.error = "no answer in time",
	};

	finish(questions, query, &answer,
	    questions->settings->failure_ttl_ms);
}

/* False: too many wait already. */
static bool
put_in_line(struct questions *questions, struct question *question,
    bool *was_empty_r)
{
	bool has_room;

	pthread_mutex_lock(&questions->lock);
	*was_empty_r = questions->waiting.len == 0;
	has_room = questions->waiting.len <
	    (size_t)questions->settings->max_waiting;
	if (has_room) {
		question->asked_us = clock_steady_us();
		list_push(&questions->waiting, question);
	} else {
		questions->stats.overloads++;
	}
	pthread_mutex_unlock(&questions->lock);
	return has_room;
}

struct dns_query *
questions_ask(struct questions *questions, struct str name,
    enum dns_type type, struct wait *wait)
{
	struct question *question;
	struct dns_query *query;
	bool is_new, was_empty;

	query = dns_cache_ask(questions->cache, name, type, wait,
	    clock_steady_ms(), &is_new);
	if (!is_new)
		return query;
	question = question_new(questions, query);
	if (!put_in_line(questions, question, &was_empty)) {
		question_free(question);
		finish_failed(questions, query, "resolver overloaded", 0);
	} else if (was_empty) {
		questions->carrier.wake(questions->carrier.arg);
	}
	return query;
}

static int64_t
deadline_ms(const struct question *question)
{
	return question->asked_us / 1000 +
	    question->owner->settings->timeout_ms;
}

static bool
is_over(const struct question *question, int64_t now_ms)
{
	return question != NULL && deadline_ms(question) <= now_ms;
}

/* Who waited for a question is told; its answer may still come. */
static void
expire_sent(struct questions *questions, int64_t now_ms)
{
	while (is_over(questions->sent.first, now_ms)) {
		struct question *question = questions->sent.first;

		list_remove(&questions->sent, question);
		question->is_late = true;
		list_push(&questions->late, question);
		finish_late(questions, question->query);
	}
	while (questions->late.len > questions->max_under_way * LATE_FACTOR) {
		struct question *oldest = questions->late.first;

		questions->carrier.cancel(questions->carrier.arg, oldest->id);
		list_remove(&questions->late, oldest);
		question_free(oldest);
	}
}

/* The next in line, when it may be sent or its time is over. */
static struct question *
take_waiting(struct questions *questions, int64_t now_ms)
{
	struct question *question;

	pthread_mutex_lock(&questions->lock);
	question = questions->waiting.first;
	if (question != NULL && !is_over(question, now_ms) &&
	    questions->sent.len >= questions->max_under_way)
		question = NULL;
	if (question != NULL)
		list_remove(&questions->waiting, question);
	questions->stats.under_way = questions->sent.len;
	pthread_mutex_unlock(&questions->lock);
	return question;
}

static void
send_question(struct questions *questions, struct question *question)
{
	struct dns_query *query = dns_query_ref(question->query);
	const char *error;

	list_push(&questions->sent, question);
	pthread_mutex_lock(&questions->lock);
	questions->stats.sent++;
	pthread_mutex_unlock(&questions->lock);
	/* The answer may come inside send: question is gone then. */
	if (questions->carrier.send(questions->carrier.arg, query->name,
	    query->type, question, &question->id, &error) < 0) {
		list_remove(&questions->sent, question);
		question_free(question);
		finish_failed(questions, query, error,
		    questions->settings->failure_ttl_ms);
	}
	dns_query_unref(&query);
}

/* Milliseconds until the first deadline of all. */
static int64_t
next_run_ms(struct questions *questions, int64_t now_ms)
{
	const struct question *first = questions->sent.first;
	int64_t next_ms = first != NULL ? deadline_ms(first) : INT64_MAX;

	pthread_mutex_lock(&questions->lock);
	first = questions->waiting.first;
	if (first != NULL && deadline_ms(first) < next_ms)
		next_ms = deadline_ms(first);
	pthread_mutex_unlock(&questions->lock);
	return next_ms == INT64_MAX ? -1 : clamp(next_ms - now_ms, 0, next_ms);
}

int64_t
questions_run(struct questions *questions)
{
	int64_t now_ms = clock_steady_ms();
	struct question *question;

	expire_sent(questions, now_ms);
	while ((question = take_waiting(questions, now_ms)) != NULL) {
		if (!is_over(question, now_ms)) {
			send_question(questions, question);
			continue;
		}
		finish_late(questions, question->query);
		question_free(question);
	}
	return next_run_ms(questions, clock_steady_ms());
}

static void
count_latency(struct questions *questions, int64_t asked_us)
{
	static const int64_t bounds_us[] = { 1000, 4000, 16000, 64000, 256000,
	    1024000 };
	int64_t latency_us = clock_steady_us() - asked_us;
	size_t i = 0;

	while (i < ARRAY_LEN(bounds_us) && latency_us > bounds_us[i])
		i++;
	pthread_mutex_lock(&questions->lock);
	questions->stats.latency_us += (uint64_t)latency_us;
	questions->stats.latency_counts[i]++;
	pthread_mutex_unlock(&questions->lock);
}

/* The question was answered with a timeout; now the next to ask the same
 * finds what its server said. */
static void
keep_late(struct question *question, const struct dns_answer *answer)
{
	struct questions *questions = question->owner;
	struct dns_query *query;
	int64_t now_ms = clock_steady_ms();

	pthread_mutex_lock(&questions->lock);
	questions->stats.late++;
	pthread_mutex_unlock(&questions->lock);
	if (answer->status == DNS_SERVFAIL)
		return;
	query = dns_query_new(question_name(question),
	    question_type(question));
	dns_query_complete(query, answer);
	dns_cache_settle(questions->cache, query,
	    now_ms + lifetime_ms(questions->settings, answer), now_ms);
	dns_query_unref(&query);
}

void
question_answered(struct question *question, const struct dns_answer *answer)
{
	struct questions *questions = question->owner;

	if (question->is_late) {
		list_remove(&questions->late, question);
		keep_late(question, answer);
	} else {
		list_remove(&questions->sent, question);
		count_latency(questions, question->asked_us);
		finish(questions, question->query, answer,
		    lifetime_ms(questions->settings, answer));
	}
	question_free(question);
}

void
questions_count(struct questions *questions, struct dns_stats *stats)
{
	pthread_mutex_lock(&questions->lock);
	*stats = questions->stats;
	stats->under_way += questions->waiting.len;
	pthread_mutex_unlock(&questions->lock);
	dns_cache_count(questions->cache, stats);
}

void
questions_forget(struct questions *questions)
{
	dns_cache_clear(questions->cache);
}

static void
stop_list(struct list *list)
{
	struct question *question;

	while ((question = list->first) != NULL) {
		list_remove(list, question);
		if (!question->is_late)
			finish_failed(question->owner, question->query,
			    "resolver stopped", 0);
		question_free(question);
	}
}

void
questions_free(struct questions **questions)
{
	struct questions *old = *questions;

	*questions = NULL;
	if (old == NULL)
		return;
	stop_list(&old->sent);
	stop_list(&old->late);
	stop_list(&old->waiting);
	dns_cache_free(&old->cache);
	pthread_mutex_destroy(&old->lock);
	free(old);
}
