/* SPDX-License-Identifier: ISC */
/* rules_update.c - mailreeve rules update: channels, tried before they count. */
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/vec.h"
#include "cli/clean.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/fetch.h"
#include "cli/output.h"
#include "cli/rules.h"
#include "cli/rules_milter.h"
#include "cli/rules_trial.h"
#include "rules/channel.h"
#include "rules/settings.h"

struct options {
	bool is_check, is_no_reload;
	const char *config;
};

static const struct command_option rows[] = {
	OPTION_FLAG_ROW("check", struct options, is_check,
	    "Fetch and try what is newer, and put nothing in use."),
	OPTION_FLAG_ROW("no-reload", struct options, is_no_reload,
	    "Leave the running milter with what it has, until its next "
	    "reload."),
	OPTION_CONFIG_ROW(struct options, config),
};

struct update {
	struct command_run *run;
	struct arena *arena;
	const struct rules_settings *settings;
	struct channel_store *store;
	struct channel_fetch fetch;
	const char *set, *work;
	size_t taken, failed;
	bool is_in_use;		/* what was taken */
	const char *reason;	/* the first; NULL */
};

/* What is told, and kept for who asks later. */
static void
complain(struct update *update, const char *reason)
{
	if (update->reason == NULL)
		update->reason = reason;
	cli_error("%s", clean_text(update->arena, reason));
}

static void
say(const struct update *update, const char *name, const char *words)
{
	printf("%s: %s\n", name, clean_text(update->arena, words));
	fflush(stdout);
}

/* --- a channel ------------------------------------------------------------------------ */

/* Why this version is not taken; NULL: it is. */
static const char *
reason_to_keep(const struct update *update, const struct channel *channel,
    uint64_t in_use, uint64_t version)
{
	uint64_t held = channel_store_held(update->store, channel->name);
	unsigned long long number = (unsigned long long)version;

	if (version == in_use)
		return arena_printf(update->arena, "version %llu is in use, "
		    "there is no newer", number);
	if (version < in_use)
		return arena_printf(update->arena, "version %llu is in use, "
		    "what is offered is older: %llu",
		    (unsigned long long)in_use, number);
	if (version <= held)
		return arena_printf(update->arena, "version %llu was turned "
		    "down by a rollback", number);
	return NULL;
}

/* 1: a newer one was fetched; 0: it has none; -1 with the reason. */
static int
take_from(struct update *update, const struct channel *channel,
    const char *mirror, uint64_t in_use, const char **error_r)
{
	const char *reason;
	uint64_t version;

	if (channel_newest(update->arena, &update->fetch, mirror,
	    update->work, &version, error_r) < 0)
		return -1;
	reason = reason_to_keep(update, channel, in_use, version);
	if (reason != NULL) {
		say(update, channel->name, reason);
		return 0;
	}
	say(update, channel->name, arena_printf(update->arena, "fetching "
	    "version %llu from %s", (unsigned long long)version, mirror));
	return channel_get(update->arena, &update->fetch, channel, mirror,
	    version, update->settings->keyring, update->work, update->set,
	    error_r) < 0 ? -1 : 1;
}

/* The same of the channel: the first mirror that can be used decides. */
static int
take_newer(struct update *update, const struct channel *channel,
    uint64_t in_use, const char **error_r)
{
	struct vec mirrors;
	int result;

	if (channel_mirrors(update->arena, &update->fetch, channel,
	    update->work, &mirrors, error_r) < 0)
		return -1;
	for (size_t i = 0;; i++) {
		result = take_from(update, channel,
		    *(const char **)vec_at(&mirrors, i), in_use, error_r);
		if (result >= 0 || i + 1 == mirrors.len)
			return result;
		say(update, channel->name, arena_printf(update->arena,
		    "%s; another mirror is asked", *error_r));
	}
}

static int
update_channel(struct update *update, const struct channel *channel)
{
	uint64_t in_use = channel_version(update->arena,
	    channel_current(update->arena,
	    update->settings->channel_directory), channel->name);
	const char *error;
	int result = take_newer(update, channel, in_use, &error);

	if (result > 0) {
		update->taken++;
		return 0;
	}
	if (result < 0) {
		update->failed++;
		complain(update, arena_printf(update->arena, "%s: %s; %s",
		    channel->name, error, in_use != 0 ?
		    "what is in use stays" : "it is not in use"));
	}
	if (channel_store_keep(update->store, channel->name, &error) == 0)
		return 0;
	complain(update, arena_printf(update->arena,
	    "%s; what is in use stays", error));
	return -1;
}

/* --- all of them ------------------------------------------------------------------------- */

