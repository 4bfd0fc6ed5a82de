/* SPDX-License-Identifier: ISC */
/* object_add.c - mailreeve KIND add: a new object of the directory. */
#include <stdint.h>

#include "base/vec.h"
#include "cli/object.h"
#include "directory/kind.h"

static const struct command_option rows[] = {
	OBJECT_OPTIONS_CHANGE,
};

static int
make(struct object_job *job)
{
	struct directory_object *object = directory_object_new(job->kind,
	    job->arena);
	const char *reason;

	for (size_t i = 0; i < job->kind->key_count; i++)
		if (directory_object_set(object, job->kind->rows[i].key,
		    &job->key[i], 1, job->arena, &reason) < 0)
			return directory_refuse(job->arena, &job->error, "%s",
			    reason);
	job->made = object;
	return object_set_words(job, object) < 0 ? -1 :
	    directory_put(job->directory, job->arena, object, PUT_NEW,
	    &job->error);
}

static int
run_add(struct command_run *run)
{
	return object_change(run, make);
}

const struct object_verb verb_add = {
	.name = "add",
	.help = "Make a new one.",
	.text = "What is not given has its default. A list has its key several "
	    "times, as `to` of an alias: to=ann@example.org "
	    "to=bob@example.org.\n\n"
	    "Exit status: 0 when it is made, 1 when the directory refuses it "
	    "or cannot be asked, 2 when a word or the configuration is wrong.",
	.has_name = true,
	.has_values = true,
	.arguments = "[KEY=VALUE...]",
	.max_args = SIZE_MAX,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.fits = object_is_named,
	.run = run_add,
};
