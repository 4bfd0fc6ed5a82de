/* SPDX-License-Identifier: ISC */
/* object_rename.c - mailreeve KIND rename: another name; what names it follows. */
#include <stdio.h>

#include "base/arena.h"
#include "base/vec.h"
#include "cli/clean.h"
#include "cli/object.h"

/* So many that follow are named, of each way to do so. */
#define NAMED_MAX 20

static const struct command_option rows[] = {
	OBJECT_OPTIONS_CHANGE,
};

static bool
fits(const struct directory_kind *kind)
{
	return !object_is_single(kind);
}

static int
make(struct object_job *job)
{
	struct directory_object *object;

	return object_find(job, &object) < 0 ? -1 :
	    directory_rename(job->directory, job->arena, job->kind, job->key,
	    job->words, &job->error);
}

/* The addresses of a domain are told as changes of their own. */
static void
print_followers(struct object_job *job, const struct vec *dependents)
{
	for (size_t i = 0; i < dependents->len; i++) {
		const struct directory_dependent *one = vec_at(dependents, i);

		if (!one->kind->is_address ||
		    one->reference->how != REFERENCE_OWNER)
			printf("it follows: %s %s, by its '%s'\n",
			    object_word(one->kind, job->arena),
			    clean_text(job->arena, one->name),
			    one->reference->key);
	}
}

static int
run_rename(struct command_run *run)
{
	struct vec dependents;
	struct object_job job;
	int result;

	if (object_job_begin(&job, run, DB_WRITE) != CLI_OK)
		return CLI_USAGE;
	if (directory_dependents(job.directory, job.arena, job.kind, job.key,
	    NAMED_MAX, &dependents, &job.error) < 0)
		return object_job_fail(&job);
	result = object_change(&job, make);
	if (result == CLI_OK && !job.options->wants_json)
		print_followers(&job, &dependents);
	return result;
}

const struct object_verb verb_rename = {
	.name = "rename",
	.help = "Give it another name; whatever names it follows.",
	.text = "The addresses of a domain become those of its new name. Mail "
	    "that is stored under the old name stays where it is.\n\n"
	    "Exit status: 0 when it has the name, 1 when the directory refuses "
	    "it or cannot be asked, 2 when the words or the configuration are "
	    "wrong.",
	.has_name = true,
	.has_new_name = true,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.fits = fits,
	.run = run_rename,
};
