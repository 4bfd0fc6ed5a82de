/* SPDX-License-Identifier: ISC */
/* rules_compile.c - mailreeve rules compile: the cache of patterns, now. */
#include <stdio.h>

#include "base/arena.h"
#include "base/clock.h"
#include "cli/clean.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/rules.h"
#include "rules/compile.h"
#include "rules/ruleset.h"
#include "rules/settings.h"

struct options {
	bool is_forced;
	const char *config;
};

static const struct command_option rows[] = {
	OPTION_FLAG_ROW("force", struct options, is_forced,
	    "Compile them even when they are there."),
	OPTION_CONFIG_ROW(struct options, config),
};

static int
compile(const struct rules *rules)
{
	struct lanes *lanes = ruleset_lanes(rules->ruleset);
	int64_t start_ms = clock_steady_ms();
	const char *error;

	printf("compiling the patterns of %zu rules, which takes "
	    "seconds\n", ruleset_count(rules->ruleset));
	fflush(stdout);
	switch (rules_compile(rules->ruleset, rules->settings, &error)) {
	case RULES_COMPILED:
		break;
	case RULES_NOT_COMPILED:
		cli_error("%s", clean_text(rules->arena, error));
		return CLI_FAILED;
	case RULES_TOO_LARGE:
		cli_error("%s: it takes more than rules { compile_memory } "
		    "allows", clean_text(rules->arena, error));
		return CLI_FAILED;
	}
	printf("compiled in %.1f s: %s\n",
	    (double)(clock_steady_ms() - start_ms) / 1000,
	    lanes_cache_name(lanes));
	return CLI_OK;
}

static int
compile_or_not(const struct rules *rules, bool is_forced)
{
	const char *words;
	enum lanes_state state = ruleset_state(rules->ruleset, &words);

	if (rules->settings->cache == NULL) {
		cli_error("no folder is named for the cache: rules { cache "
		    "PATH; }");
		return CLI_FAILED;
	}
	if (state == LANES_WITHOUT) {
		printf("nothing to compile: patterns are matched %s\n", words);
		return CLI_OK;
	}
	if (state == LANES_READY && !is_forced) {
		printf("already there: %s\n",
		    lanes_cache_name(ruleset_lanes(rules->ruleset)));
		return CLI_OK;
	}
	if (is_forced)
		lanes_compile_anew(ruleset_lanes(rules->ruleset));
	return compile(rules);
}

static int
run_rules_compile(struct command_run *run)
{
	const struct options *options = run->options;
	struct rules rules;
	int status = rules_open(run, options->config, &rules);

	if (status == CLI_OK)
		status = compile_or_not(&rules, options->is_forced);
	rules_close(&rules);
	return status;
}

const struct command cmd_rules_compile = {
	.name = "rules compile",
	.help = "Compile the patterns of all rules into the cache.",
	.text = "The milter does this by itself, in a process of its own, and "
	    "matches patterns one by one until it is done: slower, with the "
	    "same results. Do it beforehand, as the user that the milter runs "
	    "as, when that matters; the next reload takes it up.\n\n"
	    "A file in the cache is named by what was compiled, by the "
	    "version of the library and by the processor, so it never holds "
	    "for other rules.",
	.examples = "rules compile\n",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.run = run_rules_compile,
};
