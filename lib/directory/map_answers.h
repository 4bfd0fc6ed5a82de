/* SPDX-License-Identifier: ISC */
/* map_answers.h - what Postfix has looked up lately, kept as long as it is true.
 *
 * As policies.h keeps policies: an answer is of one generation, and while the
 * directory cannot be asked the last answers serve for a time. All belongs to
 * one thread.
 */
#ifndef DIRECTORY_MAP_ANSWERS_H
#define DIRECTORY_MAP_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "directory/maps.h"

struct arena;
struct inquiry;
struct map_answers;
struct map_query;
struct wait;

struct map_answers_limits {
	size_t most_bytes;	/* of answers; what was not used goes first */
	int64_t stale_ms;	/* since the directory has last answered */
};

/* inquiry, and the text in site, must live as long. */
struct map_answers *map_answers_new(struct inquiry *inquiry,
    const struct map_site *site, const struct map_answers_limits *limits);
void map_answers_free(struct map_answers **answers);

/* Look a key up in a map. now_ms is the time of day, deadline_ms of the steady
 * clock. The query, and what it finds, go with arena; wait is told when it is
 * worth looking. */
struct map_query *map_answers_ask(struct map_answers *answers,
    struct arena *arena, const struct directory_map *map, struct str key,
    int64_t now_ms, int64_t deadline_ms, struct wait *wait);

enum map_state { MAP_READY, MAP_WAIT, MAP_UNAVAILABLE };

/* is_late: there is no time left to wait. UNAVAILABLE: *error_r says why. */
enum map_state map_answers_look(struct map_query *query, bool is_late,
    struct map_answer *answer_r, const char **error_r);

struct map_answers_stats {
	uint64_t asked, hits, stale, unavailable;
	size_t count, bytes;
};
void map_answers_count(const struct map_answers *answers,
    struct map_answers_stats *stats_r);

#endif
