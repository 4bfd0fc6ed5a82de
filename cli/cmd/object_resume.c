/* SPDX-License-Identifier: ISC */
/* object_resume.c - mailreeve KIND resume: what was suspended is in use again. */
#include "base/vec.h"
#include "cli/object.h"
#include "cli/object_status.h"

static const struct command_option rows[] = {
	OBJECT_OPTIONS_CHANGE,
};

static int
make(struct object_job *job)
{
	return object_set_status(job, "active");
}

static int
run_resume(struct command_run *run)
{
	return object_change(run, make);
}

const struct object_verb verb_resume = {
	.name = "resume",
	.help = "Bring it back into use after suspend.",
	.text = "It is `set` with status=active.\n\n"
	    "Exit status: 0 when it is so now, 1 when the directory refuses it "
	    "or cannot be asked, 2 when the words or the configuration are "
	    "wrong.",
	.has_name = true,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.fits = object_has_status,
	.run = run_resume,
};
