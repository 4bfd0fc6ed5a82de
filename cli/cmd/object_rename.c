/* SPDX-License-Identifier: ISC */
/* object_rename.c - mailreeve KIND rename: another name; what names it follows. */
#include "base/str.h"
#include "cli/object.h"

static const struct command_option rows[] = {
	OBJECT_OPTIONS_CHANGE,
};

static int
make(struct object_job *job)
{
	struct directory_object *object;

	return object_find(job, &object) < 0 ? -1 :
	    directory_rename(job->directory, job->arena, job->kind, job->key,
	    job->words, &job->error);
}

static int
run_rename(struct command_run *run)
{
	return object_change(run, make);
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
	.fits = object_is_named,
	.run = run_rename,
};
