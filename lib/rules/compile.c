/* SPDX-License-Identifier: ISC */
/* compile.c - the databases of a rule set, within the memory that they may
 * take. */
#include "rules/compile.h"

#include <sys/resource.h>

#include "base/mapped.h"
#include "rules/ruleset.h"
#include "rules/settings.h"

/* What is mapped already is not what compiling takes. The limit that was there
 * before is given back. Where the system tells no size there is none: compiling
 * is worth more than that. */
static struct rlimit
limit_memory(int64_t memory)
{
	uint64_t mapped = mapped_bytes();
	struct rlimit before, now;

	if (getrlimit(RLIMIT_AS, &before) < 0)
		before.rlim_cur = before.rlim_max = RLIM_INFINITY;
	now = before;
	if (mapped != 0 && mapped + (uint64_t)memory < before.rlim_cur)
		now.rlim_cur = mapped + (uint64_t)memory;
	(void)setrlimit(RLIMIT_AS, &now);
	return before;
}

enum rules_compiled
rules_compile(struct ruleset *ruleset, const struct rules_settings *settings,
    const char **error_r)
{
	struct lanes *lanes = ruleset_lanes(ruleset);
	struct rlimit before = limit_memory(settings->compile_memory);
	int result = lanes_compile(lanes, settings->cache, error_r);

	(void)setrlimit(RLIMIT_AS, &before);
	if (result == 0)
		return RULES_COMPILED;
	return lanes_lack_memory(lanes) ? RULES_TOO_LARGE : RULES_NOT_COMPILED;
}
