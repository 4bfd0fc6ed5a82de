/* SPDX-License-Identifier: ISC */
/* rules_explain.c - mailreeve rules explain: what a rule looks at. */
#include <stdio.h>

#include "cli/command.h"
#include "cli/rules.h"

struct options {
	const char *config;
};

static const struct command_option rows[] = {
	OPTION_CONFIG_ROW(struct options, config),
};

static int
run_rules_explain(struct command_run *run)
{
	const struct options *options = run->options;
	const struct draft_rule *rule;
	struct rules rules;
	struct buf out;
	int status = rules_open(run, options->config, &rules);

	buf_init(&out, run->arena);
	for (size_t i = 0; i < run->arg_count && status != CLI_USAGE &&
	    rules.ruleset != NULL; i++) {
		rule = rules_find(&rules, run->args[i]);
		if (rule == NULL)
			status = CLI_FAILED;
		else
			rules_explain(&rules, rule, &out);
	}
	if (out.len != 0)
		fputs(out.data, stdout);
	rules_close(&rules);
	return status;
}

const struct command cmd_rules_explain = {
	.name = "rules explain",
	.help = "Tell in plain words what a rule looks at.",
	.arguments = "NAME...",
	.examples = "rules explain GTUBE\n",
	.min_args = 1,
	.max_args = SIZE_MAX,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.run = run_rules_explain,
};
