/* SPDX-License-Identifier: ISC */
/* lane_private.h - lanes from inside: for the files of the engine. */
#ifndef RULES_LANE_PRIVATE_H
#define RULES_LANE_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"
#include "rules/lane.h"
#include "rules/lane_engine.h"
#include "rules/lane_needs.h"
#include "rules/lane_windows.h"

/* The patterns of a lane that read it as octets, or as UTF-8: they share no
 * database, for a text that is not UTF-8 must not come to the latter's. The
 * latter once more as they are to a text of ASCII, which most texts are. */
struct lane_part {
	struct lane_expression *expressions;
	size_t *numbers;	/* of the patterns in the lane; a long one may
				 * stand there in several pieces */
	size_t count;
	struct vec databases;	/* struct lane_database *; none: PCRE2 serves
				 * alone */
	struct lane_needs *needs;
	size_t *alone;		/* those that no database has */
	size_t alone_count;
	struct lane_windows *windows;	/* of those; NULL: not opened yet, or
					 * too few of them */
};

enum lane_part_kind { PART_OCTETS, PART_UTF, PART_ASCII, PART_COUNT };

struct lane {
	const struct lane_pattern *patterns;
	size_t count;
	struct lane_part parts[PART_COUNT];
};

struct lanes {
	struct arena *arena;
	struct vec lanes;	/* struct lane * */
	char *name;		/* of the file; once it was asked for */
	uint64_t compile_memory;	/* bytes; 0: no bound */
	bool lacks_memory;	/* for compiling */
	bool is_forced;		/* compile what the cache has, too */
};

/* Call function for each part that is worth a database. */
void lanes_each_part(const struct lanes *lanes,
    void (*function)(void *arg, struct lane_part *part), void *arg);

/* The expressions of the patterns of a lane (lane_make.c). */
void lane_make_parts(struct lanes *lanes, struct lane *lane);
/* The ways of the part's expressions are known: note those that are alone. */
void lane_part_settle(struct lanes *lanes, struct lane_part *part);
/* That is how they stay: make what tells quickly which of them cannot match. */
void lane_part_open_windows(struct lanes *lanes, struct lane_part *part);

/* All patterns, their flags and lanes, as octets: two that have the same ones
 * have the same databases. */
struct str lanes_describe(const struct lanes *lanes, struct arena *arena);
#endif
