/* SPDX-License-Identifier: ISC */
/* check.h - what a check is: one file that ends in one of these. */
#ifndef MILTER_CHECK_H
#define MILTER_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/setting.h"
#include "mail/finding.h"
#include "mail/on_error.h"
#include "mail/txn.h"

struct asker;
struct chain;
struct dns_view;
struct ours;
struct ruleset;
struct wait;

/* What every check has; the first member of its settings struct. Its three
 * rows (enabled, dry_run, on_error) come by CHECK_COMMON_ROWS. */
struct check_common {
	bool enabled;
	bool dry_run;
	int on_error;		/* enum on_error (on_error.h) */
};

#define CHECK_COMMON_ROWS(type, on_error_default)                            \
	SETTING_BOOL_ROW("enabled", type, common.enabled, "yes",             \
	    "Run this check."),                                              \
	SETTING_BOOL_ROW("dry_run", type, common.dry_run, "no",              \
	    "Run it, show and count what it finds, but let it decide "       \
	    "nothing."),                                                     \
	SETTING_WORD_ROW("on_error", type, common.on_error, on_error_words,  \
	    on_error_default,                                                \
	    "What happens to the message when the check could not run.")

/* One run of one check over one transaction. */
struct check_run {
	struct txn *txn;
	struct dns_view *dns;		/* the answers present */
	const void *settings;		/* its settings struct */
	struct findings *findings;	/* where its findings go */
	const char *name;		/* its own, for findings */
	void *state;			/* its own, NULL at first; in the arena */
	const struct chain *chain;	/* for check_state_of() */
	struct wait *wait;		/* whom an answer wakes */
	struct asker *asker;		/* of policyd and mailreeve-avscan; NULL:
					 * nobody is asked (`scan`, where it may
					 * change something) */
	struct ours *ours;		/* for ours_knows(); NULL: as there */
	struct ruleset *ruleset;	/* NULL: none is loaded */
};

enum check_status {
	CHECK_FAILED = -1,	/* could not run: the engine makes temperror */
	CHECK_DONE = 0,		/* not called again for this transaction */
	CHECK_WAIT = 1,		/* call again when an answer has come or the
				 * message has reached the next stage */
};

/* How far another check of this transaction is. One that waits for the facts of
 * another must not wait for what will never come. */
enum check_state {
	CHECK_STATE_OFF,	/* not enabled, or not in the table */
	CHECK_STATE_RUNNING,	/* or not begun */
	CHECK_STATE_DONE,
	CHECK_STATE_FAILED,	/* it could not run: no facts */
};

enum check_state check_state_of(const struct check_run *run, const char *name);

/* What the checks before this one in the table have found out; NULL: one of them
 * has not ended, so wait. In the arena of the transaction. */
const struct findings *check_findings_before(const struct check_run *run);

struct check {
	const char *name;
	enum stage first_stage;		/* not called before */
	bool wants_body;		/* without one that does, bodies are
					 * not read at all */
	bool wants_mime;		/* txn->mime, at STAGE_MESSAGE; it
					 * wants the body too */
	bool wants_files;		/* what its files hold is kept; it
					 * wants mime too */
	bool wants_rules;		/* the section rules is loaded */
	const struct section *section;	/* "check NAME"; its settings */
	/* Pure and restartable: reads the transaction and the answers present,
	 * asks for what is missing and returns CHECK_WAIT; findings count only
	 * from the call that returns CHECK_DONE. May wait for the facts of
	 * another check too (check_state_of()). Never blocks. */
	enum check_status (*run)(struct check_run *run, const char **error_r);
};

/* All of checks.list, in its order; ends with NULL. */
extern const struct check *const checks[];

#endif
