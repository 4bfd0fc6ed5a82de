/* SPDX-License-Identifier: ISC */
/* dns_held.h - for tests: a DNS whose answers come when the test says so. */
#ifndef TESTS_DNS_HELD_H
#define TESTS_DNS_HELD_H

#include <pthread.h>

#include "dns/dns.h"

#define DNS_HELD_MAX 256

/* Read the members in the thread that asks; others use dns_held_question(). */
struct dns_held {
	struct dns_source source;
	pthread_mutex_t lock;
	struct dns_query *queries[DNS_HELD_MAX];
	size_t asked, answered;
};

void dns_held_init(struct dns_held *held);
void dns_held_done(struct dns_held *held);

/* The question number i, or NULL when it has not come yet. */
struct dns_query *dns_held_question(struct dns_held *held, size_t i);

/* One record with this text. */
void dns_held_answer(struct dns_query *query, struct str text);

/* Answer what was asked by now and not in an earlier round, last first, each
 * with its own name. */
void dns_held_answer_round(struct dns_held *held);

#endif
