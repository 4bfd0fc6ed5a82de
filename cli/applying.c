/* SPDX-License-Identifier: ISC */
/* applying.c - objects into the directory, with what changes shown. */
#include "cli/applying.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "cli/author.h"
#include "cli/command.h"
#include "cli/directory.h"
#include "cli/object.h"
#include "cli/output.h"
#include "directory/directory_apply.h"

struct job {
	struct command_run *run;
	const struct applying *applying;
	struct directory *directory;
	struct directory_applied applied;
};

/* --- what it prints -------------------------------------------------------- */

static void
print_changes(const struct job *job, bool is_done)
{
	const struct directory_applied *applied = &job->applied;

	for (size_t i = 0; i < applied->changes.len; i++) {
		struct arena *arena = arena_new(0);
		struct buf out;

		buf_init(&out, arena);
		object_audit_print(&out, vec_at(&applied->changes, i), true);
		fwrite(out.data, 1, out.len, stdout);
		arena_free(&arena);
	}
	printf("%zu added, %zu changed, %zu removed, %zu as they were%s\n",
	    applied->added, applied->changed, applied->removed,
	    applied->unchanged, is_done ? "" : " (nothing is done yet)");
}

static void
put_change(struct json_writer *json, const struct directory_audit *change)
{
	json_begin_object(json, NULL);
	json_put_text(json, "action", change->action);
	json_put_text(json, "kind", change->kind);
	json_put_text(json, "name", change->name);
	json_put_text(json, "before", change->before);
	json_put_text(json, "after", change->after);
	json_end_object(json);
}

static void
print_json(const struct job *job)
{
	const struct directory_applied *applied = &job->applied;
	struct json_writer json;
	struct buf out;

	buf_init(&out, job->run->arena);
	json_begin(&json, &out);
	json_begin_object(&json, NULL);
	json_put_bool(&json, "changed", applied->changes.len != 0);
	json_put_bool(&json, "dry_run", job->applying->is_dry_run);
	json_put_int(&json, "added", (int64_t)applied->added);
	json_put_int(&json, "set", (int64_t)applied->changed);
	json_put_int(&json, "removed", (int64_t)applied->removed);
	json_put_int(&json, "unchanged", (int64_t)applied->unchanged);
	json_begin_array(&json, "changes");
	for (size_t i = 0; i < applied->changes.len; i++)
		put_change(&json, vec_at(&applied->changes, i));
	json_end_array(&json);
	json_end_object(&json);
	json_end(&json);
	puts(out.data);
}

static void
print(const struct job *job, bool is_done)
{
	if (job->applying->wants_json)
		print_json(job);
	else
		print_changes(job, is_done);
}

/* --- what it does ---------------------------------------------------------- */

static bool
is_same(const struct directory_audit *a, const struct directory_audit *b)
{
	const char *a_before = a->before != NULL ? a->before : "";
	const char *b_before = b->before != NULL ? b->before : "";

	return strcmp(a->kind, b->kind) == 0 && strcmp(a->name, b->name) == 0 &&
	    strcmp(a->action, b->action) == 0 &&
	    strcmp(a_before, b_before) == 0;
}

/* Is it what was shown? NULL: nothing was. */
static bool
is_as_shown(const struct vec *changes, const struct vec *shown)
{
	if (shown == NULL)
		return true;
	if (changes->len != shown->len)
		return false;
	for (size_t i = 0; i < changes->len; i++)
		if (!is_same(vec_at(changes, i), vec_at(shown, i)))
			return false;
	return true;
}

static int
make_changes(struct job *job, const struct vec *shown,
    struct db_error *error_r)
{
	const struct applying *applying = job->applying;
	const struct directory_apply what = { applying->objects,
	    applying->wants_prune, applying->domain };
	struct arena *arena = job->run->arena;

	if (directory_apply(job->directory, arena, &what, &job->applied,
	    error_r) < 0)
		return -1;
	return is_as_shown(&job->applied.changes, shown) ? 0 :
	    directory_refuse(arena, error_r, "nothing is done: the directory "
	    "has changed meanwhile; look at it again");
}

/* In one transaction, which a try takes back. */
static int
apply(struct job *job, bool is_try, const struct vec *shown)
{
	struct arena *arena = job->run->arena;
	const struct directory_author author = { author_name(arena),
	    clock_now_ms() };
	struct db_error error;
	int result = directory_begin(job->directory, &author, arena, &error);

	if (result == 0) {
		result = make_changes(job, shown, &error);
		if (result < 0 || is_try)
			directory_rollback(job->directory);
		else
			result = directory_commit(job->directory, arena,
			    &error);
	}
	if (result == 0)
		return CLI_OK;
	cli_error("%s", error.text);
	return CLI_FAILED;
}

static bool
is_yes(size_t removed)
{
	char answer[16];

	fflush(stdout);
	fprintf(stderr, "Remove %zu object%s, and do the rest? [y/N] ",
	    removed, removed == 1 ? "" : "s");
	return fgets(answer, sizeof(answer), stdin) != NULL &&
	    (answer[0] == 'y' || answer[0] == 'Y');
}

static int
confirm(const struct job *job)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		cli_error("nothing is done: there is nobody to ask whether "
		    "what is removed above may go; --yes says so");
	else if (is_yes(job->applied.removed))
		return CLI_OK;
	else
		cli_error("nothing is done");
	return CLI_FAILED;
}

/* Nobody else waits while somebody thinks: it is tried, shown, taken back; and
 * done when it is still the same. */
static int
apply_asked(struct job *job)
{
	int result = apply(job, true, NULL);
	struct vec shown;

	if (result != CLI_OK)
		return result;
	print(job, job->applied.changes.len == 0);
	if (job->applying->is_dry_run)
		return CLI_OK;
	if (job->applied.removed != 0 && confirm(job) != CLI_OK)
		return CLI_FAILED;
	shown = job->applied.changes;
	result = apply(job, false, &shown);
	if (result == CLI_OK && !job->applying->wants_json && shown.len != 0)
		puts("done");
	return result;
}

int
applying_run(struct command_run *run, const struct applying *applying)
{
	struct job job = { .run = run, .applying = applying };
	int result;

	job.directory = cli_directory_open(run, applying->config, DB_WRITE);
	if (job.directory == NULL)
		return CLI_USAGE;
	if (applying->is_dry_run ||
	    (applying->wants_prune && !applying->is_sure))
		return apply_asked(&job);
	result = apply(&job, false, NULL);
	if (result == CLI_OK)
		print(&job, true);
	return result;
}
