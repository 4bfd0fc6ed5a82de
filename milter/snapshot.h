/* SPDX-License-Identifier: ISC */
/* snapshot.h - all that follows from one configuration, for the engine. */
#ifndef MILTER_SNAPSHOT_H
#define MILTER_SNAPSHOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/vec.h"
#include "milter/apply.h"
#include "milter/chain.h"

struct arena;
struct conf;
struct key_table;
struct lists;
struct milter_settings;
struct mime_limits;
struct ruleset;
struct site;

/* Immutable but for the count of references; everything lives in arena. */
struct snapshot {
	atomic_uint references;
	struct arena *arena;
	struct conf *conf;
	struct lists *lists;		/* of the directory; NULL: none */
	const struct milter_settings *settings;
	const struct site *site;
	const struct key_table *keys;
	struct chain_entry *checks;	/* in the order of the tables */
	size_t check_count;
	struct action_entry *actions;
	size_t action_count;
	bool wants_body, wants_mime, wants_files, wants_rules;
	struct ruleset *ruleset;	/* NULL: nobody wants it */
	const struct mime_limits *mime_limits;
	struct vec degraded;		/* const char * */
};

#endif
