/* SPDX-License-Identifier: ISC */
/* object_suspend.c - mailreeve KIND suspend: it is there, but not in use. */
#include <string.h>

#include "base/vec.h"
#include "cli/object.h"
#include "cli/object_status.h"

static const struct command_option rows[] = {
	OPTION_FLAG_ROW("sending", struct object_options, is_about_sending,
	    "Suspend sending alone: it still gets mail."),
	OBJECT_OPTIONS_CHANGE,
};

/* Who has no mail cannot send it. */
static bool
takes(const struct directory_kind *kind, const char *option)
{
	return strcmp(option, "sending") != 0 || kind->domain_key != NULL;
}

static int
make(struct object_job *job)
{
	return object_set_status(job, job->options->is_about_sending ?
	    "sending-suspended" : "suspended");
}

static int
run_suspend(struct command_run *run)
{
	return object_change(run, make);
}

const struct object_verb verb_suspend = {
	.name = "suspend",
	.help = "Take it out of use; nothing of it is lost.",
	.text = "It is `set` with status=suspended; resume takes it back.\n\n"
	    "Exit status: 0 when it is so now, 1 when the directory refuses it "
	    "or cannot be asked, 2 when the words or the configuration are "
	    "wrong.",
	.has_name = true,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.fits = object_has_status,
	.takes = takes,
	.run = run_suspend,
};
