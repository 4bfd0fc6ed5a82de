/* SPDX-License-Identifier: ISC */
/* caught.h - %{NAME} in a pattern of SpamAssassin's language: what the group
 * (?<NAME>...) of another rule has caught. */
#ifndef RULES_CAUGHT_H
#define RULES_CAUGHT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct arena;
struct draft_rule;
struct draft_test;

/* The next one in a pattern, at or after *at, which moves behind it: where it
 * begins, and its name. */
bool caught_next(struct str pattern, size_t *at, size_t *begin_r,
    struct str *name_r);

/* The test of such a pattern becomes a call of check_caught; nothing changes
 * where the pattern has none. rule: the name of the rule. */
void caught_take(struct arena *arena, struct str rule,
    struct draft_test *test);

/* Does the rule catch something by this name? */
bool caught_is_by(const struct draft_rule *rule, struct str name);

/* The arguments of check_caught. */
enum caught_arg {
	CAUGHT_RULE,		/* its name */
	CAUGHT_PLACE, CAUGHT_NAME, CAUGHT_FORM,
	CAUGHT_OPERATOR,	/* "=~", "!~" */
	CAUGHT_PATTERN,
	CAUGHT_FLAGS,		/* in decimal */
	CAUGHT_UNSET,		/* absent: nothing */
};

#endif
