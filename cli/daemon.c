/* SPDX-License-Identifier: ISC */
/* daemon.c - asking the running daemons over their control sockets. */
#include "cli/daemon.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "avscan/settings.h"
#include "base/arena.h"
#include "base/conf.h"
#include "base/ctl.h"
#include "base/json.h"
#include "cli/config.h"
#include "cli/output.h"
#include "json/read.h"
#include "milter/settings.h"
#include "policyd/settings.h"

#define DAEMON_TIMEOUT_MS 10000
#define NOT_FOUND "not-found "

/* Those that may run here, and where their settings have what all of them have. */
enum { MILTER, POLICYD, AVSCAN };
static const struct daemon {
	const struct section *section;
	size_t common;
} daemons[] = {
	[MILTER] = { &milter_section, offsetof(struct milter_settings,
	    common) },
	[POLICYD] = { &policyd_section, offsetof(struct policyd_settings,
	    common) },
	[AVSCAN] = { &avscan_section, offsetof(struct avscan_settings,
	    common) },
};

/* The two sockets of a daemon. */
struct sockets {
	const char *admin, *plugin;
	bool is_configured;
};

static struct sockets
sockets_of(const struct daemon *daemon, const struct conf *conf)
{
	const char *settings = conf_get(conf, daemon->section);
	const struct daemon_settings *common =
	    (const struct daemon_settings *)(settings + daemon->common);

	return (struct sockets){ common->ctl_admin, common->ctl_plugin,
		conf_origin(conf, settings, NULL) != NULL };
}

static void
add_path(struct daemon_answers *answers, struct arena *arena, const char *path)
{
	answers->items[answers->count++] = (struct daemon_answer){
	    .path = arena_strdup(arena, path) };
}

static void
add_sockets(struct daemon_answers *answers, struct arena *arena,
    const struct sockets *sockets)
{
	add_path(answers, arena, access(sockets->admin, W_OK) < 0 &&
	    errno == EACCES ? sockets->plugin : sockets->admin);
}

static bool
is_here(const struct sockets *sockets)
{
	return sockets->is_configured || access(sockets->admin, F_OK) == 0;
}

int
daemon_find(struct command_run *run, const struct daemon_options *options,
    struct daemon_answers *answers_r)
{
	struct sockets all[ARRAY_LEN(daemons)];
	struct conf *conf;

	answers_r->count = 0;
	if (options->socket != NULL) {
		add_path(answers_r, run->arena, options->socket);
		return CLI_OK;
	}
	conf = config_load(options->config, run->arena);
	if (conf == NULL)
		return CLI_USAGE;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		all[i] = sockets_of(&daemons[i], conf);
		if (is_here(&all[i]))
			add_sockets(answers_r, run->arena, &all[i]);
	}
	if (answers_r->count == 0)
		add_sockets(answers_r, run->arena, &all[0]);
	conf_unref(&conf);
	return CLI_OK;
}

int
daemon_find_policyd(struct command_run *run,
    const struct daemon_options *options, struct daemon_answers *answers_r)
{
	struct sockets policyd;
	struct conf *conf;

	answers_r->count = 0;
	if (options->socket != NULL) {
		add_path(answers_r, run->arena, options->socket);
		return CLI_OK;
	}
	conf = config_load(options->config, run->arena);
	if (conf == NULL)
		return CLI_USAGE;
	policyd = sockets_of(&daemons[POLICYD], conf);
	add_path(answers_r, run->arena, policyd.admin);
	conf_unref(&conf);
	return CLI_OK;
}

static void
ask_one(struct command_run *run, struct daemon_answer *answer,
    const char *verb, struct str json)
{
	const char *error;

	answer->error = NULL;
	answer->is_not_found = false;
	if (ctl_ask(answer->path, verb, json, DAEMON_TIMEOUT_MS, run->arena,
	    &answer->text, &error) < 0) {
		/* Its reason begins with a code, which is for programs. */
		answer->is_not_found = strncmp(error, NOT_FOUND,
		    sizeof(NOT_FOUND) - 1) == 0;
		answer->error = answer->is_not_found
		    ? error + sizeof(NOT_FOUND) - 1 : error;
		return;
	}
	answer->node = json_read(run->arena, answer->text, &error);
	if (answer->node == NULL)
		answer->error = arena_printf(run->arena, "the daemon at %s "
		    "answers what is %s", answer->path, error);
}

void
daemon_ask(struct command_run *run, struct daemon_answers *answers,
    const char *verb, struct str json)
{
	for (size_t i = 0; i < answers->count; i++)
		ask_one(run, &answers->items[i], verb, json);
}

size_t
daemon_complain(const struct daemon_answers *answers)
{
	size_t count = 0;

	for (size_t i = 0; i < answers->count; i++) {
		const struct daemon_answer *answer = &answers->items[i];

		if (answer->error == NULL || answer->is_not_found)
			continue;
		cli_error("%s", answer->error);
		count++;
	}
	return count;
}

void
daemon_ask_why(struct command_run *run, struct daemon_answers *answers,
    const char *id)
{
	struct json_writer json;
	struct buf request;

	buf_init(&request, run->arena);
	json_begin(&json, &request);
	json_begin_object(&json, NULL);
	json_put_text(&json, "id", id);
	json_end_object(&json);
	json_end(&json);
	daemon_ask(run, answers, "why", buf_str(&request));
}
