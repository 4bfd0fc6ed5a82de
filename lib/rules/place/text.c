/* SPDX-License-Identifier: ISC */
/* text.c - what a message says, shows and hides; its pages with their elements,
 * and all of it as it came. */
#include "base/arena.h"
#include "base/vec.h"
#include "mail/header.h"
#include "mail/spool.h"
#include "mail/txn.h"
#include "mime/part.h"
#include "rules/place.h"
#include "rules/view.h"

/* Of one message; a page may have as many pieces as letters. */
#define HIDDEN_MAX 10000

static void
push(struct vec *texts, struct str text)
{
	*(struct str *)vec_push(texts) = text;
}

static void
subject_read(struct view *view, const struct place *place, struct vec *texts)
{
	const struct vec *fields = view_fields(view, STR("subject"));
	bool is_raw = str_is(place->form, "raw");

	for (size_t i = 0; i < fields->len; i++) {
		const struct header *field =
		    *(const struct header **)vec_at(fields, i);

		push(texts, is_raw ? field->value :
		    view_decoded(view, field));
	}
}

/* One text, a line for each field: "Subject: Hello". */
static void
all_headers_read(struct view *view, const struct place *place,
    struct vec *texts)
{
	const struct vec *fields = &view->txn->headers.fields;
	bool is_raw = str_is(place->form, "raw");
	struct buf out;

	buf_init(&out, view->arena);
	buf_reserve(&out, view->txn->headers.size_bytes + 3 * fields->len);
	for (size_t i = 0; i < fields->len; i++) {
		const struct header *field = vec_at(fields, i);

		if (field->is_ours || field->is_removed)
			continue;
		buf_add_str(&out, field->name);
		buf_add_text(&out, is_raw ? ":" : ": ");
		buf_add_str(&out, is_raw ? field->value :
		    view_decoded(view, field));
		buf_add_char(&out, '\n');
	}
	push(texts, buf_str(&out));
}

static void
text_read(struct view *view, const struct place *place, struct vec *texts)
{
	const struct vec *all = &view_content(view)->texts;

	(void)place;
	for (size_t i = 0; i < all->len; i++) {
		const struct content_text *text = vec_at(all, i);

		if (text->part->kind == MIME_TEXT)
			push(texts, text->text);
	}
}

static void
hidden_read(struct view *view, const struct place *place, struct vec *texts)
{
	const struct vec *all = &view_content(view)->texts;

	(void)place;
	for (size_t i = 0; i < all->len; i++) {
		const struct html_page *page =
		    ((struct content_text *)vec_at(all, i))->page;

		for (size_t h = 0; page != NULL && h < page->hidden.len &&
		    texts->len < HIDDEN_MAX; h++)
			push(texts, ((struct html_piece *)vec_at(
			    &page->hidden, h))->text);
	}
}

static void
markup_read(struct view *view, const struct place *place, struct vec *texts)
{
	const struct vec *all = &view_content(view)->texts;

	(void)place;
	for (size_t i = 0; i < all->len; i++) {
		const struct content_text *text = vec_at(all, i);

		if (text->page != NULL)
			push(texts, text->part->text);
	}
}

static void
raw_read(struct view *view, const struct place *place, struct vec *texts)
{
	struct spool *body = view->txn->body;
	struct str data;

	(void)place;
	if (body != NULL && spool_data(body, &data) == 0)
		push(texts, data);
}

static const char *const raw_form[] = { "raw", NULL };

const struct place_row place_subject = {
	.name = "subject",
	.words = "the subject, decoded",
	.forms = raw_form,
	.read = subject_read,
};

const struct place_row place_all_headers = {
	.name = "all_headers",
	.words = "all header fields, decoded, one on a line",
	.forms = raw_form,
	.read = all_headers_read,
};

const struct place_row place_text = {
	.name = "text",
	.words = "the text of each part as its reader sees it",
	.forms = place_plain,
	.read = text_read,
};

const struct place_row place_hidden = {
	.name = "hidden",
	.words = "text of a page that nobody sees",
	.forms = place_plain,
	.read = hidden_read,
};

const struct place_row place_markup = {
	.name = "markup",
	.words = "the elements and text of pages, decoded",
	.forms = place_plain,
	.read = markup_read,
};

const struct place_row place_raw = {
	.name = "raw",
	.words = "the body as it came",
	.forms = place_plain,
	.read = raw_read,
};
