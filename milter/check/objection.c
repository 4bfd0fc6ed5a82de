/* SPDX-License-Identifier: ISC */
/* objection.c - what checks share: settings that say what to suggest. */
#include "milter/check/objection.h"

#include "milter/check.h"

const char *const objection_words[] = { "accept", "junk", "hold", "refuse",
	NULL };

void
objection_raise(struct finding *finding, int objection,
    const struct reply *reply)
{
	switch ((enum objection)objection) {
	case OBJECTION_ACCEPT:
		break;
	case OBJECTION_JUNK:
		finding->suggested = DECISION_JUNK;
		break;
	case OBJECTION_HOLD:
		finding->suggested = DECISION_HOLD;
		break;
	case OBJECTION_REFUSE:
		finding->suggested = DECISION_REFUSE;
		finding->reply = reply;
		break;
	}
}

struct finding *
objection_temperror(struct check_run *run, const char *reason)
{
	const struct check_common *common = run->settings;

	return findings_add_failure(run->findings, run->name,
	    common->on_error, reason);
}
