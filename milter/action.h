/* SPDX-License-Identifier: ISC */
/* action.h - what an action is: one file that ends in one of these. */
#ifndef MILTER_ACTION_H
#define MILTER_ACTION_H

#include <stdbool.h>

#include "base/setting.h"
#include "mail/txn.h"
#include "mail/verdict.h"

struct key_table;

/* What every action has; the first member of its settings struct. */
struct action_common {
	bool enabled;
	bool dry_run;
	int on_error;		/* enum on_error (on_error.h) */
};

#define ACTION_COMMON_ROWS(type, on_error_default)                           \
	SETTING_BOOL_ROW("enabled", type, common.enabled, "yes",             \
	    "Perform this action."),                                         \
	SETTING_BOOL_ROW("dry_run", type, common.dry_run, "no",              \
	    "Show what it would do, but leave the message as it is."),       \
	SETTING_WORD_ROW("on_error", type, common.on_error, on_error_words,  \
	    on_error_default,                                                \
	    "What happens to the message when the action failed.")

struct action_run {
	struct txn *txn;
	const struct findings *findings;
	const struct verdict *verdict;
	const struct key_table *keys;	/* what signs (keys.h); may be empty */
	const void *settings;
	const char *name;
	/* NULL, or why txn has not all of the message: an action that needs all
	 * of it, for this message, fails with that. */
	const char *gap;
	const char *detail;		/* set by the action: what it did, for
					 * the event and `scan`; NULL: nothing */
};

struct action {
	const char *name;
	bool wants_body;
	/* The name of the action that this one makes ready for: where that is
	 * not enabled this one is not either, nor more than a dry run where
	 * that is one. NULL: it stands for itself. */
	const char *prepares;
	const struct section *section;	/* "action NAME"; its settings */
	/* Changes the message by edit_* functions; may be called only once.
	 * 0, or -1 with the reason (on_error decides then). */
	int (*apply)(struct action_run *run, const char **error_r);
};

/* All of actions.list, in its order; ends with NULL. */
extern const struct action *const actions[];

#endif
