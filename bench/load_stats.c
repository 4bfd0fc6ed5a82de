/* SPDX-License-Identifier: ISC */
/* load_stats.c - counters and exact percentiles. */
#include <stdlib.h>
#include <string.h>

#include "load_stats.h"

void
load_samples_add(struct load_samples *samples, uint64_t us)
{
	if (samples->count == samples->size) {
		samples->size = samples->size != 0 ? samples->size * 2 : 4096;
		samples->us = realloc(samples->us,
		    samples->size * sizeof(*samples->us));
		if (samples->us == NULL)
			abort();
	}
	samples->us[samples->count++] =
	    us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

static int
by_value(const void *a, const void *b)
{
	const uint32_t *x = a;
	const uint32_t *y = b;

	return (*x > *y) - (*x < *y);
}

void
load_samples_sort(struct load_samples *samples)
{
	if (samples->count > 0)
		qsort(samples->us, samples->count, sizeof(*samples->us),
		    by_value);
}

double
load_samples_ms(const struct load_samples *samples, double percent)
{
	size_t at;

	if (samples->count == 0)
		return 0;
	at = (size_t)((double)samples->count * percent / 100);
	if (at >= samples->count)
		at = samples->count - 1;
	return samples->us[at] / 1000.0;
}

static void
move_samples(struct load_samples *into, struct load_samples *from)
{
	for (size_t i = 0; i < from->count; i++)
		load_samples_add(into, from->us[i]);
	free(from->us);
	memset(from, 0, sizeof(*from));
}

void
load_stats_merge(struct load_stats *into, struct load_stats *from)
{
	into->played += from->played;
	into->messages += from->messages;
	into->bytes += from->bytes;
	into->edits += from->edits;
	for (size_t i = 0; i < VERDICT_COUNT; i++)
		into->verdicts[i] += from->verdicts[i];
	for (size_t i = 0; i < STAGE_COUNT; i++)
		into->ended_at[i] += from->ended_at[i];
	move_samples(&into->message, &from->message);
	move_samples(&into->eom, &from->eom);
	into->under_way += from->under_way;
	if (into->oldest_us < from->oldest_us)
		into->oldest_us = from->oldest_us;
	into->connections += from->connections;
	into->errors_connect += from->errors_connect;
	into->errors_closed += from->errors_closed;
	into->errors_protocol += from->errors_protocol;
	into->errors_timeout += from->errors_timeout;
	if (from->trouble != NULL)
		into->trouble = from->trouble;
	memset(from, 0, sizeof(*from));
}

uint64_t
load_stats_errors(const struct load_stats *stats)
{
	return stats->errors_connect + stats->errors_closed +
	    stats->errors_protocol + stats->errors_timeout;
}

void
load_stats_done(struct load_stats *stats)
{
	free(stats->message.us);
	free(stats->eom.us);
	memset(stats, 0, sizeof(*stats));
}
