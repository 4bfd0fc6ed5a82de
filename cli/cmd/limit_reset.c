/* SPDX-License-Identifier: ISC */
/* limit_reset.c - mailreeve limit reset: what was used is forgotten. */
#include <stdio.h>

#include "cli/limits.h"
#include "json/node.h"

struct reset_options {
	struct daemon_options daemon;
};

static const struct command_option rows[] = {
	DAEMON_OPTION_ROWS(struct reset_options, daemon),
};

static void
tell(long count)
{
	printf("%ld counter%s at zero again\n", count,
	    count == 1 ? " begins" : "s begin");
}

static int
run_reset(struct command_run *run)
{
	const struct reset_options *options = run->options;
	struct daemon_answers answers;
	int result = limits_ask(run, &options->daemon, "limit-reset",
	    &answers);
	const struct daemon_answer *answer = &answers.items[0];

	if (result != CLI_OK)
		return result;
	if (options->daemon.wants_json)
		fwrite(answer->text.data, 1, answer->text.len, stdout);
	else
		tell((long)node_number(answer->node, "reset"));
	return CLI_OK;
}

const struct command cmd_limit_reset = {
	.name = "limit reset",
	.help = "Forget what an address has used of its limits.",
	.text = "Without NAME what ADDRESS has used for itself; a limit that "
	    "it shares with others (of its domain, its class, of all) only "
	    "when NAME names the throttle.\n\n"
	    "Exit status: 0 when it is done, 1 when policyd does not answer or "
	    "cannot ask its store, 2 when the configuration is wrong.",
	.examples = "limit reset ann@example.org\n"
	    "limit reset ann@example.org outbound\n",
	.arguments = "ADDRESS [NAME]",
	.min_args = 1,
	.max_args = 2,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct reset_options),
	.run = run_reset,
};
