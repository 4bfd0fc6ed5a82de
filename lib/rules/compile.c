/* SPDX-License-Identifier: ISC */
/* compile.c - the databases of a rule set, within the memory that they may
 * take. */
#include "rules/compile.h"

#include "rules/lane.h"
#include "rules/ruleset.h"
#include "rules/settings.h"

enum rules_compiled
rules_compile(struct ruleset *ruleset, const struct rules_settings *settings,
    const char **error_r)
{
	struct lanes *lanes = ruleset_lanes(ruleset);

	lanes_bound_memory(lanes, (uint64_t)settings->compile_memory);
	if (lanes_compile(lanes, settings->cache, error_r) == 0)
		return RULES_COMPILED;
	return lanes_lack_memory(lanes) ? RULES_TOO_LARGE : RULES_NOT_COMPILED;
}
