/* SPDX-License-Identifier: ISC */
/* mime.c - mailreeve mime: what a message is made of, as its reader sees it. */
#include "cli/mime.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/conf.h"
#include "cli/clean.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/input.h"
#include "cli/output.h"
#include "mime/reader.h"

struct mime_options {
	bool wants_json, wants_text, wants_urls;
	const char *extract;
	const char *config;
};

static const struct command_option rows[] = {
	OPTION_FLAG_ROW("json", struct mime_options, wants_json,
	    "Print everything as one line of JSON."),
	OPTION_FLAG_ROW("text", struct mime_options, wants_text,
	    "Print the texts that a reader sees."),
	OPTION_FLAG_ROW("urls", struct mime_options, wants_urls,
	    "Print the links, and what is odd about them."),
	OPTION_TEXT_ROW("extract", struct mime_options, extract, "DIR",
	    "Write the files that the message carries into this folder, under "
	    "harmless names; nothing there is written over."),
	OPTION_TEXT_ROW("config", struct mime_options, config, "FILE",
	    "Take the limits from this configuration; without it the built-in "
	    "ones hold.", .letter = 'c'),
};

static int
check_options(const struct mime_options *options)
{
	int forms = options->wants_json + options->wants_text +
	    options->wants_urls + (options->extract != NULL);

	if (forms <= 1)
		return 0;
	cli_error("only one of --json, --text, --urls and --extract can be "
	    "given");
	return -1;
}

/* The limits; NULL: the configuration is wrong. conf_r lives as long as they are
 * in use. */
static const struct mime_limits *
find_limits(struct command_run *run, struct conf **conf_r)
{
	const struct mime_options *options = run->options;

	*conf_r = NULL;
	if (options->config == NULL)
		return &mime_default_limits;
	*conf_r = config_load(options->config, run->arena);
	return *conf_r == NULL ? NULL : conf_get(*conf_r, &mime_section);
}

static int
tell(struct command_run *run, const struct mime_story *story)
{
	const struct mime_options *options = run->options;
	struct buf out;
	int status = CLI_OK;

	buf_init(&out, run->arena);
	if (options->extract != NULL &&
	    mime_extract(story, options->extract, &out) > 0)
		status = CLI_FAILED;
	else if (options->wants_json)
		mime_write_json(story, &out);
	else if (options->wants_text)
		mime_write_text(story, &out);
	else if (options->wants_urls)
		mime_write_urls(story, &out);
	else if (options->extract == NULL)
		mime_write_tree(story, &out);
	if (out.len > 0)
		fwrite(out.data, 1, out.len, stdout);
	return status;
}

static int
run_mime(struct command_run *run)
{
	const struct mime_options *options = run->options;
	struct mime_story story = { .has_colour = output_has_colour() };
	const struct mime_limits *limits;
	const char *error;
	struct conf *conf;
	struct str bytes;
	int status = CLI_FAILED;

	if (check_options(options) < 0 ||
	    (limits = find_limits(run, &conf)) == NULL)
		return CLI_USAGE;
	if (input_read(run->args[0], run->arena, &bytes, &error) < 0) {
		cli_error("%s", error);
	} else {
		mime_story_read(&story, run->arena, run->args[0], bytes,
		    limits, options->extract != NULL);
		status = tell(run, &story);
	}
	conf_unref(&conf);
	return status;
}

const struct command cmd_mime = {
	.name = "mime",
	.help = "Show what a message is made of, as its reader sees it.",
	.text = "Takes a stored message apart as the milter does and as mail "
	    "programs would show it: every part with its type, charset, name "
	    "and size, and each oddity of how it is built.\n\n"
	    "With --text, what a reader sees, of HTML too: hidden text is left "
	    "out, and counted in the tree. With --urls, where the links "
	    "lead. Nothing is fetched.\n\n"
	    "The exit status is 1 when the file cannot be read, or when a file "
	    "could not be extracted.",
	.arguments = "FILE",
	.min_args = 1,
	.max_args = 1,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct mime_options),
	.run = run_mime,
};
