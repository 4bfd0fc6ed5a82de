/* SPDX-License-Identifier: ISC */
/* audit.c - mailreeve audit: who changed what in the directory, and when. */
#include <stdio.h>

#include "base/arena.h"
#include "base/str.h"
#include "cli/clean.h"
#include "cli/directory.h"
#include "cli/object.h"
#include "cli/output.h"

#define LIMIT_DEFAULT 50
#define PAGE 500

struct audit_options {
	const char *config;
	const char *limit;
	bool wants_json;
};

static const struct command_option rows[] = {
	OPTION_TEXT_ROW("limit", struct audit_options, limit, "N",
	    "So many changes, instead of 50."),
	OPTION_CONFIG_ROW(struct audit_options, config),
	OPTION_FLAG_ROW("json", struct audit_options, wants_json,
	    "Print one line of JSON for each."),
};

/* What is looked for. */
struct search {
	const char *kind, *name;	/* NULL: all */
	uint64_t left;
	int64_t below;
};

static int
read_name(struct command_run *run, struct search *search)
{
	const struct directory_kind *kind;
	const char *reason;
	size_t words;

	if (run->arg_count == 0)
		return CLI_OK;
	kind = object_kind_find(run->args[0]);
	if (kind == NULL) {
		cli_error("audit: there is no kind of objects '%s'; "
		    "'mailreeve help' lists them", clean_text(run->arena,
		    run->args[0]));
		return CLI_USAGE;
	}
	words = object_name_words(kind);
	if (run->arg_count != 1 + words) {
		cli_error("audit: the name is missing, or too long: mailreeve "
		    "audit %s %s", run->args[0], object_arguments(kind,
		    run->arena));
		return CLI_USAGE;
	}
	search->kind = kind->name;
	search->name = object_spelled_name(kind, words != 0 ? run->args + 1 :
	    &kind->rows[0].default_text, run->arena, &reason);
	if (search->name != NULL)
		return CLI_OK;
	cli_error("audit: %s", reason);
	return CLI_USAGE;
}

static int
read_limit(const struct audit_options *options, struct search *search)
{
	search->left = LIMIT_DEFAULT;
	if (options->limit == NULL || (str_to_u64(str_from(options->limit),
	    UINT64_MAX, &search->left) == 0 && search->left != 0))
		return CLI_OK;
	cli_error("audit: --limit takes a number from 1 on, not '%s'",
	    options->limit);
	return CLI_USAGE;
}

/* "2026-11-21 20:31:07 UTC, root(ann): set user …" */
static void
print_entry(struct buf *out, const struct directory_audit *entry)
{
	const char *at = clean_text(out->arena, entry->at);

	if (strlen(at) > strlen("2026-11-21T20:31:07"))
		at = arena_printf(out->arena, "%.10s %.8s UTC", at, at + 11);
	buf_printf(out, "%s, %s: ", at, clean_text(out->arena, entry->who));
	object_audit_print(out, entry, true);
}

/* 1: there may be more. */
static int
print_page(struct directory *directory, const struct audit_options *options,
    struct search *search, struct arena *arena, struct db_error *error_r)
{
	size_t limit = search->left < PAGE ? search->left : PAGE;
	struct vec entries;
	struct buf out;

	vec_init(&entries, arena, sizeof(struct directory_audit));
	buf_init(&out, arena);
	if (directory_audit_list(directory, arena, search->kind,
	    search->name, search->below, limit, &entries, error_r) < 0)
		return -1;
	for (size_t i = 0; i < entries.len; i++) {
		const struct directory_audit *entry = vec_at(&entries, i);

		if (options->wants_json)
			object_audit_json(&out, entry);
		else
			print_entry(&out, entry);
		search->below = entry->id;
	}
	fputs(out.data, stdout);
	search->left -= entries.len;
	return entries.len == limit && search->left != 0;
}

static int
run_audit(struct command_run *run)
{
	const struct audit_options *options = run->options;
	struct search search = { 0 };
	struct directory *directory;
	struct db_error error;
	int result;

	if (read_name(run, &search) != CLI_OK ||
	    read_limit(options, &search) != CLI_OK)
		return CLI_USAGE;
	directory = cli_directory_open(run, options->config, DB_READ);
	if (directory == NULL)
		return CLI_USAGE;
	do {
		struct arena *arena = arena_new(0);

		result = print_page(directory, options, &search, arena,
		    &error);
		if (result < 0)
			cli_error("%s", error.text);
		arena_free(&arena);
	} while (result > 0);
	return result == 0 ? CLI_OK : CLI_FAILED;
}

const struct command cmd_audit = {
	.name = "audit",
	.help = "Show who changed what in the directory, the newest first.",
	.text = "Each change of each object is one entry, with the values "
	    "before and after. KIND and NAME tell one object, by the name "
	    "that it had: `audit user ann@example.org`.\n\n"
	    "Who has made a change is the user of this host; behind sudo "
	    "root(NAME).\n\n"
	    "Exit status: 0 when it is printed, 1 when the directory cannot "
	    "be asked, 2 when the words or the configuration are wrong.",
	.examples = "audit --limit 10\n"
	    "audit user ann@example.org\n",
	.arguments = "[KIND NAME...]",
	.max_args = 3,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct audit_options),
	.run = run_audit,
};
