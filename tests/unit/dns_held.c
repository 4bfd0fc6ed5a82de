/* SPDX-License-Identifier: ISC */
/* dns_held.c - for tests: a DNS whose answers come when the test says so. */
#include "dns_held.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dns/dns_query.h"

static struct dns_query *
ask(struct dns_source *source, struct str name, enum dns_type type,
    struct wait *wait)
{
	struct dns_held *held = (struct dns_held *)source;
	struct dns_query *query = dns_query_new(name, type);

	dns_query_add_wait(query, wait);
	pthread_mutex_lock(&held->lock);
	assert_true(held->asked < DNS_HELD_MAX);
	held->queries[held->asked++] = dns_query_ref(query);
	pthread_mutex_unlock(&held->lock);
	return query;
}

void
dns_held_init(struct dns_held *held)
{
	*held = (struct dns_held){ .source.ask = ask };
	pthread_mutex_init(&held->lock, NULL);
}

void
dns_held_done(struct dns_held *held)
{
	for (size_t i = 0; i < held->asked; i++)
		dns_query_unref(&held->queries[i]);
	pthread_mutex_destroy(&held->lock);
}

struct dns_query *
dns_held_question(struct dns_held *held, size_t i)
{
	struct dns_query *query = NULL;

	pthread_mutex_lock(&held->lock);
	if (i < held->asked)
		query = held->queries[i];
	pthread_mutex_unlock(&held->lock);
	return query;
}

void
dns_held_answer(struct dns_query *query, struct str text)
{
	struct dns_record record = { .data = text };
	struct dns_answer answer = { .status = DNS_FOUND, .count = 1,
		.records = &record };

	dns_query_complete(query, &answer);
}

void
dns_held_answer_round(struct dns_held *held)
{
	size_t asked = held->asked;

	for (size_t i = asked; i-- > held->answered; )
		dns_held_answer(held->queries[i],
		    dns_query_name(held->queries[i]));
	held->answered = asked;
}
