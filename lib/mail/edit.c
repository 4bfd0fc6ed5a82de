/* SPDX-License-Identifier: ISC */
/* edit.c - changes to a message, made to its facts now and sent later. */
#include "mail/edit.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "mail/spool.h"
#include "mail/txn.h"

const char *
edit_kind_text(enum edit_kind kind)
{
	static const char *const words[] = {
		[EDIT_INSERT_HEADER] = "insert",
		[EDIT_APPEND_HEADER] = "append",
		[EDIT_CHANGE_HEADER] = "change",
		[EDIT_REMOVE_HEADER] = "remove",
		[EDIT_REPLACE_BODY] = "replace",
		[EDIT_HOLD] = "hold",
	};

	assert(kind < ARRAY_LEN(words));
	return words[kind];
}

static struct edit *
add_edit(struct txn *txn, enum edit_kind kind, const char *action)
{
	struct edit *edit = vec_push(&txn->edits);

	edit->kind = kind;
	edit->action = action;
	return edit;
}

static void
add_header(struct txn *txn, enum edit_kind kind, const char *action,
    size_t position, struct str name, struct str value)
{
	struct edit *edit = add_edit(txn, kind, action);
	const struct header *header;

	header_list_insert(&txn->headers, position, name, value);
	header = vec_at(&txn->headers.fields, position);
	edit->name = header->name;
	edit->value = header->value;
}

void
edit_insert_header(struct txn *txn, const char *action, struct str name,
    struct str value)
{
	add_header(txn, EDIT_INSERT_HEADER, action, 0, name, value);
}

void
edit_append_header(struct txn *txn, const char *action, struct str name,
    struct str value)
{
	add_header(txn, EDIT_APPEND_HEADER, action, txn->headers.fields.len,
	    name, value);
}

/* The list's own field behind the reader's pointer. */
static struct header *
own_header(struct txn *txn, const struct header *header)
{
	const struct header *first = vec_at(&txn->headers.fields, 0);

	return vec_at(&txn->headers.fields, (size_t)(header - first));
}

static bool
has_field_value(const struct edit *edit)
{
	return edit->kind == EDIT_INSERT_HEADER ||
	    edit->kind == EDIT_APPEND_HEADER ||
	    edit->kind == EDIT_CHANGE_HEADER;
}

/* The edit that added or changed this field, or NULL: both share the bytes of
 * the value. */
static struct edit *
edit_of(struct txn *txn, const struct header *header)
{
	if (!header->is_ours && !header->is_changed)
		return NULL;
	for (size_t i = txn->edits.len; i-- > 0; ) {
		struct edit *edit = vec_at(&txn->edits, i);

		if (has_field_value(edit) &&
		    edit->value.data == header->value.data)
			return edit;
	}
	return NULL;
}

static void
drop_edit(struct txn *txn, struct edit *edit)
{
	struct edit *end = (struct edit *)txn->edits.items + txn->edits.len;

	memmove(edit, edit + 1, (size_t)(end - edit - 1) * sizeof(*edit));
	txn->edits.len--;
}

void
edit_remove_header(struct txn *txn, const char *action,
    const struct header *header)
{
	struct header *own = own_header(txn, header);
	struct edit *edit = edit_of(txn, own);

	if (own->is_removed)
		return;
	own->is_removed = true;
	if (edit != NULL)
		drop_edit(txn, edit);
	if (own->is_ours)
		return;
	edit = add_edit(txn, EDIT_REMOVE_HEADER, action);
	edit->name = own->name;
	edit->nth = header_nth(&txn->headers, own);
}

void
edit_change_header(struct txn *txn, const char *action,
    const struct header *header, struct str value)
{
	struct header *own = own_header(txn, header);
	struct edit *edit = edit_of(txn, own);

	if (edit == NULL) {
		edit = add_edit(txn, EDIT_CHANGE_HEADER, action);
		edit->name = own->name;
		edit->nth = header_nth(&txn->headers, own);
	}
	own->is_changed = true;
	own->value = str_copy(txn->arena, value);
	own->has_cr = !own->is_ours && str_find(value, '\r') >= 0;
	edit->value = own->value;
}

/* The edit of a kind of which there is only one. */
static struct edit *
find_edit(const struct txn *txn, enum edit_kind kind)
{
	for (size_t i = 0; i < txn->edits.len; i++) {
		struct edit *edit = vec_at(&txn->edits, i);

		if (edit->kind == kind)
			return edit;
	}
	return NULL;
}

/* A body and the one before it. */
struct replacement {
	struct txn *txn;
	struct spool *body, *before;
};

/* The newest is freed first, so the first body is back in the end, undone or
 * not, and txn frees that. */
static void
free_replacement(void *arg)
{
	struct replacement *replacement = arg;

	if (replacement->txn->body == replacement->body)
		replacement->txn->body = replacement->before;
	spool_free(&replacement->body);
}

void
edit_replace_body(struct txn *txn, const char *action, struct spool *body,
    const char *why)
{
	struct replacement *replacement = arena_alloc(txn->arena,
	    sizeof(*replacement));
	struct edit *edit = find_edit(txn, EDIT_REPLACE_BODY);

	*replacement = (struct replacement){ txn, body, txn->body };
	arena_on_free(txn->arena, free_replacement, replacement);
	txn->body = body;
	if (edit == NULL)
		edit = add_edit(txn, EDIT_REPLACE_BODY, action);
	edit->name = STR("body");
	edit->value = str_copy(txn->arena, str_from(why));
}

void
edit_hold(struct txn *txn, const char *action, const char *reason)
{
	struct edit *edit = find_edit(txn, EDIT_HOLD);

	if (edit != NULL) {
		edit->value = str_from(arena_printf(txn->arena, "%.*s; %s",
		    STR_ARG(edit->value), reason));
		return;
	}
	edit = add_edit(txn, EDIT_HOLD, action);
	edit->value = str_copy(txn->arena, str_from(reason));
}

static bool
counts_fields(const struct edit *edit)
{
	return edit->kind == EDIT_CHANGE_HEADER ||
	    edit->kind == EDIT_REMOVE_HEADER;
}

static int
compare_nth(const void *one, const void *other)
{
	const struct edit *const *a = one, *const *b = other;

	return ((*a)->nth < (*b)->nth) - ((*a)->nth > (*b)->nth);
}

const struct edit *const *
edit_order(struct txn *txn)
{
	size_t count = txn->edits.len, at = 0;
	const struct edit **order, *edits = txn->edits.items;

	order = arena_alloc(txn->arena, (count + 1) * sizeof(*order));
	for (size_t i = 0; i < count; i++)
		if (counts_fields(&edits[i]))
			order[at++] = &edits[i];
	qsort(order, at, sizeof(*order), compare_nth);
	for (size_t i = 0; i < count; i++)
		if (!counts_fields(&edits[i]))
			order[at++] = &edits[i];
	return order;
}
