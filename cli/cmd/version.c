/* SPDX-License-Identifier: ISC */
/* version.c - mailreeve version: which release this is. */
#include <stdio.h>

#include "cli/command.h"

static int
run_version(struct command_run *run)
{
	(void)run;
	puts("mailreeve " MAILREEVE_VERSION);
	return CLI_OK;
}

const struct command cmd_version = {
	.name = "version",
	.help = "Print the version.",
	.run = run_version,
};
