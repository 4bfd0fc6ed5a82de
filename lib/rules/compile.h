/* SPDX-License-Identifier: ISC */
/* compile.h - the databases of a rule set, within the memory that they may
 * take. */
#ifndef RULES_COMPILE_H
#define RULES_COMPILE_H

struct rules_settings;
struct ruleset;

enum rules_compiled {
	RULES_COMPILED,
	RULES_NOT_COMPILED,
	RULES_TOO_LARGE,	/* they need more than settings allow */
};

/* Compile them into the cache that the settings name (lanes_compile()). For a
 * process that does nothing else: Hyperscan gets no more memory than the settings'
 * compile_memory, by a limit of the process. The reason is in the rule set's arena. */
enum rules_compiled rules_compile(struct ruleset *ruleset,
    const struct rules_settings *settings, const char **error_r);

#endif
