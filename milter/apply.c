/* SPDX-License-Identifier: ISC */
/* apply.c - performs the actions of a message, one after the other. */
#include "milter/apply.h"

#include <string.h>

#include "base/arena.h"
#include "milter/check.h"

/* A vec and its items as they were; what grew since lies elsewhere. */
struct copy {
	struct vec vec;
	void *items;
};

struct undo {
	struct header_list headers;
	struct copy fields;
	struct copy edits;
	struct spool *body;
};

static struct copy
copy_of(struct arena *arena, const struct vec *vec)
{
	return (struct copy){ *vec, vec->len == 0 ? NULL :
	    arena_memdup(arena, vec->items, vec->len * vec->item_size) };
}

static struct vec
original(const struct copy *copy)
{
	if (copy->vec.len != 0)
		memcpy(copy->vec.items, copy->items,
		    copy->vec.len * copy->vec.item_size);
	return copy->vec;
}

struct undo *
undo_save(struct txn *txn)
{
	struct undo *undo = arena_alloc(txn->arena, sizeof(*undo));

	undo->headers = txn->headers;
	undo->fields = copy_of(txn->arena, &txn->headers.fields);
	undo->edits = copy_of(txn->arena, &txn->edits);
	undo->body = txn->body;
	return undo;
}

void
undo_restore(struct txn *txn, const struct undo *undo)
{
	txn->headers = undo->headers;
	txn->headers.fields = original(&undo->fields);
	txn->edits = original(&undo->edits);
	txn->body = undo->body;
}

/* A failed action as a finding: 0, or -1 when it asks for more than ham. */
static int
add_failure(struct findings *findings, const struct action_entry *entry,
    bool is_dry_run, const char *reason)
{
	const struct action_common *common = entry->settings;
	struct finding *finding = findings_add_failure(findings,
	    entry->action->name, common->on_error, reason);

	finding->is_dry_run = is_dry_run;
	return finding->is_dry_run || finding->suggested == DECISION_HAM
	    ? 0 : -1;
}

static const char *
find_gap(const struct txn *txn)
{
	return txn->headers_left_out != NULL ? txn->headers_left_out
					     : txn->body_left_out;
}

static int
perform(struct action_run *run, const struct action_entry *entry,
    bool is_dry_run, const char **error_r)
{
	const struct undo *undo = undo_save(run->txn);
	int rc;

	*error_r = "failed without a reason";
	rc = entry->action->apply(run, error_r);
	if (rc < 0 || is_dry_run)
		undo_restore(run->txn, undo);
	return rc;
}

static int
apply_one(struct apply *apply, const struct action_entry *entry,
    bool is_dry_run)
{
	struct action_report *report;
	const char *error;
	struct action_run run = {
		.txn = apply->txn,
		.findings = apply->findings,
		.verdict = apply->verdict,
		.keys = apply->keys,
		.settings = entry->settings,
		.name = entry->action->name,
		.gap = find_gap(apply->txn),
	};
	bool has_failed = perform(&run, entry, is_dry_run, &error) < 0;

	if (!has_failed && run.detail == NULL)
		return 0;
	report = vec_push(&apply->reports);
	*report = (struct action_report){
		.action = run.name,
		.detail = has_failed ? error : run.detail,
		.is_dry_run = apply->is_observed || is_dry_run,
		.has_failed = has_failed,
	};
	return has_failed ? add_failure(apply->findings, entry, is_dry_run,
	    error) : 0;
}

/* The settings of the action that this one prepares for, or its own. */
static const struct action_common *
prepared(const struct action_entry *entry, const struct action_entry *entries,
    size_t count)
{
	for (size_t i = 0; i < count && entry->action->prepares != NULL; i++)
		if (strcmp(entries[i].action->name,
		    entry->action->prepares) == 0)
			return entries[i].settings;
	return entry->settings;
}

int
apply_actions(struct apply *apply, const struct action_entry *entries,
    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct action_common *own = entries[i].settings;
		const struct action_common *later = prepared(&entries[i],
		    entries, count);

		if (own->enabled && later->enabled &&
		    apply_one(apply, &entries[i],
		    own->dry_run || later->dry_run) < 0)
			return -1;
	}
	return 0;
}
