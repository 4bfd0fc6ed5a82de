/* SPDX-License-Identifier: ISC */
/* finding.h - what one check or rule found out. */
#ifndef MAIL_FINDING_H
#define MAIL_FINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/vec.h"

struct arena;
struct auth_result;

/* RFC 8601 2.7 words, for all checks. */
enum result {
	RESULT_NONE,
	RESULT_PASS,
	RESULT_FAIL,
	RESULT_POLICY,
	RESULT_NEUTRAL,
	RESULT_SOFTFAIL,
	RESULT_PERMERROR,
	RESULT_TEMPERROR,
};

const char *result_text(enum result result);

/* An SMTP reply: "550", "5.7.1", and words for the sender without internals.
 * The id is put in front of the words where the reply is sent. */
struct reply {
	int code;
	const char *enhanced;
	const char *text;
};

/* What somebody suggests to do with the message, mildest first. */
enum decision {
	DECISION_HAM,		/* deliver */
	DECISION_JUNK,		/* deliver, marked */
	DECISION_HOLD,		/* Postfix's HOLD queue */
	DECISION_DEFER,		/* 4xx */
	DECISION_REFUSE,	/* 5xx */
};

const char *decision_text(enum decision decision);

/* A sum of scores to a millionth: scores are decimal fractions, and sums of those
 * are off by a little (0.1 and 0.2 are 0.30000000000000004). */
double score_rounded(double sum);

struct finding {
	const char *check;	/* the name of the check or rule */
	enum result result;
	double score;
	const char *reason;	/* one sentence or less, for people */
	enum decision suggested;
	/* Where the recipients' policies differ about it: what each asks for,
	 * one for each of txn->rcpts. suggested is junk at most then, and so
	 * is what is done for whom asks for more (DESIGN 5.17). NULL: all ask
	 * for what is suggested. */
	const enum decision *rcpts;
	const struct reply *reply;	/* for DEFER, REFUSE; NULL: the default */
	bool is_rule;		/* check is a rule of the rule set */
	bool is_dry_run;	/* counts and shows, decides nothing */
	bool has_failed;	/* the check could not run; reason says why */
	/* What the check contributes to Authentication-Results; NULL: nothing. */
	const struct auth_result *auth;
};

/* The findings of one transaction, in the order of the checks table. */
struct findings {
	struct arena *arena;
	struct vec items;	/* struct finding */
};

void findings_init(struct findings *findings, struct arena *arena);
/* A new finding of this check; the caller fills in the rest. The pointer holds
 * until the next one is added. */
struct finding *findings_add(struct findings *findings, const char *check,
    enum result result, const char *reason);
/* Add copies of all of these; is_dry_run: none of them decides anything. */
void findings_add_all(struct findings *findings, const struct findings *from,
    bool is_dry_run);

#endif
