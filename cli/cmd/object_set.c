/* SPDX-License-Identifier: ISC */
/* object_set.c - mailreeve KIND set: values of an object of the directory. */
#include <stdint.h>

#include "base/vec.h"
#include "cli/object.h"

static const struct command_option rows[] = {
	OBJECT_OPTIONS_CHANGE,
};

/* What others have changed meanwhile stays: it is read in the transaction. */
static int
make(struct object_job *job)
{
	struct directory_object *object;

	if (object_find(job, &object) < 0 ||
	    object_set_words(job, object) < 0)
		return -1;
	job->made = object;
	return directory_put(job->directory, job->arena, object,
	    object_is_single(job->kind) ? PUT_ANY : PUT_CHANGE, &job->error);
}

static int
run_set(struct command_run *run)
{
	return object_change(run, make);
}

const struct object_verb verb_set = {
	.name = "set",
	.help = "Change some of its values.",
	.text = "KEY= takes a value away: it has its default again, or is "
	    "inherited. A list is given whole, with its key several times; "
	    "KEY+=VALUE adds to it, KEY-=VALUE takes out of it.\n\n"
	    "Exit status: 0 when it is so now, 1 when the directory refuses it "
	    "or cannot be asked, 2 when a word or the configuration is wrong.",
	.has_name = true,
	.has_values = true,
	.arguments = "KEY=VALUE...",
	.min_args = 1,
	.max_args = SIZE_MAX,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.run = run_set,
};
