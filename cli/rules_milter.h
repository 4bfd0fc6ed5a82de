/* SPDX-License-Identifier: ISC */
/* rules_milter.h - what the running milter is asked about rules. */
#ifndef CLI_RULES_MILTER_H
#define CLI_RULES_MILTER_H

#include <stdint.h>

#include "base/str.h"

struct arena;
struct conf;
struct map;

/* The rules have changed: have it take them up, as a reload does, and say so.
 * CLI_OK, also where none runs; CLI_FAILED: it does not take them, and
 * cli_error() has said why. */
int rules_reload(const struct conf *conf, struct arena *arena);

/* How often rules have hit since it began. */
struct rule_figures {
	uint64_t hits;
	double score;		/* the mean of the messages that it hit */
};

struct rules_figures {
	uint64_t messages;
	struct map *rules;	/* struct rule_figures, by name */
};

/* CLI_OK, or CLI_FAILED: it does not answer, and cli_error() has said so. */
int rules_ask_figures(const struct conf *conf, struct arena *arena,
    struct rules_figures *figures_r);
/* Of one rule: nothing but 0 where it never hit. */
struct rule_figures rules_figures_of(const struct rules_figures *figures,
    struct str name);

#endif
