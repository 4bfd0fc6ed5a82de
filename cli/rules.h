/* SPDX-License-Identifier: ISC */
/* rules.h - what the commands about rules share. */
#ifndef CLI_RULES_H
#define CLI_RULES_H

#include <stdbool.h>

#include "base/str.h"
#include "rules/draft.h"

struct arena;
struct command_run;
struct conf;
struct json_writer;
struct rules_settings;
struct ruleset;

/* The rules of a configuration. */
struct rules {
	struct arena *arena;		/* of the command */
	struct conf *conf;
	const struct rules_settings *settings;
	struct ruleset *ruleset;
};

/* The configuration that such a command reads: path, else that of the daemons
 * where there is one; NULL: the built-in defaults hold. */
const char *rules_conf_path(const char *path);

/* That configuration, the built-in defaults where it is NULL. NULL: it is wrong,
 * and cli_error() has said why. */
struct conf *rules_load_conf(const char *path, struct arena *arena);

/* Load them. CLI_OK; CLI_USAGE: the configuration is wrong, CLI_FAILED: a file
 * of rules is; cli_error() has said why. rules_close() follows either way. */
int rules_open(struct command_run *run, const char *path,
    struct rules *rules_r);
void rules_close(struct rules *rules);

/* The rule that the command was given; NULL: there is none, and cli_error() has
 * named the nearest. */
const struct draft_rule *rules_find(const struct rules *rules,
    const char *name);

/* "native", "SpamAssassin"; "pattern", "text there", "test", "expression". */
const char *rules_language(const struct draft_rule *rule);
const char *rules_kind_text(enum draft_test_kind kind);
/* "error", "not supported", "approximated", "passed over". */
const char *rules_note_text(enum draft_note_kind kind);
/* "FILE:LINE"; FILE alone where no line is known. Arena text. */
const char *rules_origin(struct arena *arena,
    const struct draft_origin *origin);

/* The members that every answer about a rule in JSON has: rule, description,
 * language, kind, in_force, score, group, file, line. */
void rules_put_rule(struct json_writer *json, const struct rules *rules,
    const struct draft_rule *rule);

/* What a test looks at and for, as one line in the language of rules; arena
 * text, not yet fit for a terminal. */
const char *rules_test_text(struct arena *arena,
    const struct draft_rule *rule);

/* The names in the expression of a rule (struct str); empty: it has none. */
struct vec rules_needs(struct arena *arena, const struct draft_rule *rule);

/* In plain words what a rule looks at, with all that it is made of. */
void rules_explain(const struct rules *rules, const struct draft_rule *rule,
    struct buf *out);

#endif
