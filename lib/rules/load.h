/* SPDX-License-Identifier: ISC */
/* load.h - from the section "rules" to a rule set. */
#ifndef RULES_LOAD_H
#define RULES_LOAD_H

#include <stdbool.h>

struct arena;
struct rules_settings;
struct ruleset;

/* Read the stock rules, SpamAssassin's, then those of this host, and put them
 * together: a reference of the caller's. Reads files and compiles, some 100 ms
 * for 1,600 rules. NULL with the reason ("rules: file:line:column: ..."): a
 * native file is wrong, or a path that the settings name cannot be read. Wrong
 * lines in SpamAssassin's language are notes of its draft, and so are stock
 * rules that did not come with the program. */
struct ruleset *rules_load(const struct rules_settings *settings,
    struct arena *errors, const char **error_r);

/* Where the stock rules are; *is_named_r: the settings say so. Arena text. */
const char *rules_stock_directory(const struct rules_settings *settings,
    struct arena *arena, bool *is_named_r);

#endif
