/* SPDX-License-Identifier: ISC */
/* dns_query.c - a question, who waits for it, and its answer once it came. */
#include "dns/dns_query.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/wait.h"

/* The list of those who wait only ever grows, until the answer takes all of
 * it and leaves the closed mark: so pushing needs no lock. */
struct dns_waiter {
	struct dns_waiter *next;
	struct wait *wait;
};

static const struct dns_waiter closed_mark;

static struct dns_waiter *
closed(void)
{
	return (struct dns_waiter *)(uintptr_t)&closed_mark;
}

struct dns_query *
dns_query_new(struct str name, enum dns_type type)
{
	size_t size = sizeof(struct dns_query) + name.len + 1;
	struct dns_query *query = must(malloc(size));

	memset(query, 0, sizeof(*query));
	atomic_init(&query->references, 1);
	atomic_init(&query->answer, NULL);
	atomic_init(&query->waiters, NULL);
	query->type = type;
	query->size = size;
	query->name_len = name.len;
	memcpy(query->name, name.data, name.len);
	query->name[name.len] = '\0';
	return query;
}

struct dns_query *
dns_query_ref(struct dns_query *query)
{
	atomic_fetch_add_explicit(&query->references, 1, memory_order_relaxed);
	return query;
}

static void
drop_waiters(struct dns_waiter *first, bool is_answered)
{
	while (first != NULL && first != closed()) {
		struct dns_waiter *next = first->next;

		if (is_answered)
			wait_post(first->wait);
		wait_unref(&first->wait);
		free(first);
		first = next;
	}
}

void
dns_query_unref(struct dns_query **query)
{
	struct dns_query *old = *query;

	*query = NULL;
	if (old == NULL || atomic_fetch_sub_explicit(&old->references, 1,
	    memory_order_acq_rel) != 1)
		return;
	drop_waiters(atomic_load(&old->waiters), false);
	free((void *)(uintptr_t)atomic_load(&old->answer));
	free(old);
}

struct str
dns_query_name(const struct dns_query *query)
{
	return str_of(query->name, query->name_len);
}

const struct dns_answer *
dns_query_answer(struct dns_query *query)
{
	return atomic_load_explicit(&query->answer, memory_order_acquire);
}

bool
dns_query_add_wait(struct dns_query *query, struct wait *wait)
{
	struct dns_waiter *first = atomic_load(&query->waiters);
	struct dns_waiter *waiter;

	if (first == closed())
		return false;
	waiter = must(malloc(sizeof(*waiter)));
	waiter->wait = wait_ref(wait);
	do {
		if (first == closed()) {
			wait_unref(&waiter->wait);
			free(waiter);
			return false;
		}
		waiter->next = first;
	} while (!atomic_compare_exchange_weak(&query->waiters, &first,
	    waiter));
	return true;
}

static size_t
packed_size(const struct dns_answer *answer)
{
	size_t size = sizeof(*answer) +
	    answer->count * sizeof(*answer->records);

	for (size_t i = 0; i < answer->count; i++)
		size += answer->records[i].data.len + 1;
	if (answer->error != NULL)
		size += strlen(answer->error) + 1;
	return size;
}

/* The answer with all that it points to, in one block of memory: thousands of
 * them stand in the cache. */
static struct dns_answer *
pack(const struct dns_answer *answer, size_t size)
{
	struct dns_answer *packed = must(malloc(size));
	struct dns_record *records = (struct dns_record *)(packed + 1);
	char *at = (char *)(records + answer->count);

	*packed = *answer;
	packed->records = records;
	for (size_t i = 0; i < answer->count; i++) {
		records[i] = answer->records[i];
		records[i].data = str_pack(&at, records[i].data);
	}
	if (answer->error != NULL)
		packed->error = str_pack(&at, str_from(answer->error)).data;
	return packed;
}

void
dns_query_complete(struct dns_query *query, const struct dns_answer *answer)
{
	size_t size = packed_size(answer);

	assert(dns_query_answer(query) == NULL);
	query->size += size;
	atomic_store_explicit(&query->answer, pack(answer, size),
	    memory_order_release);
	drop_waiters(atomic_exchange(&query->waiters, closed()), true);
}
