/* SPDX-License-Identifier: ISC */
/* rule_hits.c - how often each rule has hit since the milter began.
 *
 * Memory is bounded by the names of rules that were ever in force. One lock for
 * all: a message holds it for the few rules that it hits, well below a
 * microsecond. */
#include "milter/rule_hits.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/map.h"
#include "base/must.h"
#include "daemon/verbs.h"
#include "mail/finding.h"

struct rule_count {
	uint64_t hits;
	double score;		/* of all messages that it hit */
};

struct rule_hits {
	pthread_mutex_t lock;	/* of all below */
	struct arena *arena;
	struct map *counts;	/* struct rule_count, by name */
	uint64_t messages;
};

struct rule_hits *
rule_hits_new(void)
{
	struct rule_hits *hits = must(calloc(1, sizeof(*hits)));

	pthread_mutex_init(&hits->lock, NULL);
	hits->arena = arena_new(0);
	hits->counts = map_new(hits->arena);
	return hits;
}

void
rule_hits_free(struct rule_hits **hits)
{
	struct rule_hits *old = *hits;

	*hits = NULL;
	if (old == NULL)
		return;
	arena_free(&old->arena);
	pthread_mutex_destroy(&old->lock);
	free(old);
}

static void
count_one(struct rule_hits *hits, const char *name, double score)
{
	void **slot = map_slot(hits->counts, str_from(name));
	struct rule_count *count = *slot;

	if (count == NULL)
		*slot = count = arena_zalloc(hits->arena, sizeof(*count));
	count->hits++;
	count->score += score;
}

void
rule_hits_count(struct rule_hits *hits, const struct findings *findings,
    double score)
{
	pthread_mutex_lock(&hits->lock);
	hits->messages++;
	for (size_t i = 0; i < findings->items.len; i++) {
		const struct finding *finding = vec_at(&findings->items, i);

		if (finding->is_rule)
			count_one(hits, finding->check, score);
	}
	pthread_mutex_unlock(&hits->lock);
}

void
rule_hits_put(struct rule_hits *hits, struct json_writer *json)
{
	struct str name;
	size_t at = 0;
	void *value;

	pthread_mutex_lock(&hits->lock);
	json_put_int(json, "messages", (int64_t)hits->messages);
	json_begin_array(json, "rules");
	while (map_next(hits->counts, &at, &name, &value)) {
		const struct rule_count *count = value;

		json_begin_object(json, NULL);
		json_put_str(json, "rule", name);
		json_put_int(json, "hits", (int64_t)count->hits);
		json_put_real(json, "score",
		    count->score / (double)count->hits);
		json_end_object(json);
	}
	json_end_array(json);
	pthread_mutex_unlock(&hits->lock);
}

/* Names of rules are letters, digits and what else stands in the value of a
 * label without an escape. */
void
rule_hits_write_metrics(struct rule_hits *hits, struct buf *out)
{
	struct str name;
	size_t at = 0;
	void *value;

	pthread_mutex_lock(&hits->lock);
	verb_put_figure(out, "milter", "rules_messages_total", "counter",
	    "Messages of which hits of rules are counted.", hits->messages);
	buf_add_text(out, "# HELP mailreeve_milter_rule_hits_total Messages "
	    "that a rule hit.\n"
	    "# TYPE mailreeve_milter_rule_hits_total counter\n");
	while (map_next(hits->counts, &at, &name, &value))
		buf_printf(out, "mailreeve_milter_rule_hits_total{"
		    "rule=\"%.*s\"} %" PRIu64 "\n", STR_ARG(name),
		    ((const struct rule_count *)value)->hits);
	pthread_mutex_unlock(&hits->lock);
}
