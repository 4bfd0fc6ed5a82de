/* SPDX-License-Identifier: ISC */
/* policies.h - what holds for addresses, kept as long as it is true.
 *
 * A daemon keeps what its mail has asked for lately, not the directory. An
 * answer is of one generation: when the directory changes, it is asked again.
 * While the directory cannot be asked, the last answers serve for a time, and
 * then there are none. Any thread may call any function.
 */
#ifndef DIRECTORY_POLICIES_H
#define DIRECTORY_POLICIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address;
struct arena;
struct inquiry;
struct policies;
struct policies_query;
struct policy;
struct wait;

/* Keeps about most_count addresses, at least half as many, the longest unused
 * go first; what many have in common is kept once. For stale_ms after the
 * directory has last answered the last answers serve. Extensions of local parts
 * begin with delimiter (0: none). inquiry must live as long. */
struct policies *policies_new(struct inquiry *inquiry, char delimiter,
    size_t most_count, int64_t stale_ms);
void policies_free(struct policies **policies);

/* Ask what holds for an address (effective.h); now_ms is the time of day,
 * deadline_ms of the steady clock. The query, and what it finds, go with
 * arena; wait is told when it is worth looking. */
struct policies_query *policies_ask(struct policies *policies,
    struct arena *arena, const struct address *address, int64_t now_ms,
    int64_t deadline_ms, struct wait *wait);
/* The same, and whether a login (NULL: none) may send as the address. One
 * without a local part is the domain. */
struct policies_query *policies_ask_for(struct policies *policies,
    struct arena *arena, const struct address *address, const char *login,
    int64_t now_ms, int64_t deadline_ms, struct wait *wait);

enum policies_result { POLICIES_FOUND, POLICIES_WAIT, POLICIES_UNAVAILABLE };

/* is_late: there is no time left to wait. UNAVAILABLE: *error_r says why. */
enum policies_result policies_look(struct policies_query *query, bool is_late,
    const struct policy **policy_r, const char **error_r);

/* For metrics. shared: the sets of values that the addresses have among them. */
struct policies_stats {
	int64_t asked, hits, stale;
	size_t count, shared;
};
void policies_count(struct policies *policies, struct policies_stats *stats_r);

#endif
