/* SPDX-License-Identifier: ISC */
/* object_list.c - mailreeve KIND list: the objects of a kind, one on a line. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "cli/clean.h"
#include "cli/object.h"
#include "cli/output.h"

/* So many are in memory at a time; the columns of each page fit each other. */
#define PAGE 1000

static const struct command_option rows[] = {
	OPTION_TEXT_ROW("domain", struct object_options, domain, "DOMAIN",
	    "Only those of this domain."),
	OPTION_TEXT_ROW("prefix", struct object_options, prefix, "TEXT",
	    "Only those whose names begin so."),
	OPTION_TEXT_ROW("limit", struct object_options, limit, "N",
	    "At most so many."),
	OBJECT_OPTION_CONFIG,
	OBJECT_OPTION_JSON("Print one line of JSON for each."),
};

static bool
takes(const struct directory_kind *kind, const char *option)
{
	return strcmp(option, "domain") != 0 || (kind->domain_key != NULL &&
	    kind != &kind_domain);
}

/* A list that is printed. */
struct listing {
	struct object_job *job;
	struct directory_query query;
	uint64_t left;			/* so many may still come */
	uint64_t count;
	const char **last;		/* the key of the last one */
};

/* --- one page -------------------------------------------------------------- */

static void
add_name(struct table *table, const struct directory_object *object)
{
	const struct directory_kind *kind = object->kind;

	for (size_t i = 0; i < kind->key_count; i++)
		*(const char **)vec_push(&table->cells) = object_value(
		    &kind->rows[i], object->values, table->arena);
}

static void
add_line(struct table *table, const struct directory_object *object)
{
	struct arena *arena = table->arena;
	const char *status = object_status(object, arena);
	const char *settings = object_settings(object, arena);

	add_name(table, object);
	if (status != NULL)
		settings = arena_printf(arena, "%s %s", output_style(arena,
		    output_has_colour(), STYLE_WARN, status), settings);
	*(const char **)vec_push(&table->cells) = settings;
}

static void
print_table(const struct vec *objects, const struct directory_kind *kind)
{
	struct table table;
	struct buf out;

	buf_init(&out, objects->arena);
	table_init(&table, objects->arena, kind->key_count + 1);
	for (size_t i = 0; i < objects->len; i++)
		add_line(&table, *(struct directory_object **)vec_at(objects,
		    i));
	table_print(&table, &out);
	fputs(out.data, stdout);
}

static void
print_json(const struct vec *objects)
{
	struct json_writer json;
	struct buf out;

	buf_init(&out, objects->arena);
	for (size_t i = 0; i < objects->len; i++) {
		json_begin(&json, &out);
		json_begin_object(&json, NULL);
		object_put_json(&json, *(struct directory_object **)vec_at(
		    objects, i));
		json_end_object(&json);
		json_end(&json);
		buf_add_char(&out, '\n');
	}
	fputs(out.data, stdout);
}

/* Where the next page begins: it outlives this one's arena. */
static void
remember(struct listing *listing, const struct directory_object *object)
{
	const struct directory_kind *kind = object->kind;

	for (size_t i = 0; i < kind->key_count; i++)
		listing->last[i] = arena_strdup(listing->job->arena,
		    *(const char *const *)(const void *)((const char *)
		    object->values + kind->rows[i].offset));
	listing->query.after = listing->last;
}

/* 1: there may be more. */
static int
print_page(struct listing *listing, struct arena *arena)
{
	struct object_job *job = listing->job;
	struct vec objects;

	listing->query.limit = listing->left < PAGE ? listing->left : PAGE;
	vec_init(&objects, arena, sizeof(struct directory_object *));
	if (directory_list(job->directory, arena, job->kind, &listing->query,
	    &objects, &job->error) < 0) {
		job->error.text = arena_strdup(job->arena, job->error.text);
		return -1;
	}
	if (objects.len == 0)
		return 0;
	if (job->options->wants_json)
		print_json(&objects);
	else
		print_table(&objects, job->kind);
	remember(listing, *(struct directory_object **)vec_at(&objects,
	    objects.len - 1));
	listing->count += objects.len;
	listing->left -= objects.len;
	return objects.len == listing->query.limit && listing->left != 0;
}

/* --- all ------------------------------------------------------------------- */

/* "3 users", "20 of 345 users". */
static int
print_count(const struct listing *listing)
{
	struct object_job *job = listing->job;
	int64_t all = (int64_t)listing->count;

	if (listing->query.prefix == NULL && directory_count(job->directory,
	    job->arena, job->kind, listing->query.domain, &all,
	    &job->error) < 0)
		return -1;
	if ((uint64_t)all != listing->count)
		printf("%" PRIu64 " of ", listing->count);
	printf("%" PRId64 " %s\n", all, all == 1 ?
	    directory_kind_word(job->kind) : job->kind->plural);
	return 0;
}

static int
print_all(struct listing *listing)
{
	int result;

	do {
		struct arena *arena = arena_new(0);

		result = print_page(listing, arena);
		arena_free(&arena);
	} while (result > 0);
	if (result == 0 && !listing->job->options->wants_json)
		result = print_count(listing);
	return result;
}

static int
read_limit(struct listing *listing)
{
	const char *limit = listing->job->options->limit;

	listing->left = UINT64_MAX;
	if (limit == NULL || (str_to_u64(str_from(limit), UINT64_MAX,
	    &listing->left) == 0 && listing->left != 0))
		return CLI_OK;
	cli_error("%s: --limit takes a number from 1 on, not '%s'",
	    listing->job->run->command->name, limit);
	return CLI_USAGE;
}

static int
run_list(struct command_run *run)
{
	const struct object_options *options = run->options;
	struct object_job job = { .run = run, .options = options };
	struct listing listing = { .job = &job };
	int result;

	if (read_limit(&listing) != CLI_OK ||
	    object_job_begin(&job, run, DB_READ) != CLI_OK)
		return CLI_USAGE;
	listing.query.domain = options->domain;
	if (options->prefix != NULL)
		listing.query.prefix = str_dup_lower(run->arena,
		    str_from(options->prefix));
	listing.last = arena_zalloc(run->arena,
	    job.kind->key_count * sizeof(*listing.last));
	if (directory_read_begin(job.directory, job.arena, &job.error) < 0)
		return object_job_fail(&job);
	result = print_all(&listing);
	directory_read_end(job.directory);
	return result < 0 ? object_job_fail(&job) : CLI_OK;
}

const struct object_verb verb_list = {
	.name = "list",
	.help = "List them, in the order of their names.",
	.text = "Each with what differs from the defaults; the number of them "
	    "comes last, but not with --json.\n\n"
	    "Exit status: 0 when they are listed, 1 when the directory cannot "
	    "be asked, 2 when the words or the configuration are wrong.",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.fits = object_is_named,
	.takes = takes,
	.run = run_list,
};
