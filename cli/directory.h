/* SPDX-License-Identifier: ISC */
/* directory.h - the directory of the configuration, for the commands. */
#ifndef CLI_DIRECTORY_H
#define CLI_DIRECTORY_H

#include "directory/directory.h"

struct command_run;
struct conf;

/* Open the directory that the configuration names (path NULL: the default
 * one); it is closed when the command has ended. NULL, and cli_error() has said
 * why: the command ends with CLI_USAGE. */
struct directory *cli_directory_open(struct command_run *run,
    const char *config, enum db_use use);
/* The same, and the configuration; it goes with the command. */
struct directory *cli_directory_open_with(struct command_run *run,
    const char *config, enum db_use use, const struct conf **conf_r);

#endif
