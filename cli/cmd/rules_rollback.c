/* SPDX-License-Identifier: ISC */
/* rules_rollback.c - mailreeve rules rollback: the channels as they were. */
#include <stdio.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/vec.h"
#include "cli/clean.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/output.h"
#include "cli/rules.h"
#include "cli/rules_milter.h"
#include "rules/channel.h"
#include "rules/settings.h"

struct options {
	bool is_no_reload;
	const char *config;
};

static const struct command_option rows[] = {
	OPTION_FLAG_ROW("no-reload", struct options, is_no_reload,
	    "Leave the running milter with what it has, until its next "
	    "reload."),
	OPTION_CONFIG_ROW(struct options, config),
};

static void
tell_versions(const struct rules_settings *settings, struct arena *arena)
{
	const char *set = channel_current(arena, settings->channel_directory);
	const char *error;

	for (size_t i = 0; i < settings->channels.count; i++) {
		struct channel channel;
		uint64_t version;

		if (channel_parse(arena, settings->channels.texts[i],
		    &channel, &error) < 0)
			continue;
		version = channel_version(arena, set, channel.name);
		if (version == 0)
			printf("%s: not in use\n", channel.name);
		else
			printf("%s: version %llu\n", channel.name,
			    (unsigned long long)version);
	}
}

static int
roll_back(const struct rules_settings *settings, struct arena *arena)
{
	struct channel_store *store = NULL;
	int status = CLI_FAILED;
	const char *error;

	if (channel_store_open(arena, settings->channel_directory, &store,
	    &error) == 0 && channel_store_rollback(store, &error) == 0) {
		tell_versions(settings, arena);
		status = CLI_OK;
	} else
		cli_error("%s; what is in use stays",
		    clean_text(arena, error));
	channel_store_close(&store);
	return status;
}

static int
run_rules_rollback(struct command_run *run)
{
	const struct options *options = run->options;
	struct conf *conf = rules_load_conf(options->config, run->arena);
	int status;

	log_set_level(LOG_LEVEL_ERROR);
	if (conf == NULL)
		return CLI_USAGE;
	status = roll_back(conf_get(conf, &rules_section), run->arena);
	if (status == CLI_OK && options->is_no_reload)
		printf("the milter takes them up at its next reload\n");
	else if (status == CLI_OK)
		status = rules_reload(conf, run->arena);
	conf_unref(&conf);
	return status;
}

const struct command cmd_rules_rollback = {
	.name = "rules rollback",
	.help = "Put the rules of the channels back as they were.",
	.text = "The set of channels before the last 'rules update' comes into "
	    "use again. Versions that are left by that are not fetched again; "
	    "newer ones are. Once more, and the set that was left comes "
	    "back. The milter that runs reads its configuration again, as at "
	    "a reload.",
	.examples = "rules rollback\n",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.run = run_rules_rollback,
};
