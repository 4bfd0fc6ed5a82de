/* SPDX-License-Identifier: ISC */
/* directory.c - the directory of the configuration, for the commands. */
#include "cli/directory.h"

#include "base/arena.h"
#include "base/conf.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/output.h"
#include "directory/directory_settings.h"

static void
close_directory(void *arg)
{
	struct directory *directory = arg;

	directory_close(&directory);
}

static void
release_conf(void *arg)
{
	struct conf *conf = arg;

	conf_unref(&conf);
}

/* No mail waits for a command that changes something: it has longer, for others
 * that are changing something, and for a busy server. */
#define WRITER_PATIENCE 10

static const struct directory_settings *
settings_for(const struct directory_settings *settings, enum db_use use,
    struct arena *arena)
{
	struct directory_settings *own;

	if (use == DB_READ)
		return settings;
	own = arena_alloc(arena, sizeof(*own));
	*own = *settings;
	own->timeout_ms *= WRITER_PATIENCE;
	return own;
}

struct directory *
cli_directory_open_with(struct command_run *run, const char *config,
    enum db_use use, const struct conf **conf_r)
{
	struct conf *conf = config_load(config, run->arena);
	const struct directory_settings *settings;
	struct directory *directory;

	if (conf == NULL)
		return NULL;
	arena_on_free(run->arena, release_conf, conf);
	settings = conf_get(conf, &directory_section);
	if (settings->kind == DIRECTORY_NONE) {
		cli_error("the configuration names no directory: write, for "
		    "example, directory { where "
		    "sqlite:/var/lib/mailreeve/directory.db; }");
		return NULL;
	}
	directory = directory_open(settings_for(settings, use, run->arena),
	    use);
	arena_on_free(run->arena, close_directory, directory);
	*conf_r = conf;
	return directory;
}

struct directory *
cli_directory_open(struct command_run *run, const char *config,
    enum db_use use)
{
	const struct conf *conf;

	return cli_directory_open_with(run, config, use, &conf);
}