static int
put_in_use(struct update *update, const char *config, bool is_check)
{
	struct rules_trial trial;
	const char *error;

	printf("trying them\n");
	fflush(stdout);
	if (rules_try(update->run, config, update->settings, update->set,
	    &trial, &error) < 0) {
		complain(update, arena_printf(update->arena, "the new rules "
		    "are turned down, what is in use stays: %s", error));
		return CLI_FAILED;
	}
	printf("%zu rules load, %zu errors in the channels, %zu of %zu "
	    "canaries come out otherwise\n", trial.rules, trial.errors,
	    trial.changed, trial.canaries);
	if (is_check) {
		printf("they would do; nothing was changed\n");
		return CLI_OK;
	}
	if (channel_store_commit(update->store, &error) < 0) {
		complain(update, arena_printf(update->arena,
		    "%s; what is in use stays", error));
		return CLI_FAILED;
	}
	printf("in use; 'mailreeve rules rollback' goes back\n");
	update->is_in_use = true;
	return CLI_OK;
}

static int
update_all(struct update *update, const char *config, bool is_check)
{
	const struct setting_list *channels = &update->settings->channels;
	const char *error;

	for (size_t i = 0; i < channels->count; i++) {
		struct channel channel;

		if (channel_parse(update->arena, channels->texts[i], &channel,
		    &error) < 0) {
			cli_error("%s", clean_text(update->arena, error));
			return CLI_USAGE;
		}
		if (update_channel(update, &channel) < 0)
			return CLI_FAILED;
	}
	if (update->taken > 0 &&
	    put_in_use(update, config, is_check) != CLI_OK)
		return CLI_FAILED;
	return update->failed > 0 ? CLI_FAILED : CLI_OK;
}

static int
open_and_update(struct update *update, const char *config, bool is_check)
{
	const struct rules_settings *settings = update->settings;
	struct fetch *fetch = NULL;
	const char *error;
	int status = CLI_FAILED;

	if (channel_store_open(update->arena, settings->channel_directory,
	    &update->store, &error) == 0 && channel_store_begin(update->store,
	    &update->set, &update->work, &error) == 0 &&
	    (fetch = fetch_new(update->arena, settings->channel_ca,
	    isatty(STDERR_FILENO) != 0, &error)) != NULL) {
		update->fetch = (struct channel_fetch){ fetch_get, fetch };
		status = update_all(update, config, is_check);
		if (!is_check)
			channel_store_set_failed(update->store,
			    update->reason);
	} else
		cli_error("%s; what is in use stays",
		    clean_text(update->arena, error));
	fetch_free(&fetch);
	channel_store_close(&update->store);
	return status;
}

/* Behind the lock of the store: a reload may take a while. */
static int
take_up(const struct update *update, const struct conf *conf, int status)
{
	const struct options *options = update->run->options;

	if (!update->is_in_use)
		return status;
	if (options->is_no_reload) {
		printf("the milter takes them up at its next reload\n");
		return status;
	}
	return rules_reload(conf, update->arena) == CLI_OK ? status
							   : CLI_FAILED;
}

static int
run_rules_update(struct command_run *run)
{
	const struct options *options = run->options;
	struct update update = { .run = run, .arena = run->arena };
	struct conf *conf = rules_load_conf(options->config, run->arena);
	int status = CLI_OK;

	log_set_level(LOG_LEVEL_ERROR);
	if (conf == NULL)
		return CLI_USAGE;
	update.settings = conf_get(conf, &rules_section);
	if (update.settings->channels.count == 0)
		printf("no channel is named (rules { channels NAME=URL; }): "
		    "there is nothing to update\n");
	else
		status = take_up(&update, conf, open_and_update(&update,
		    options->config, options->is_check));
	conf_unref(&conf);
	return status;
}

const struct command cmd_rules_update = {
	.name = "rules update",
	.help = "Fetch newer rules of the channels, try them, put them in use.",
	.text = "A channel is what sa-update knows: VERSION.tar.gz with its "
	    ".sha512 and .asc, in a folder behind HTTPS or of this host "
	    "(file:). The setting channels names them. An address that ends "
	    "in MIRRORED.BY is a list of such folders, any one of which is "
	    "asked, and the next one where what it gives cannot be used. "
	    "Which version is the newest a folder says in a file VERSION, or "
	    "by the list of its files; nothing is asked by DNS.\n\n"
	    "What is newer is fetched, its digest and its signature are "
	    "checked (gpgv; the setting keyring), and the rules are tried: "
	    "they must load with no more than channel_errors errors, and no "
	    "more than canary_changes of the canaries may come out otherwise "
	    "than by the rules in use. Canaries are a few messages that come "
	    "with the program and those of the folder that the setting canary "
	    "names: in a folder ham what comes out worse counts, in one spam "
	    "what comes out better, elsewhere either.\n\n"
	    "Then all channels change at once, and the milter that runs reads "
	    "its configuration again, as at a reload; where none runs, that "
	    "is told. Whatever goes wrong before that leaves the rules in "
	    "use as they are, and says so. The version before is kept for "
	    "'rules rollback'.\n\n"
	    "Run it as the user that may write channel_directory; "
	    "mailreeve-rules-update.timer does so once a day.\n\n"
	    "Exit status: 0 when all is up to date, 1 when a channel could "
	    "not be had, its rules were turned down, or the milter has not "
	    "taken them up, 2 when the usage or the configuration is wrong.",
	.examples = "rules update --check\nrules update\n",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.run = run_rules_update,
};
