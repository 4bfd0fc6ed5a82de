/* SPDX-License-Identifier: ISC */
/* setting_list.c - mailreeve setting list: where which policy value stands. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "cli/clean.h"
#include "cli/directory.h"
#include "cli/object.h"
#include "cli/output.h"
#include "directory/directory_walk.h"
#include "mail/policy.h"

struct list_options {
	const char *config;
	bool wants_json;
};

static const struct command_option rows[] = {
	OPTION_CONFIG_ROW(struct list_options, config),
	OPTION_FLAG_ROW("json", struct list_options, wants_json,
	    "Print one line of JSON for each."),
};

/* What is looked for. */
struct search {
	const char *key;		/* NULL: any */
	bool wants_json;
	size_t count;
};

static void
print_line(const struct setting *row, const struct directory_object *object,
    struct arena *arena)
{
	printf("%s: %s %s\n", object_title(object, arena), row->key,
	    object_value(row, object->policy, arena));
}

static void
print_json(const struct setting *row, const struct directory_object *object,
    struct arena *arena)
{
	struct setting named = *row;
	struct json_writer json;
	struct buf out;

	buf_init(&out, arena);
	json_begin(&json, &out);
	json_begin_object(&json, NULL);
	json_put_text(&json, "kind", directory_kind_word(object->kind));
	json_put_text(&json, "name", directory_object_name(object, arena));
	json_put_text(&json, "key", row->key);
	named.key = "value";
	object_put_value(&json, &named, object->policy);
	json_end_object(&json);
	json_end(&json);
	puts(out.data);
}

static int
visit(void *arg, const struct directory_object *object, struct arena *page,
    struct db_error *error_r)
{
	struct search *search = arg;
	size_t count;
	const struct setting *policies = policy_rows(&count);

	(void)error_r;
	for (size_t i = 0; i < count; i++) {
		if (!object->has_policy[i] || (search->key != NULL &&
		    strcmp(search->key, policies[i].key) != 0))
			continue;
		search->count++;
		(search->wants_json ? print_json : print_line)(&policies[i],
		    object, page);
	}
	return 0;
}

static int
check_key(const struct command_run *run)
{
	size_t count;
	const struct setting *policies = policy_rows(&count);

	if (run->arg_count == 0)
		return CLI_OK;
	for (size_t i = 0; i < count; i++)
		if (strcmp(run->args[0], policies[i].key) == 0)
			return CLI_OK;
	cli_error("setting list: there is no policy value '%s'; 'mailreeve "
	    "setting set --help' lists them", clean_text(run->arena,
	    run->args[0]));
	return CLI_USAGE;
}

static int
walk(struct directory *directory, struct search *search, struct arena *arena,
    struct db_error *error_r)
{
	int result = 0;

	if (directory_read_begin(directory, arena, error_r) < 0)
		return -1;
	for (size_t i = 0; result == 0 && directory_kinds[i] != NULL; i++)
		if (directory_kinds[i]->has_policy)
			result = directory_walk(directory, arena,
			    directory_kinds[i], NULL, visit, search, error_r);
	directory_read_end(directory);
	return result;
}

static int
run_list(struct command_run *run)
{
	const struct list_options *options = run->options;
	struct search search = { .wants_json = options->wants_json };
	struct directory *directory;
	struct db_error error;

	if (check_key(run) != CLI_OK)
		return CLI_USAGE;
	if (run->arg_count != 0)
		search.key = run->args[0];
	directory = cli_directory_open(run, options->config, DB_READ);
	if (directory == NULL)
		return CLI_USAGE;
	if (walk(directory, &search, run->arena, &error) < 0) {
		cli_error("%s", error.text);
		return CLI_FAILED;
	}
	if (search.count == 0 && !search.wants_json)
		puts("no policy value is set: the defaults hold for all");
	return CLI_OK;
}

const struct command cmd_setting_list = {
	.name = "setting list",
	.help = "List where which policy value stands: for all, in a class, a "
	    "domain, a user.",
	.text = "With KEY only this one. A user's beats that of his class, "
	    "that the domain's, and that what holds for all.\n\n"
	    "Exit status: 0 when they are listed, 1 when the directory cannot "
	    "be asked, 2 when the words or the configuration are wrong.",
	.examples = "setting list greylist\n",
	.arguments = "[KEY]",
	.max_args = 1,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct list_options),
	.run = run_list,
};
