/* SPDX-License-Identifier: ISC */
/* edit.h - changes to a message, made to its facts now and sent later. */
#ifndef MAIL_EDIT_H
#define MAIL_EDIT_H

#include <stddef.h>

#include "base/str.h"

struct header;
struct spool;
struct txn;

enum edit_kind {
	EDIT_INSERT_HEADER,	/* above all fields, in the order of calls:
				 * the last one inserted stands on top */
	EDIT_APPEND_HEADER,	/* below all fields */
	EDIT_CHANGE_HEADER,	/* field nth of that name gets a new value */
	EDIT_REMOVE_HEADER,	/* field nth of that name goes */
	EDIT_REPLACE_BODY,	/* the body is txn->body now */
	EDIT_HOLD,		/* into Postfix's HOLD queue; value: reason */
};

/* nth counts the fields as they came (struct header). Postfix counts those that
 * are there when a change arrives, what was inserted before included and what
 * was removed before left out: send them in the order that edit_order gives. */
struct edit {
	enum edit_kind kind;
	const char *action;	/* the action that wants it */
	struct str name;
	struct str value;	/* with its leading blank, folds as LF; or a
				 * text for people */
	size_t nth;		/* see struct header */
};

/* Each function changes txn->headers at once (so that later actions see and
 * sign what will leave) and notes the edit in txn->edits. name and value are
 * copied. A field inserted on top moves the others: pointers to fields and
 * positions of header_next() do not hold any longer. */
void edit_insert_header(struct txn *txn, const char *action, struct str name,
    struct str value);
void edit_append_header(struct txn *txn, const char *action, struct str name,
    struct str value);
/* header is one of txn->headers. A field that an action added is changed or
 * dropped in the edit that added it. */
void edit_remove_header(struct txn *txn, const char *action,
    const struct header *header);
void edit_change_header(struct txn *txn, const char *action,
    const struct header *header, struct str value);
/* body, which now belongs to txn, takes the place of txn->body; why says for
 * people what is new about it. What it replaces stays until the transaction
 * ends, so that the edit can be undone. */
void edit_replace_body(struct txn *txn, const char *action, struct spool *body,
    const char *why);
/* A second reason joins the first. */
void edit_hold(struct txn *txn, const char *action, const char *reason);

/* txn->edits.len edits in an order in which every nth is right for Postfix:
 * changes and removals first, the highest nth before the others; then the rest
 * as they were made. Arena memory. */
const struct edit *const *edit_order(struct txn *txn);

/* "insert", "append", "change", "remove", "replace", "hold". */
const char *edit_kind_text(enum edit_kind kind);

#endif
