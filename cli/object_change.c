/* SPDX-License-Identifier: ISC */
/* object_change.c - a change is made, told as the audit has it, or taken back.
 *
 * What a change does is known when it has been made: so it is made inside of a
 * transaction, and the rows that the audit has got by it are read there. For a
 * dry run, and before a question, the transaction is taken back; nobody waits
 * for an answer of ours. What is then made must be what was shown.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "cli/author.h"
#include "cli/clean.h"
#include "cli/doubts.h"
#include "cli/object.h"
#include "cli/output.h"

/* So many rows are read at a time, so many objects named to people. */
#define PAGE 500
#define NAMED_MAX 40

/* What a change did. */
struct outcome {
	struct buf text;		/* as it is printed */
	size_t count;
	uint64_t sum;			/* the same for the same changes */
};

static int
newest(struct object_job *job, int64_t *id_r)
{
	struct vec entries;

	vec_init(&entries, job->arena, sizeof(struct directory_audit));
	if (directory_audit_list(job->directory, job->arena, NULL, NULL, 0, 1,
	    &entries, &job->error) < 0)
		return -1;
	*id_r = entries.len == 0 ? 0 :
	    ((const struct directory_audit *)vec_at(&entries, 0))->id;
	return 0;
}

static void
add_sum(struct outcome *outcome, const char *text)
{
	uint64_t both[2] = { outcome->sum,
	    text != NULL ? hash_bytes(text, strlen(text)) : 0 };

	outcome->sum = hash_bytes(both, sizeof(both));
}

static void
add_entry(const struct object_job *job, struct outcome *outcome,
    const struct directory_audit *entry)
{
	outcome->count++;
	add_sum(outcome, entry->action);
	add_sum(outcome, entry->kind);
	add_sum(outcome, entry->before);
	add_sum(outcome, entry->after);
	if (job->options->wants_json)
		object_audit_json(&outcome->text, entry);
	else if (outcome->count <= NAMED_MAX)
		object_audit_print(&outcome->text, entry, false);
}

/* Those with ids above after and below `below`, the oldest first. */
static int
read_page(struct object_job *job, struct outcome *outcome, int64_t after,
    int64_t below)
{
	struct arena *arena = arena_new(0);
	struct vec entries;
	int result;

	vec_init(&entries, arena, sizeof(struct directory_audit));
	result = directory_audit_list(job->directory, arena, NULL, NULL,
	    below, PAGE, &entries, &job->error);
	for (size_t i = entries.len; result == 0 && i != 0; i--) {
		const struct directory_audit *entry = vec_at(&entries, i - 1);

		if (entry->id > after)
			add_entry(job, outcome, entry);
	}
	if (result < 0)
		job->error.text = arena_strdup(job->arena, job->error.text);
	arena_free(&arena);
	return result;
}

/* What was written since the row `after`: only we write now. */
static int
read_outcome(struct object_job *job, int64_t after, struct outcome *outcome)
{
	int64_t last;

	if (newest(job, &last) < 0)
		return -1;
	for (; after < last; after += PAGE)
		if (read_page(job, outcome, after, after + PAGE + 1) < 0)
			return -1;
	if (!job->options->wants_json && outcome->count > NAMED_MAX)
		buf_printf(&outcome->text, "… and %zu more\n",
		    outcome->count - NAMED_MAX);
	return 0;
}

static int
begin(struct object_job *job, int64_t *after_r)
{
	const struct directory_author author = { author_name(job->arena),
	    clock_now_ms() };

	if (directory_begin(job->directory, &author, job->arena,
	    &job->error) < 0)
		return -1;
	if (newest(job, after_r) == 0)
		return 0;
	directory_rollback(job->directory);
	return -1;
}

/* In a transaction of its own; it is left open. What an earlier look has set in
 * memory is forgotten with its arena. */
static int
make_once(struct object_job *job, int (*make)(struct object_job *job),
    struct outcome *outcome)
{
	int64_t after;

