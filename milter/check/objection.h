/* SPDX-License-Identifier: ISC */
/* objection.h - what checks share: settings that say what to suggest. */
#ifndef MILTER_CHECK_OBJECTION_H
#define MILTER_CHECK_OBJECTION_H

#include "mail/finding.h"

struct check_run;

enum objection {
	OBJECTION_ACCEPT,
	OBJECTION_JUNK,
	OBJECTION_HOLD,
	OBJECTION_REFUSE,
};

/* "accept", "junk", "hold", "refuse", for SETTING_WORD_ROW; ends with NULL. */
extern const char *const objection_words[];

/* Let finding suggest what the setting says; reply (NULL: the default) goes to
 * the sender when that is refuse. */
void objection_raise(struct finding *finding, int objection,
    const struct reply *reply);

/* Add a temperror: the answer is missing, and the check's on_error, which
 * stands first in its settings, says what to suggest. */
struct finding *objection_temperror(struct check_run *run, const char *reason);

#endif
