/* SPDX-License-Identifier: ISC */
/* object_del.c - mailreeve KIND del: an object goes, and what needs it. */
#include "base/vec.h"
#include "cli/object.h"

static const struct command_option rows[] = {
	OPTION_FLAG_ROW("yes", struct object_options, is_sure,
	    "Do not ask.", .letter = 'y'),
	OBJECT_OPTIONS_CHANGE,
};

static int
make(struct object_job *job)
{
	struct directory_object *object;

	return object_find(job, &object) < 0 ? -1 :
	    directory_delete(job->directory, job->arena, job->kind, job->key,
	    true, &job->error);
}

static int
run_del(struct command_run *run)
{
	return object_change_asked(run, make);
}

const struct object_verb verb_del = {
	.name = "del",
	.help = "Remove it, with what cannot be without it.",
	.text = "What goes, and what forgets its name, is shown before, and "
	    "asked for. Where something needs it (a user his class), that is "
	    "to be changed first. What is asked for on no terminal is refused "
	    "without --yes.\n\n"
	    "Exit status: 0 when it is gone, 1 when it is not, 2 when a word "
	    "or the configuration is wrong, or there is nobody to ask.",
	.has_name = true,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.run = run_del,
};