	*outcome = (struct outcome){ 0 };
	buf_init(&outcome->text, job->arena);
	if (begin(job, &after) < 0)
		return -1;
	if (make(job) == 0 && read_outcome(job, after, outcome) == 0)
		return 0;
	directory_rollback(job->directory);
	return -1;
}

/* It is done, but somebody should know. */
static void
warn(const struct object_job *job)
{
	struct vec doubts;

	if (job->made == NULL)
		return;
	vec_init(&doubts, job->arena, sizeof(const char *));
	doubts_of(job->directory, job->conf, job->made, job->arena, &doubts);
	fflush(stdout);
	for (size_t i = 0; i < doubts.len; i++)
		cli_error("warning: %s", clean_text(job->arena,
		    *(const char **)vec_at(&doubts, i)));
}

static int
finish(struct object_job *job, const struct outcome *outcome)
{
	if (job->options->is_dry_run)
		directory_rollback(job->directory);
	else if (directory_commit(job->directory, job->arena,
	    &job->error) < 0)
		return object_job_fail(job);
	if (outcome->count == 0 && !job->options->wants_json)
		puts("nothing changes: it is so already");
	fputs(outcome->text.data, stdout);
	if (job->options->is_dry_run && !job->options->wants_json)
		puts("dry run: nothing was changed");
	warn(job);
	return CLI_OK;
}

static int
change(struct object_job *job, int (*make)(struct object_job *job))
{
	struct outcome outcome;

	return make_once(job, make, &outcome) < 0 ? object_job_fail(job) :
	    finish(job, &outcome);
}

int
object_change(struct command_run *run, int (*make)(struct object_job *job))
{
	struct object_job job;

	return object_job_begin(&job, run, DB_WRITE) != CLI_OK ? CLI_USAGE :
	    change(&job, make);
}

/* --- asked ----------------------------------------------------------------- */

static bool
is_wanted(const struct outcome *shown)
{
	char answer[8] = "";

	fputs(shown->text.data, stdout);
	fputs("Do this? [y/N] ", stdout);
	fflush(stdout);
	if (fgets(answer, sizeof(answer), stdin) == NULL)
		return false;
	return str_is_nocase(str_from(answer), "y\n") ||
	    str_is_nocase(str_from(answer), "yes\n");
}

/* It has been shown, and it is wanted. */
static int
make_as_shown(struct object_job *job, int (*make)(struct object_job *job),
    const struct outcome *shown)
{
	struct outcome outcome;

	if (make_once(job, make, &outcome) < 0)
		return object_job_fail(job);
	if (outcome.sum == shown->sum) {
		buf_clear(&outcome.text);
		buf_add_text(&outcome.text, "done\n");
		return finish(job, &outcome);
	}
	directory_rollback(job->directory);
	cli_error("%s: somebody has changed the directory meanwhile, and this "
	    "would not do what was shown: look again",
	    job->run->command->name);
	return CLI_FAILED;
}

static int
change_asked(struct object_job *job, int (*make)(struct object_job *job))
{
	struct outcome shown;

	if (job->options->is_sure || job->options->is_dry_run)
		return change(job, make);
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
	    job->options->wants_json) {
		cli_error("%s: there is nobody to ask: --yes does it without a "
		    "question, --dry-run shows what would go",
		    job->run->command->name);
		return CLI_USAGE;
	}
	if (make_once(job, make, &shown) < 0)
		return object_job_fail(job);
	directory_rollback(job->directory);
	if (is_wanted(&shown))
		return make_as_shown(job, make, &shown);
	puts("nothing was changed");
	return CLI_FAILED;
}

int
object_change_asked(struct command_run *run,
    int (*make)(struct object_job *job))
{
	struct object_job job;

	return object_job_begin(&job, run, DB_WRITE) != CLI_OK ? CLI_USAGE :
	    change_asked(&job, make);
}
