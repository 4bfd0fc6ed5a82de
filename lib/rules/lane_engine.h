/* SPDX-License-Identifier: ISC */
/* lane_engine.h - many patterns in few databases: Hyperscan, or nothing. */
#ifndef RULES_LANE_ENGINE_H
#define RULES_LANE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct arena;
struct lane_database;
struct lane_engine_scratch;
struct pattern_window;
struct vec;

enum lane_way {
	LANE_ALONE,		/* PCRE2 has to be asked */
	LANE_CANDIDATE,		/* a match may be one: PCRE2 confirms it */
	LANE_EXACT,
};

/* What a text must have so that a pattern may match it. Patterns that differ in
 * that slow each other down in one database, several times over. */
enum lane_group {
	LANE_WINDOWS,		/* one of its windows: by them it is found */
	LANE_ANY,		/* nothing that is known: each octet is gone
				 * through */
	LANE_WIDE,		/* octets above 0x7f */
	LANE_GROUPS,
};

/* A pattern as the engine gets it, in up to three forms (NULL: there is none);
 * its id is its place. */
struct lane_expression {
	const char *exact;	/* matches where the pattern does */
	const char *plain;	/* there, and elsewhere */
	const char *weak;	/* short; elsewhere often. Each is a database of
				 * its own */
	unsigned flags;		/* enum pattern_flag */
	bool is_caseless;	/* in UTF-8: see pattern_octets.h */
	unsigned char group;	/* enum lane_group */
	unsigned char way;	/* enum lane_way; set by compiling or loading */
	bool is_piece;		/* with others of its pattern */
	/* Where it is asked alone: a text that it matches has one of these. */
	const struct pattern_window *windows;
	size_t window_count;
};

/* Is it built in, and does the processor have what it needs? */
bool lane_engine_is_here(void);
/* Its version and the processor that it compiles for. */
struct str lane_engine_version(struct arena *arena);

/* Make databases of those that can have one, and find the way of each: their
 * bytes (struct str) are pushed to databases, in its arena. Those that it takes
 * in none of their forms are left alone. most_mapped: of the whole process, while
 * the engine is at work (RLIMIT_AS); 0: no bound. -1 with the reason: no
 * memory. */
int lane_engine_compile(struct lane_expression *expressions, size_t count,
    uint64_t most_mapped, struct vec *databases, const char **error_r);

/* The database of these bytes, which are known to be undamaged; NULL with the
 * reason. Lives as long as arena. */
struct lane_database *lane_engine_load(struct arena *arena, struct str bytes,
    const char **error_r);
size_t lane_engine_bytes(const struct lane_database *database);

/* For one thread at a time; may grow with each database that is added. */
struct lane_engine_scratch *lane_engine_scratch_new(struct arena *arena);
void lane_engine_scratch_add(struct lane_engine_scratch *scratch,
    const struct lane_database *database);

/* Longer texts it does not take. */
#define LANE_ENGINE_LONGEST ((size_t)1 << 30)
/* found(arg, id) once for each expression that matches in text. */
void lane_engine_scan(const struct lane_database *database,
    struct lane_engine_scratch *scratch, struct str text,
    void (*found)(void *arg, size_t id), void *arg);

#endif
