/* SPDX-License-Identifier: ISC */
/* file.c - the files of a message: their names and types, as claimed and as they
 * are. */
#include "base/arena.h"
#include "base/vec.h"
#include "mail/txn.h"
#include "mime/part.h"
#include "rules/place.h"
#include "rules/view.h"
#include "scan/answer.h"

/* Of one message: an archive may have as many entries. */
#define NAMES_MAX 10000

static void
push(struct vec *texts, struct str text)
{
	if (text.len > 0 && texts->len < NAMES_MAX)
		*(struct str *)vec_push(texts) = text;
}

static void
attachment_read(struct view *view, const struct place *place,
    struct vec *texts)
{
	(void)place;
	for (const struct mime_part *part = view->txn->mime->root;
	    part != NULL; part = mime_part_after(part))
		push(texts, part->name);
}

static void
archived_read(struct view *view, const struct place *place, struct vec *texts)
{
	const struct vec *files = &view->txn->files;

	(void)place;
	for (size_t i = 0; i < files->len; i++) {
		const struct vec *entries = &((struct scanned_file *)vec_at(
		    files, i))->answer->entries;

		for (size_t e = 0; e < entries->len; e++)
			push(texts, ((struct scan_entry *)vec_at(entries, e))->
			    name);
	}
}

static struct str
type_of(struct view *view, const struct mime_part *part)
{
	struct buf type;

	buf_init(&type, view->arena);
	buf_add_str(&type, part->type);
	buf_add_char(&type, '/');
	buf_add_str(&type, part->subtype);
	return buf_str(&type);
}

static void
type_read(struct view *view, const struct place *place, struct vec *texts)
{
	const struct vec *files = &view->txn->files;

	(void)place;
	for (const struct mime_part *part = view->txn->mime->root;
	    part != NULL; part = mime_part_after(part))
		push(texts, type_of(view, part));
	for (size_t i = 0; i < files->len; i++)
		push(texts, ((struct scanned_file *)vec_at(files, i))->
		    answer->type);
}

const struct place_row place_attachment = {
	.name = "attachment",
	.words = "the file name of each part that has one",
	.forms = place_plain,
	.read = attachment_read,
};

const struct place_row place_archived = {
	.name = "archived",
	.words = "the name of each file within an archive or document",
	.forms = place_plain,
	.read = archived_read,
};

const struct place_row place_type = {
	.name = "type",
	.words = "the type of each part, and of each file by its content",
	.forms = place_plain,
	.read = type_read,
};
