/* SPDX-License-Identifier: ISC */
/* load_stats.h - what one thread counted; merged when the run is over. */
#ifndef BENCH_LOAD_STATS_H
#define BENCH_LOAD_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "load_session.h"

/* Every duration is kept, so percentiles are exact. */
struct load_samples {
	uint32_t *us;
	size_t count;
	size_t size;
};

struct load_stats {
	uint64_t played;		/* messages, those of the warm-up too */
	uint64_t messages;		/* of the phase that is measured */
	uint64_t bytes;			/* of those messages */
	uint64_t edits;
	uint64_t verdicts[VERDICT_COUNT];
	uint64_t ended_at[STAGE_COUNT];
	struct load_samples message;	/* MAIL to the final answer */
	struct load_samples eom;	/* END-OF-MESSAGE to the final answer */
	uint64_t under_way;		/* unanswered when the run ended */
	uint64_t oldest_us;		/* how long the first of them waits */
	uint64_t connections;
	uint64_t errors_connect;
	uint64_t errors_closed;		/* by the filter, an answer being due */
	uint64_t errors_protocol;
	uint64_t errors_timeout;
	const char *trouble;		/* the last broken rule, or NULL */
};

void load_samples_add(struct load_samples *samples, uint64_t us);
void load_samples_sort(struct load_samples *samples);

/* The sample below which PERCENT of all lie (100: the longest); sorted. */
double load_samples_ms(const struct load_samples *samples, double percent);

/* Adds what FROM counted to INTO and empties FROM. */
void load_stats_merge(struct load_stats *into, struct load_stats *from);

uint64_t load_stats_errors(const struct load_stats *stats);

void load_stats_done(struct load_stats *stats);

#endif
