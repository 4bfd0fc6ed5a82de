/* SPDX-License-Identifier: ISC */
/* redis_refusal.h - what an error reply of the server means, and its remedy. */
#ifndef STORE_REDIS_REFUSAL_H
#define STORE_REDIS_REFUSAL_H

#include "base/str.h"

struct arena;

enum redis_refusal_kind {
	REDIS_REFUSES,		/* this operation, for good */
	REDIS_KNOWS_NO_SCRIPT,	/* it must be sent whole */
	REDIS_NOT_NOW,		/* it starts, or another server has taken over:
				 * a new connection may find better; the
				 * sentence lives for ever */
};

/* Judge the text of an error reply, also that of an error within a script. The
 * sentence is for the administrator; arena text. It never has what a command
 * said: keys and passwords do not reach the log. */
enum redis_refusal_kind redis_refusal_judge(struct str text,
    struct arena *arena, const char **sentence_r);

#endif
