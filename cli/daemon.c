/* SPDX-License-Identifier: ISC */
/* daemon.c - asking a running daemon over its control socket. */
#include "cli/daemon.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/ctl.h"
#include "cli/config.h"
#include "cli/output.h"
#include "json/read.h"
#include "milter/settings.h"

#define DAEMON_TIMEOUT_MS 10000

static const char *
find_socket(struct command_run *run, const struct daemon_options *options)
{
	const struct milter_settings *settings;
	struct conf *conf;
	const char *path;

	if (options->socket != NULL)
		return options->socket;
	conf = config_load(options->config, run->arena);
	if (conf == NULL)
		return NULL;
	settings = conf_get(conf, &milter_section);
	path = access(settings->ctl_admin, W_OK) < 0 && errno == EACCES
	    ? settings->ctl_plugin : settings->ctl_admin;
	path = arena_strdup(run->arena, path);
	conf_unref(&conf);
	return path;
}

/* The daemon's reason begins with a code, which is for programs. */
static const char *
without_code(const char *error)
{
	const char *blank = strchr(error, ' ');

	return strncmp(error, "not-found ", 10) == 0 ? blank + 1 : error;
}

int
daemon_ask(struct command_run *run, const struct daemon_options *options,
    const char *verb, struct str json, struct str *answer_r,
    const struct node **node_r)
{
	const char *path = find_socket(run, options), *error;

	if (path == NULL)
		return CLI_USAGE;
	if (ctl_ask(path, verb, json, DAEMON_TIMEOUT_MS, run->arena, answer_r,
	    &error) < 0) {
		cli_error("%s", without_code(error));
		return CLI_FAILED;
	}
	*node_r = json_read(run->arena, *answer_r, &error);
	if (*node_r != NULL)
		return CLI_OK;
	cli_error("the daemon at %s answers what is %s", path, error);
	return CLI_FAILED;
}
