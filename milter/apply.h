/* SPDX-License-Identifier: ISC */
/* apply.h - performs the actions of a message, one after the other. */
#ifndef MILTER_APPLY_H
#define MILTER_APPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "milter/action.h"
#include "milter/engine.h"

/* A table of actions with their settings, fixed for a snapshot. */
struct action_entry {
	const struct action *action;
	const void *settings;		/* begins with struct action_common */
};

/* What a message looked like before the actions. */
struct undo;

struct undo *undo_save(struct txn *txn);
/* The header fields, the body and the edits are again what they were. */
void undo_restore(struct txn *txn, const struct undo *undo);

/* One message on its way through the actions. */
struct apply {
	struct txn *txn;
	struct findings *findings;
	const struct verdict *verdict;
	const struct key_table *keys;
	bool is_observed;		/* nothing of it will last: the reports
					 * say so, and the caller restores */
	struct vec reports;		/* struct action_report: each action
					 * that did something, or failed */
};

/* Perform every action that is enabled; what one in dry run or one that fails
 * has changed is undone. A failure adds a finding with what its on_error says;
 * the first that does not say pass ends the run. 0, or -1: such a finding asks
 * for another verdict. */
int apply_actions(struct apply *apply, const struct action_entry *entries,
    size_t count);

#endif
