/* SPDX-License-Identifier: ISC */
/* import.c - mailreeve import: people of another system, taken over. */
#include "directory/import.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "cli/applying.h"
#include "cli/clean.h"
#include "cli/command.h"
#include "cli/input.h"
#include "cli/output.h"
#include "directory/directory_text.h"

struct import_options {
	const char *config;
	const char *from;
	bool wants_apply;
	bool wants_json;
};

static const struct command_option rows[] = {
	OPTION_CONFIG_ROW(struct import_options, config),
	OPTION_TEXT_ROW("from", struct import_options, from, "SYSTEM",
	    "postfixadmin-sql, mailcow-sql, postfix-virtual or passwd-file."),
	OPTION_FLAG_ROW("apply", struct import_options, wants_apply,
	    "Put the objects into the directory, instead of printing them."),
	OPTION_FLAG_ROW("json", struct import_options, wants_json,
	    "With --apply: print one line of JSON, as 'mailreeve apply' "
	    "does."),
};

/* --- the source ------------------------------------------------------------ */

static const struct importer *
find_importer(struct command_run *run, const char *name)
{
	const struct importer *importer = name == NULL ? NULL :
	    importer_find(name);
	struct buf known;

	if (importer != NULL)
		return importer;
	buf_init(&known, run->arena);
	for (size_t i = 0; importers[i] != NULL; i++)
		buf_printf(&known, "%s%s", i != 0 ? ", " : "",
		    importers[i]->name);
	if (name == NULL)
		cli_error("import: --from says which system it is: %s",
		    known.data);
	else
		cli_error("import: '%s' is none of the systems: %s", name,
		    known.data);
	return NULL;
}

static bool
is_database(const char *source)
{
	return strncmp(source, "sqlite:", 7) == 0 ||
	    strncmp(source, "pgsql:", 6) == 0;
}

static int
read_source(struct command_run *run, const struct importer *importer,
    struct import *import)
{
	const char *source = run->args[0], *error;
	struct str text = { 0 };

	if (!is_database(source) && input_read(source, run->arena, &text,
	    &error) < 0) {
		cli_error("%s", error);
		return CLI_FAILED;
	}
	if (import_run(import, importer, strcmp(source, "-") == 0 ? "stdin" :
	    source, text, run->arena) == 0)
		return CLI_OK;
	cli_error("%s", import->error);
	return CLI_FAILED;
}

/* --- what came of it ------------------------------------------------------- */

/* As comments, so that all of it is a text for `mailreeve apply`. */
static void
print_left(const struct import *import, FILE *file, const char *prefix)
{
	for (size_t i = 0; i < import->left.len; i++)
		fprintf(file, "%snot carried over: %s\n", prefix,
		    clean_text(import->arena, *(const char **)vec_at(
		    &import->left, i)));
}

static void
print_objects(const struct import *import)
{
	const struct directory_kind *last = NULL;

	for (size_t i = 0; i < import->objects.len; i++) {
		const struct directory_text *text =
		    vec_at(&import->objects, i);
		struct arena *arena = arena_new(0);

		if (last != NULL && last != text->object->kind)
			putchar('\n');
		last = text->object->kind;
		fputs(directory_object_print(text->object, arena), stdout);
		arena_free(&arena);
	}
	if (last != NULL && import->left.len != 0)
		putchar('\n');
	print_left(import, stdout, "# ");
}

static int
run_import(struct command_run *run)
{
	const struct import_options *options = run->options;
	const struct importer *importer = find_importer(run, options->from);
	struct import import;
	const struct applying applying = {
		.objects = &import.objects,
		.config = options->config,
		.wants_json = options->wants_json,
	};
	int result;

	if (importer == NULL)
		return CLI_USAGE;
	result = read_source(run, importer, &import);
	if (result != CLI_OK)
		return result;
	if (!options->wants_apply) {
		print_objects(&import);
		return CLI_OK;
	}
	print_left(&import, stderr, "");
	return applying_run(run, &applying);
}

const struct command cmd_import = {
	.name = "import",
	.help = "Take people over from another system.",
	.text = "Without --apply it prints the objects that it would make, as "
	    "'mailreeve apply' reads them, and as comments what it cannot "
	    "carry over: look at it, change it, apply it. With --apply they "
	    "are put into the directory, all or none, as with 'mailreeve "
	    "apply'; what is not carried over is told on standard error.\n\n"
	    "postfixadmin-sql: SOURCE is a dump of its database (mysqldump, "
	    "sqlite3 .dump, pg_dump --inserts), or the database: "
	    "sqlite:/PATH, \"pgsql:host=NAME dbname=NAME\".\n\n"
	    "mailcow-sql: a dump (mysqldump) of its database.\n\n"
	    "postfix-virtual: the text files behind virtual_mailbox_domains, "
	    "virtual_mailbox_maps and virtual_alias_maps, one or all in one "
	    "(cat them to -). Domains that no line names are made as well.\n\n"
	    "passwd-file: that of Dovecot, with names like ann@example.org.\n\n"
	    "Passwords are never taken over: what asks for them now goes on to "
	    "do so. Forwards of people who have a mailbox become Sieve scripts, "
	    "which each of them, or you, must write.\n\n"
	    "Exit status: 0 when it is read (with --apply: and done), 1 when "
	    "it is not, 2 when the command or the configuration is wrong.",
	.examples = "import --from postfixadmin-sql dump.sql\n"
	    "import --from passwd-file /etc/dovecot/users --apply\n",
	.arguments = "SOURCE",
	.min_args = 1,
	.max_args = 1,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct import_options),
	.run = run_import,
};
