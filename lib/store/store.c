/* SPDX-License-Identifier: ISC */
/* store.c - what every store answers to, and how its figures are counted. */
#include "store/store.h"

#include <assert.h>
#include <string.h>

#include "base/vec.h"
#include "store/call.h"

static const char *const status_texts[] = {
	[STORE_DONE] = "done",
	[STORE_TIMEOUT] = "timeout",
	[STORE_DOWN] = "down",
	[STORE_REFUSED] = "refused",
};

const char *
store_status_text(enum store_status status)
{
	assert((size_t)status < ARRAY_LEN(status_texts));
	return status_texts[status];
}

struct store_call *
store_ask(struct store *store, const struct store_request *request,
    struct wait *wait)
{
	return store->ask(store, request, wait);
}

void
store_flush(struct store *store)
{
	if (store->flush != NULL)
		store->flush(store);
}

const char *
store_degraded(struct store *store)
{
	return store->degraded(store);
}

void
store_count(struct store *store, struct store_stats *stats_r)
{
	memset(stats_r, 0, sizeof(*stats_r));
	store->count(store, stats_r);
}

void
store_free(struct store **store)
{
	struct store *old = *store;

	*store = NULL;
	if (old != NULL)
		old->free(old);
}

static void
count_latency(struct store_stats *stats, uint64_t latency_us)
{
	size_t place = 0;

	for (uint64_t most_us = 1000; latency_us > most_us &&
	    place + 1 < ARRAY_LEN(stats->latency_counts); most_us *= 4)
		place++;
	stats->latency_counts[place]++;
	stats->latency_us += latency_us;
}

void
store_stats_add(struct store_stats *stats, enum store_status status,
    int64_t latency_us)
{
	switch (status) {
	case STORE_DONE:
		stats->done++;
		count_latency(stats, latency_us < 0 ? 0 :
		    (uint64_t)latency_us);
		break;
	case STORE_TIMEOUT:
		stats->timeouts++;
		break;
	case STORE_DOWN:
		stats->downs++;
		break;
	case STORE_REFUSED:
		stats->refusals++;
		break;
	}
}
