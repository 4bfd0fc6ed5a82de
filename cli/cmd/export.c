/* SPDX-License-Identifier: ISC */
/* export.c - mailreeve export: the directory as a text. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "cli/command.h"
#include "cli/directory.h"
#include "cli/output.h"
#include "directory/directory_walk.h"

/* Addresses are nobody's business. */
#define FILE_MODE 0640

struct export_options {
	const char *config;
	const char *domain;
};

static const struct command_option rows[] = {
	OPTION_CONFIG_ROW(struct export_options, config),
	OPTION_TEXT_ROW("domain", struct export_options, domain, "DOMAIN",
	    "Only what belongs to this domain."),
};

struct writing {
	FILE *file;
	const struct directory_kind *last;	/* kind that was written */
};

/* An empty line between one kind and the next. */
static int
write_object(void *arg, const struct directory_object *object,
    struct arena *page, struct db_error *error_r)
{
	struct writing *writing = arg;

	if (writing->last != NULL && writing->last != object->kind)
		putc('\n', writing->file);
	writing->last = object->kind;
	fputs(directory_object_print(object, page), writing->file);
	if (!ferror(writing->file))
		return 0;
	return directory_refuse(page, error_r, "cannot write: %s",
	    strerror(errno));
}

/* One that is mistyped has nothing, which would look like an answer. */
static int
check_domain(struct directory *directory, struct arena *arena,
    const char *domain, struct db_error *error_r)
{
	struct directory_object *found;

	if (domain == NULL)
		return 0;
	if (directory_find(directory, arena, &kind_domain, &domain, &found,
	    error_r) < 0)
		return -1;
	return found != NULL ? 0 : directory_refuse(arena, error_r,
	    "there is no domain %s", domain);
}

/* All of one state. */
static int
write_all(struct directory *directory, struct arena *arena,
    const char *domain, FILE *file, struct db_error *error_r)
{
	struct writing writing = { .file = file };
	int result;

	if (directory_read_begin(directory, arena, error_r) < 0)
		return -1;
	result = check_domain(directory, arena, domain, error_r);
	for (size_t i = 0; result == 0 && directory_kinds[i] != NULL; i++)
		result = directory_walk(directory, arena, directory_kinds[i],
		    domain, write_object, &writing, error_r);
	directory_read_end(directory);
	if (result == 0 && fflush(file) != 0)
		result = directory_refuse(arena, error_r, "cannot write: %s",
		    strerror(errno));
	return result;
}

static int
fail(const char *path)
{
	cli_error("%s: %s", path, strerror(errno));
	return CLI_FAILED;
}

/* Beside the file, which is replaced by all of it. */
static int
export_file(struct directory *directory, struct arena *arena,
    const char *domain, const char *path)
{
	char *beside = arena_printf(arena, "%s.XXXXXX", path);
	int fd = mkstemp(beside);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
	struct db_error error;
	int result = CLI_FAILED;

	if (file == NULL)
		return fail(beside);
	if (write_all(directory, arena, domain, file, &error) < 0)
		cli_error("%s", error.text);
	else if (fchmod(fd, FILE_MODE) < 0 || fsync(fd) < 0 ||
	    rename(beside, path) < 0)
		fail(path);
	else
		result = CLI_OK;
	fclose(file);
	if (result != CLI_OK)
		unlink(beside);
	return result;
}

static int
run_export(struct command_run *run)
{
	const struct export_options *options = run->options;
	struct directory *directory = cli_directory_open(run,
	    options->config, DB_READ);
	struct db_error error;

	if (directory == NULL)
		return CLI_USAGE;
	if (run->arg_count != 0)
		return export_file(directory, run->arena, options->domain,
		    run->args[0]);
	if (write_all(directory, run->arena, options->domain, stdout,
	    &error) == 0)
		return CLI_OK;
	cli_error("%s", error.text);
	return CLI_FAILED;
}

const struct command cmd_export = {
	.name = "export",
	.help = "Write the directory as a text.",
	.text = "In the configuration's format, as 'mailreeve apply' reads it: "
	    "what differs from the defaults, in one order, of one moment. "
	    "Without FILE to standard output; FILE is replaced when all is "
	    "written.\n\n"
	    "With --domain: the domain, its users, aliases and keys, the "
	    "identities of its users, and what is for these alone. Classes and "
	    "throttles are for all, and stand in the whole.\n\n"
	    "Passwords and the keys themselves stand elsewhere. The audit is "
	    "not written.\n\n"
	    "Exit status: 0 when all is written, 1 when it is not, 2 when the "
	    "configuration is wrong.",
	.examples = "export people.conf\n"
	    "export --domain example.org\n",
	.arguments = "[FILE]",
	.max_args = 1,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct export_options),
	.run = run_export,
};
