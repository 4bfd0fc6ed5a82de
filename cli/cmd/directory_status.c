/* SPDX-License-Identifier: ISC */
/* directory_status.c - mailreeve directory status: is it there, what is in it? */
#include <inttypes.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/json.h"
#include "cli/command.h"
#include "cli/directory.h"
#include "cli/object_command.h"
#include "cli/output.h"
#include "directory/schema.h"

struct status_options {
	const char *config;
	bool wants_json;
};

static const struct command_option rows[] = {
	OPTION_CONFIG_ROW(struct status_options, config),
	OPTION_FLAG_ROW("json", struct status_options, wants_json,
	    "Print one line of JSON."),
};

struct directory_facts {
	const char *database;
	int64_t generation;
	int64_t *counts;		/* of each kind */
};

/* All of one state. */
static int
collect(struct directory *directory, struct arena *arena,
    struct directory_facts *facts, struct db_error *error_r)
{
	size_t kinds = 0;
	int result;

	while (directory_kinds[kinds] != NULL)
		kinds++;
	facts->database = db_name(directory_db(directory));
	facts->counts = arena_zalloc(arena, kinds * sizeof(*facts->counts));
	if (directory_read_begin(directory, arena, error_r) < 0)
		return -1;
	result = directory_generation(directory, arena, &facts->generation,
	    error_r);
	for (size_t i = 0; result == 0 && i < kinds; i++)
		result = directory_count(directory, arena, directory_kinds[i],
		    NULL, &facts->counts[i], error_r);
	directory_read_end(directory);
	return result;
}

static void
print_json(const struct directory_facts *facts, struct buf *out)
{
	struct json_writer json;

	json_begin(&json, out);
	json_begin_object(&json, NULL);
	json_put_text(&json, "database", facts->database);
	json_put_int(&json, "schema", schema_current());
	json_put_int(&json, "generation", facts->generation);
	json_begin_object(&json, "objects");
	for (size_t i = 0; directory_kinds[i] != NULL; i++)
		json_put_int(&json, directory_kinds[i]->name,
		    facts->counts[i]);
	json_end_object(&json);
	json_end_object(&json);
	json_end(&json);
	buf_add_char(out, '\n');
}

static void
print_table(const struct directory_facts *facts, struct buf *out)
{
	struct arena *arena = out->arena;
	struct table table;

	table_init(&table, arena, 2);
	table_add(&table, "database", facts->database);
	table_add(&table, "schema", arena_printf(arena, "%" PRId64,
	    schema_current()));
	table_add(&table, "generation", arena_printf(arena, "%" PRId64,
	    facts->generation));
	for (size_t i = 0; directory_kinds[i] != NULL; i++)
		if (facts->counts[i] != 0)
			table_add(&table,
			    object_is_single(directory_kinds[i]) ? "setting" :
			    directory_kinds[i]->plural,
			    arena_printf(arena, "%" PRId64,
			    facts->counts[i]));
	table_print(&table, out);
}

static int
run_status(struct command_run *run)
{
	const struct status_options *options = run->options;
	struct directory *directory = cli_directory_open(run,
	    options->config, DB_READ);
	struct directory_facts facts;
	struct db_error error;
	struct buf out;

	if (directory == NULL)
		return CLI_USAGE;
	if (collect(directory, run->arena, &facts, &error) < 0) {
		cli_error("%s", error.text);
		return CLI_FAILED;
	}
	buf_init(&out, run->arena);
	if (options->wants_json)
		print_json(&facts, &out);
	else
		print_table(&facts, &out);
	fputs(out.data, stdout);
	return CLI_OK;
}

const struct command cmd_directory_status = {
	.name = "directory status",
	.help = "Show whether the directory can be asked, and what is in it.",
	.text = "The generation moves with each change.\n\n"
	    "Exit status: 0 when it can be asked, 1 when it cannot, 2 when the "
	    "configuration is wrong.",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct status_options),
	.run = run_status,
};
