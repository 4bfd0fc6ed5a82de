/* SPDX-License-Identifier: ISC */
/* hold.c - mail that somebody shall look at waits in Postfix's HOLD queue. */
#include "mail/edit.h"
#include "milter/action.h"
#include "milter/check.h"

struct hold_settings {
	struct action_common common;
};

static int
hold_apply(struct action_run *run, const char **error_r)
{
	(void)error_r;
	if (run->verdict->decision != DECISION_HOLD)
		return 0;
	/* Postfix does not keep the reason: the event does. */
	edit_hold(run->txn, run->name, run->verdict->sentence);
	run->detail = run->verdict->sentence;
	return 0;
}

static const struct setting rows[] = {
	ACTION_COMMON_ROWS(struct hold_settings, "defer"),
};

static const struct section section = {
	.name = "action",
	.label = "hold",
	.help = "Puts mail whose verdict is hold into Postfix's HOLD queue "
	    "(postsuper -H releases it).",
	.size = sizeof(struct hold_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
};

const struct action action_hold = {
	.name = "hold",
	.section = &section,
	.apply = hold_apply,
};
