/* SPDX-License-Identifier: ISC */
/* hearing.h - one request from its attributes to the answer. */
#ifndef POLICYD_HEARING_H
#define POLICYD_HEARING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "policyd/request.h"

struct findings;
struct instances;
struct rulebook;
struct txn;
struct verdict;
struct wait;

/* The request under way; its memory is the transaction's. */
struct hearing;

/* What came of it. */
struct ruling {
	const struct request *request;
	const struct findings *findings;
	const struct verdict *verdict;
	struct str action;	/* "DUNNO", "450 4.7.1 …" */
	int64_t total_us;	/* from the request to the answer */
	int64_t waited_us;	/* of that after the first run of the rules */
	bool is_late;		/* the deadline ended it */
};

/* Begin. request is copied with its texts; answers post wait, which the caller
 * owns and keeps until hearing_free(). instances has what is remembered of the
 * message. Keeps a reference to rulebook. */
struct hearing *hearing_new(struct rulebook *rulebook,
    struct instances *instances, const struct request *request,
    struct wait *wait);

/* Run what may run: true when no rule waits any more. Never blocks; to be
 * called at first and whenever something was posted. */
bool hearing_run(struct hearing *hearing);

/* The answer: when hearing_run() gave true, or the deadline is over. Remembers
 * the recipient that was not refused. */
const struct ruling *hearing_end(struct hearing *hearing);

struct txn *hearing_txn(struct hearing *hearing);
/* The deadline of its configuration. */
int64_t hearing_deadline_ms(const struct hearing *hearing);
void hearing_free(struct hearing **hearing);

#endif
