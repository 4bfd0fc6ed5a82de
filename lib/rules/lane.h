/* SPDX-License-Identifier: ISC */
/* lane.h - many patterns that look at the same texts, in one pass.
 *
 * Hyperscan (Vectorscan elsewhere) says in one pass over a text which patterns
 * may match; those that it knows exactly need no more, the others (prefilter:
 * look-around, back-references) are confirmed by PCRE2. Where it is absent, or
 * its database is not there yet, PCRE2 asks all of them one by one: slower, the
 * same answers. */
#ifndef RULES_LANE_H
#define RULES_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "rules/pattern.h"

struct arena;
struct lane;		/* immutable, any thread */
struct lane_scratch;	/* for one thread at a time */
struct lanes;		/* all of one rule set: what is cached together */

/* One pattern of a lane. */
struct lane_pattern {
	struct pattern_source source;
	const struct pattern *pattern;	/* the same, compiled by PCRE2; who
					 * compiles lanes needs none */
};

/* A lane of these patterns (copied); their numbers are their places. */
struct lanes *lanes_new(struct arena *arena);
struct lane *lanes_add(struct lanes *lanes, const struct lane_pattern *patterns,
    size_t count);

/* Where the databases come from. */
enum lanes_state {
	LANES_READY,		/* every lane has its database */
	LANES_COMPILING,	/* not in the cache: PCRE2 serves alone */
	LANES_WITHOUT,		/* built without Hyperscan, or the processor
				 * lacks what it needs */
	LANES_FAILED,		/* the cache cannot be read: error says why */
};

/* All lanes are added: take the databases from the file of the cache that is
 * named by the patterns' content, Hyperscan's version and the processor; a file
 * that is damaged or of another version counts as none (*error_r says so). */
enum lanes_state lanes_load(struct lanes *lanes, const char *cache_directory,
    const char **error_r);
/* Compile them and write that file (atomically: a new name, fsync, rename). Takes
 * seconds: for a process of its own. 0, -1 with the reason. */
int lanes_compile(struct lanes *lanes, const char *cache_directory,
    const char **error_r);
/* Compile them even when the cache has them. */
void lanes_compile_anew(struct lanes *lanes);
/* Hyperscan may map so many bytes more at a time while it compiles (0: as many as
 * there are). */
void lanes_bound_memory(struct lanes *lanes, uint64_t bytes);
/* Did compiling fail because there was not enough memory? */
bool lanes_lack_memory(const struct lanes *lanes);
/* The file's name; in the arena of lanes. */
const char *lanes_cache_name(struct lanes *lanes);
/* Bytes of databases, and patterns: exact, prefiltered, left to PCRE2. */
struct lanes_facts {
	size_t bytes, exact, prefiltered, alone;
};
struct lanes_facts lanes_facts(const struct lanes *lanes);

/* Lives as long as arena; may be used for every lane of lanes. */
struct lane_scratch *lane_scratch_new(const struct lanes *lanes,
    struct arena *arena);

/* Which patterns match somewhere in text: found(arg, number) is called once for
 * each, in no order. scratch_pcre: for those that PCRE2 confirms.
 * unknown(arg, number): that one took too long. Where scratch_pcre is NULL PCRE2
 * is not asked, and all that it would be asked for are unknown. */
void lane_match(const struct lane *lane, struct lane_scratch *scratch,
    struct pattern_scratch *scratch_pcre, struct str text,
    void (*found)(void *arg, size_t number),
    void (*unknown)(void *arg, size_t number), void *arg);

#endif
