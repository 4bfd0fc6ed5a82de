/* SPDX-License-Identifier: ISC */
/* directory_upgrade.c - mailreeve directory upgrade: its tables made or renewed. */
#include <inttypes.h>

#include "cli/command.h"
#include "cli/directory.h"
#include "cli/output.h"
#include "directory/schema.h"

struct upgrade_options {
	const char *config;
};

static const struct command_option rows[] = {
	OPTION_CONFIG_ROW(struct upgrade_options, config),
};

static int
run_upgrade(struct command_run *run)
{
	const struct upgrade_options *options = run->options;
	struct directory *directory = cli_directory_open(run,
	    options->config, DB_CREATE);
	struct db_error error;
	struct db *db;
	int64_t from;

	if (directory == NULL)
		return CLI_USAGE;
	db = directory_db(directory);
	if (schema_upgrade(db, run->arena, &from, &error) < 0) {
		cli_error("%s", error.text);
		return CLI_FAILED;
	}
	if (from == schema_current())
		output_print(STYLE_PLAIN, "%s has schema %" PRId64 " already\n",
		    db_name(db), from);
	else if (from == 0)
		output_print(STYLE_PLAIN, "%s is ready, with schema %" PRId64
		    "\n", db_name(db), schema_current());
	else
		output_print(STYLE_PLAIN, "%s has schema %" PRId64 " now, it "
		    "was %" PRId64 "\n", db_name(db), schema_current(), from);
	return CLI_OK;
}

const struct command cmd_directory_upgrade = {
	.name = "directory upgrade",
	.help = "Make the tables of the directory, or bring them up to date.",
	.text = "Nothing else does so: a daemon that meets an older or newer "
	    "schema says what to run, and goes on with what it knows. Make a "
	    "backup first; an upgrade is done whole or not at all.\n\n"
	    "The file of SQLite is made where there is none, for the owner "
	    "and the group of its folder. A database of PostgreSQL must be "
	    "there, with the encoding UTF8.\n\n"
	    "Exit status: 0 when the schema is that of this release, 1 when "
	    "it could not be made so, 2 when the configuration is wrong.",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct upgrade_options),
	.run = run_upgrade,
};
