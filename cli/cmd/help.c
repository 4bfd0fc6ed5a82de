/* SPDX-License-Identifier: ISC */
/* help.c - mailreeve help: all commands, or one of them. */
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/output.h"

static int
run_help(struct command_run *run)
{
	const struct command *command;
	const char **words = arena_zalloc(run->arena,
	    (run->arg_count + 1) * sizeof(*words));
	struct buf out;
	size_t used;

	buf_init(&out, run->arena);
	for (size_t i = 0; i < run->arg_count; i++)
		words[i] = run->args[i];
	command = command_find(words, &used);
	if (run->arg_count != 0 && command == NULL) {
		cli_error("unknown command '%s', 'mailreeve help' lists them",
		    run->args[0]);
		return CLI_USAGE;
	}
	if (command != NULL)
		command_help(command, &out);
	else
		command_overview(NULL, &out);
	fputs(out.data, stdout);
	return CLI_OK;
}

const struct command cmd_help = {
	.name = "help",
	.help = "List the commands, or explain one of them.",
	.arguments = "[COMMAND]",
	.max_args = 2,
	.run = run_help,
};
