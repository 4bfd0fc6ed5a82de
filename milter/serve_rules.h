/* SPDX-License-Identifier: ISC */
/* serve_rules.h - the databases of patterns, compiled beside the daemon.
 *
 * Where the cache has none for the rules in force, a process of its own makes
 * them, which takes seconds to a minute; until then PCRE2 matches the patterns
 * one by one. One that fails or is killed is named, and tried again later. */
#ifndef MILTER_SERVE_RULES_H
#define MILTER_SERVE_RULES_H

#include <stdbool.h>

struct arena;
struct json_writer;
struct loop;
struct ruleset;
struct buf;

/* What main() takes for such a process: argv[1]. */
#define COMPILE_OPTION "--compile-rules"
/* Its exit status where it needed more memory than it may have. */
#define COMPILE_TOO_LARGE 3

struct served_rules;

/* changed(arg): databases have come; load the rules again and, when they are the
 * same rules, put them in force. In the loop. conf_path outlives it. */
struct served_rules *served_rules_open(struct loop *loop,
    const char *conf_path, void (*changed)(void *arg), void *arg);
/* Ends a process that is at work. */
void served_rules_close(struct served_rules **served);

/* These are in force now (NULL: none are): have their databases made where they
 * are not there. Thread of the loop, as all here; or before it runs. */
void served_rules_look(struct served_rules *served,
    const struct ruleset *ruleset);

/* Why there are no databases though there could be; NULL: there are, or they are
 * on their way. Arena text. */
const char *served_rules_degraded(const struct served_rules *served,
    struct arena *arena);
/* The members of `status` and the figures of `metrics`. */
void served_rules_put_status(struct json_writer *json,
    const struct ruleset *ruleset);
void served_rules_write_metrics(const struct served_rules *served,
    const struct ruleset *ruleset, struct buf *out);

/* The process: reads the configuration, compiles, writes the cache. Its exit
 * status. */
int compile_rules(const char *conf_path);

#endif
