/* SPDX-License-Identifier: ISC */
/* config_check.c - mailreeve config check: would a daemon start with this? */
#include "base/arena.h"
#include "base/conf.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/output.h"
#include "milter/engine.h"
#include "policyd/rulebook.h"

struct options {
	const char *config;
};

static const struct command_option rows[] = {
	OPTION_CONFIG_ROW(struct options, config),
};

/* What is allowed but odd, and what would not work. The number of lines. */
static size_t
print_warnings(const struct conf *conf, const struct snapshot *snapshot)
{
	size_t count = 0;
	const char *text;

	for (size_t i = 0; (text = conf_warning(conf, i)) != NULL; i++) {
		output_print(STYLE_WARN, "warning: ");
		output_print(STYLE_PLAIN, "%s\n", text);
		count++;
	}
	for (size_t i = 0; (text = snapshot_degraded(snapshot, i)) != NULL;
	    i++) {
		output_print(STYLE_WARN, "degraded: ");
		output_print(STYLE_PLAIN, "%s\n", text);
		count++;
	}
	return count;
}

static int
run_check(struct command_run *run)
{
	const struct options *options = run->options;
	struct conf *conf = config_load(options->config, run->arena);
	struct snapshot *snapshot;
	struct rulebook *rulebook = NULL;
	const char *error;
	size_t warnings;

	if (conf == NULL)
		return CLI_USAGE;
	/* Key files, networks and maps: what only shows when it is used. */
	snapshot = snapshot_new(conf, false, run->arena, &error);
	if (snapshot != NULL)
		rulebook = rulebook_new(conf, run->arena, &error);
	if (rulebook == NULL) {
		cli_error("%s", error);
		snapshot_unref(&snapshot);
		conf_unref(&conf);
		return CLI_USAGE;
	}
	warnings = print_warnings(conf, snapshot);
	output_print(STYLE_GOOD, "ok");
	if (warnings != 0)
		output_print(STYLE_PLAIN, ", with %zu warning%s", warnings,
		    warnings == 1 ? "" : "s");
	output_print(STYLE_PLAIN, "\n");
	rulebook_unref(&rulebook);
	snapshot_unref(&snapshot);
	conf_unref(&conf);
	return CLI_OK;
}

const struct command cmd_config_check = {
	.name = "config check",
	.help = "Check the configuration and all that it names.",
	.text = "Reads the configuration as the daemons would, with every "
	    "file that it includes, and loads keys, networks and maps. Prints "
	    "\"ok\", after warnings about what is allowed but odd and about "
	    "what would not work, such as a signing key that is gone.\n\n"
	    "An error names file, line and column, and the remedy; the exit "
	    "status is then 2.",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.run = run_check,
};
