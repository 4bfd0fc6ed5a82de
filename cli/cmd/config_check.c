/* SPDX-License-Identifier: ISC */
/* config_check.c - mailreeve config check: would a daemon start with this? */
#include "base/arena.h"
#include "base/conf.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/consulting.h"
#include "cli/doubts.h"
#include "cli/output.h"
#include "mail/txn.h"
#include "milter/engine.h"
#include "policyd/rulebook.h"

struct options {
	const char *config;
};

static const struct command_option rows[] = {
	OPTION_CONFIG_ROW(struct options, config),
};

/* All that follows from a configuration. */
struct checked {
	struct snapshot *snapshot;
	struct rulebook *rulebook;
	const char *trouble;		/* with the directory; NULL: none */
};

static void
drop(struct checked *checked)
{
	rulebook_unref(&checked->rulebook);
	snapshot_unref(&checked->snapshot);
}

/* Key files, networks and maps: what only shows when it is used. A second time
 * with the lists of the directory, and the rules that are loaded. */
static int
build(struct checked *checked, struct conf *conf, struct lists *lists,
    struct arena *arena, const char **error_r)
{
	struct snapshot *first = checked->snapshot;

	checked->snapshot = first == NULL
	    ? snapshot_new(conf, false, arena, error_r)
	    : snapshot_new_again(first, lists, arena, error_r);
	snapshot_unref(&first);
	rulebook_unref(&checked->rulebook);
	if (checked->snapshot != NULL)
		checked->rulebook = rulebook_new_with(conf, lists, arena,
		    error_r);
	return checked->rulebook != NULL ? 0 : -1;
}

/* With the keys, access entries and throttles of the directory. Daemons start
 * without it, so that it cannot be asked is no error. */
static int
build_all(struct checked *checked, struct conf *conf, struct arena *arena,
    const char **error_r)
{
	struct consulting consulting;
	int result;

	if (build(checked, conf, NULL, arena, error_r) < 0)
		return -1;
	if (consulting_begin(&consulting, conf, snapshot_site(
	    checked->snapshot)->recipient_delimiter, arena,
	    &checked->trouble) < 0)
		return 0;
	checked->trouble = NULL;
	result = consulting.lists == NULL ? 0 : build(checked, conf,
	    consulting.lists, arena, error_r);
	consulting_end(&consulting);
	return result;
}

static void
print_warning(const char *text)
{
	output_print(STYLE_WARN, "warning: ");
	output_print(STYLE_PLAIN, "%s\n", text);
}

/* What the directory has that does not work. */
static size_t
print_doubts(const struct conf *conf, struct arena *arena)
{
	struct vec doubts;

	vec_init(&doubts, arena, sizeof(const char *));
	doubts_of_all(conf, arena, &doubts);
	for (size_t i = 0; i < doubts.len; i++)
		print_warning(*(const char **)vec_at(&doubts, i));
	return doubts.len;
}

static void
print_degraded(const char *text)
{
	output_print(STYLE_WARN, "degraded: ");
	output_print(STYLE_PLAIN, "%s\n", text);
}

/* What is allowed but odd, and what would not work. The number of lines. */
static size_t
print_warnings(const struct conf *conf, const struct checked *checked,
    struct arena *arena)
{
	size_t count = 0;
	const char *text;

	for (size_t i = 0; (text = conf_warning(conf, i)) != NULL; i++) {
		print_warning(text);
		count++;
	}
	if (checked->trouble != NULL) {
		print_degraded(checked->trouble);
		count++;
	} else {
		count += print_doubts(conf, arena);
	}
	for (size_t i = 0; (text = snapshot_degraded(checked->snapshot, i)) != NULL;
	    i++) {
		print_degraded(text);
		count++;
	}
	return count;
}

static int
run_check(struct command_run *run)
{
	const struct options *options = run->options;
	struct conf *conf = config_load(options->config, run->arena);
	struct checked checked = { 0 };
	const char *error;
	size_t warnings;

	if (conf == NULL)
		return CLI_USAGE;
	log_set_level(LOG_LEVEL_ERROR);
	if (build_all(&checked, conf, run->arena, &error) < 0) {
		cli_error("%s", error);
		drop(&checked);
		conf_unref(&conf);
		return CLI_USAGE;
	}
	warnings = print_warnings(conf, &checked, run->arena);
	output_print(STYLE_GOOD, "ok");
	if (warnings != 0)
		output_print(STYLE_PLAIN, ", with %zu warning%s", warnings,
		    warnings == 1 ? "" : "s");
	output_print(STYLE_PLAIN, "\n");
	drop(&checked);
	conf_unref(&conf);
	return CLI_OK;
}

const struct command cmd_config_check = {
	.name = "config check",
	.help = "Check the configuration and all that it names.",
	.text = "Reads the configuration as the daemons would, with every "
	    "file that it includes, and loads keys, networks and maps. Prints "
	    "\"ok\", after warnings about what is allowed but odd and about "
	    "what would not work, such as a signing key that is gone, `limits` "
	    "for a throttle that nobody knows, or a directory that cannot be "
	    "asked or has another schema: then what to run.\n\n"
	    "An error names file, line and column, and the remedy; the exit "
	    "status is then 2.",
	.examples = "config check -c new.conf\n",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.run = run_check,
};
