/* SPDX-License-Identifier: ISC */
/* apply.c - mailreeve apply: the directory made what a file says. */
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "cli/applying.h"
#include "cli/command.h"
#include "cli/input.h"
#include "cli/output.h"
#include "directory/directory_text.h"

struct apply_options {
	const char *config;
	const char *domain;
	bool is_dry_run;
	bool wants_prune;
	bool is_sure;
	bool wants_json;
};

static const struct command_option rows[] = {
	OPTION_CONFIG_ROW(struct apply_options, config),
	OPTION_FLAG_ROW("dry-run", struct apply_options, is_dry_run,
	    "Show what would change, and change nothing.", .letter = 'n'),
	OPTION_FLAG_ROW("prune", struct apply_options, wants_prune,
	    "Remove what the file does not name."),
	OPTION_TEXT_ROW("domain", struct apply_options, domain, "DOMAIN",
	    "With --prune: remove only what belongs to this domain."),
	OPTION_FLAG_ROW("yes", struct apply_options, is_sure,
	    "Do not ask before something is removed.", .letter = 'y'),
	OPTION_FLAG_ROW("json", struct apply_options, wants_json,
	    "Print one line of JSON."),
};

/* Standard input, a pipe that the shell has made: what can be read once, and
 * has nothing beside it. */
static bool
is_stream(const char *path)
{
	struct stat st;

	return strcmp(path, "-") == 0 || (stat(path, &st) == 0 &&
	    !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode));
}

static int
read_objects(struct command_run *run, struct vec *objects)
{
	const char *path = run->args[0], *error;
	struct vec warnings;
	struct str text;
	int result;

	vec_init(objects, run->arena, sizeof(struct directory_text));
	vec_init(&warnings, run->arena, sizeof(const char *));
	if (!is_stream(path))
		result = directory_text_load(path, run->arena, objects,
		    &warnings, &error);
	else if (input_read(path, run->arena, &text, &error) < 0)
		result = -1;
	else
		result = directory_text_parse(strcmp(path, "-") == 0 ?
		    "stdin" : path, text, run->arena, objects, &warnings,
		    &error);
	for (size_t i = 0; i < warnings.len; i++)
		cli_error("%s", *(const char **)vec_at(&warnings, i));
	if (result == 0)
		return CLI_OK;
	cli_error("%s", error);
	return CLI_FAILED;
}

/* Options that make no sense together. */
static const char *
judge_options(const struct apply_options *options)
{
	if (options->domain != NULL && !options->wants_prune)
		return "--domain says what --prune may remove";
	if (options->wants_json && options->wants_prune &&
	    !options->is_sure && !options->is_dry_run)
		return "--json asks nothing: --prune needs --yes, or --dry-run";
	return NULL;
}

static int
run_apply(struct command_run *run)
{
	const struct apply_options *options = run->options;
	const char *reason = judge_options(options);
	struct vec objects;
	const struct applying applying = {
		.objects = &objects,
		.config = options->config,
		.is_dry_run = options->is_dry_run,
		.wants_json = options->wants_json,
		.wants_prune = options->wants_prune,
		.domain = options->domain,
		.is_sure = options->is_sure,
	};

	if (reason != NULL) {
		cli_error("apply: %s", reason);
		return CLI_USAGE;
	}
	return read_objects(run, &objects) != CLI_OK ? CLI_FAILED :
	    applying_run(run, &applying);
}

const struct command cmd_apply = {
	.name = "apply",
	.help = "Make the directory what a file says.",
	.text = "FILE (-: standard input) has objects as 'mailreeve export' "
	    "writes them: 'user ann@example.org { class staff; }', in any "
	    "order; 'include \"people/*.conf\";' takes in others. Each object "
	    "becomes what stands there, all of it: a value that the file does "
	    "not name goes back to its default. Objects that the file does not "
	    "name stay, or go with --prune.\n\n"
	    "All is done, in one piece, or nothing: also when the command is "
	    "ended halfway. What is as it should be is left alone, so a second "
	    "run changes nothing; the audit has one row for each object that "
	    "changed.\n\n"
	    "What belongs to a domain: the domain, its users, aliases and "
	    "keys, the identities of its users, and what is for these alone "
	    "(access entries, disclaimers, header rules, administrators).\n\n"
	    "With --json: changed (true or false), dry_run, added, set, "
	    "removed, unchanged, and changes, each with action, kind, name, "
	    "before and after. So Ansible knows: changed_when: (out.stdout | "
	    "from_json).changed.\n\n"
	    "Exit status: 0 when the directory is as the file says (with "
	    "--dry-run: could be), 1 when it could not be made so, and is as "
	    "it was, 2 when the command or the configuration is wrong.",
	.examples = "apply --dry-run people.conf\n"
	    "apply --prune --domain example.org people.conf\n",
	.arguments = "FILE",
	.min_args = 1,
	.max_args = 1,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct apply_options),
	.run = run_apply,
};
