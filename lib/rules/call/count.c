/* SPDX-License-Identifier: ISC */
/* count.c - how many, how much: a fact of the message, or the texts of a place;
 * with a bound it hits where the number lies within, without one as often as the
 * number says. */
#include "rules/call.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "mail/header.h"
#include "mail/spool.h"
#include "mail/txn.h"
#include "mime/part.h"
#include "rules/call_args.h"
#include "rules/place_words.h"
#include "rules/view.h"

#define BLOCK 32		/* octets counted in one, below 256 */

struct count {
	double (*number)(struct view *view, const struct count *count);
	size_t offset;		/* of a size_t in struct html_page */
	int kind;		/* enum html_hidden; -1: all */
	struct place place;
	struct call_bound bound;
};

/* --- facts -------------------------------------------------------------------- */

static double
size_of(struct view *view, const struct count *count)
{
	const struct txn *txn = view->txn;

	(void)count;
	return (double)txn->headers.size_bytes +
	    (txn->body != NULL ? (double)spool_size(txn->body) : 0);
}

static double
parts_of(struct view *view, const struct count *count)
{
	(void)count;
	return view->txn->mime->part_count;
}

static double
rcpts_of(struct view *view, const struct count *count)
{
	(void)count;
	return (double)view->txn->rcpts.len;
}

static double
attachments_of(struct view *view, const struct count *count)
{
	size_t number = 0;

	(void)count;
	for (const struct mime_part *part = view->txn->mime->root;
	    part != NULL; part = mime_part_after(part))
		number += mime_part_is_attachment(part);
	return (double)number;
}

/* Fields with octets above 127. */
static double
headers_8bit_of(struct view *view, const struct count *count)
{
	const struct vec *fields = &view->txn->headers.fields;
	size_t number = 0;

	(void)count;
	for (size_t i = 0; i < fields->len; i++) {
		const struct header *field = vec_at(fields, i);

		number += !field->is_ours && !field->is_removed &&
		    !str_is_ascii(field->value);
	}
	return (double)number;
}

/* Parts of type image/, shown or attached. */
static double
pictures_of(struct view *view, const struct count *count)
{
	size_t number = 0;

	(void)count;
	for (const struct mime_part *part = view->txn->mime->root;
	    part != NULL; part = mime_part_after(part))
		number += mime_part_is(part, "image", NULL);
	return (double)number;
}

/* What is seen, without white space; in blocks that the compiler counts at once. */
static size_t
letters_in(struct str text)
{
	size_t number = 0, at = 0;

	for (; at + BLOCK <= text.len; at += BLOCK) {
		unsigned char in_block = 0;

		for (size_t i = 0; i < BLOCK; i++)
			in_block = (unsigned char)(in_block +
			    ((unsigned char)text.data[at + i] > ' '));
		number += in_block;
	}
	for (; at < text.len; at++)
		number += (unsigned char)text.data[at] > ' ';
	return number;
}

/* Of the part that says most: the same text as HTML and as plain text is not
 * twice as long. */
static size_t
most_letters(struct view *view)
{
	const struct vec *texts = &view_content(view)->texts;
	size_t most = 0;

	for (size_t i = 0; i < texts->len; i++) {
		const struct content_text *text = vec_at(texts, i);
		size_t number = text->part->kind == MIME_TEXT ?
		    letters_in(text->text) : 0;

		most = number > most ? number : most;
	}
	return most;
}

/* Many rules ask. */
static double
text_bytes_of(struct view *view, const struct count *count)
{
	void **slot = &view->facts[VIEW_TEXT_BYTES];

	(void)count;
	if (*slot == NULL) {
		size_t *number = *slot = arena_alloc(view->arena,
		    sizeof(*number));

		*number = most_letters(view);
	}
	return (double)*(size_t *)*slot;
}

static double
links_of(struct view *view, const struct count *count)
{
	(void)count;
	return (double)view_content(view)->urls.len;
}

/* Registrable domains that links lead to. */
static double
link_domains_of(struct view *view, const struct count *count)
{
	const struct vec *urls = &view_content(view)->urls;
	struct map *seen = map_new(view->arena);

	(void)count;
	for (size_t i = 0; i < urls->len; i++) {
		const struct content_url *url = vec_at(urls, i);

		if (url->url.registered.len > 0)
			map_put(seen, url->url.registered, view);
	}
	return (double)map_len(seen);
}

static double
pages_of(struct view *view, const struct count *count)
{
	const struct vec *texts = &view_content(view)->texts;
	size_t number = 0;

	(void)count;
	for (size_t i = 0; i < texts->len; i++)
		number += ((struct content_text *)vec_at(texts, i))->page !=
		    NULL;
	return (double)number;
}

/* A number that pages have, of all pages together. */
static double
of_pages(struct view *view, const struct count *count)
{
	const struct vec *texts = &view_content(view)->texts;
	size_t sum = 0;

	for (size_t i = 0; i < texts->len; i++) {
		const struct html_page *page =
		    ((struct content_text *)vec_at(texts, i))->page;

		if (page != NULL)
			sum += *(const size_t *)(const void *)
			    ((const char *)page + count->offset);
	}
	return (double)sum;
}

static double
hidden_bytes_of(struct view *view, const struct count *count)
{
	struct count kind = *count;
	double sum = 0;

	for (int i = 0; i < HTML_HIDDEN_COUNT; i++) {
		if (count->kind >= 0 && count->kind != i)
			continue;
		kind.offset = offsetof(struct html_page, hidden_bytes) +
		    (size_t)i * sizeof(size_t);
		sum += of_pages(view, &kind);
	}
	return sum;
}

static double
texts_of(struct view *view, const struct count *count)
{
	return (double)view_texts(view, &count->place)->len;
}

/* --- arguments ---------------------------------------------------------------- */

#define OF_PAGES(member) of_pages, offsetof(struct html_page, member)

static const struct fact {
	const char *name;
	double (*number)(struct view *view, const struct count *count);
	size_t offset;
} facts[] = {
	{ "size", size_of, 0 },
	{ "parts", parts_of, 0 },
	{ "rcpts", rcpts_of, 0 },
	{ "attachments", attachments_of, 0 },
	{ "pictures", pictures_of, 0 },
	{ "headers_8bit", headers_8bit_of, 0 },
	{ "text_bytes", text_bytes_of, 0 },
	{ "links", links_of, 0 },
	{ "link_domains", link_domains_of, 0 },
	{ "pages", pages_of, 0 },
	{ "hidden_bytes", hidden_bytes_of, 0 },
	{ "tags", OF_PAGES(tags) },
	{ "images", OF_PAGES(images) },
	{ "remote_images", OF_PAGES(remote_images) },
	{ "tiny_images", OF_PAGES(tiny_images) },
	{ "forms", OF_PAGES(forms) },
	{ "password_fields", OF_PAGES(password_fields) },
	{ "scripts", OF_PAGES(scripts) },
	{ "event_handlers", OF_PAGES(event_handlers) },
	{ "frames", OF_PAGES(frames) },
	{ "comment_bytes", OF_PAGES(comments_bytes) },
	{ "split_words", OF_PAGES(split_words) },
	{ "nonsense_tags", OF_PAGES(nonsense_tags) },
	{ "depth", OF_PAGES(max_depth) },
};

/* In the order of enum html_hidden. */
static const char *const hidden_kinds[] = { "", "not_shown", "not_visible",
	"clear", "tiny", "same_colour", "off_screen", NULL };
_Static_assert(ARRAY_LEN(hidden_kinds) == HTML_HIDDEN_COUNT + 1,
    "a word for each kind");

static const struct fact *
find_fact(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(facts); i++)
		if (str_is(name, facts[i].name))
			return &facts[i];
	return NULL;
}

static int
refuse(const struct call_setup *setup, const char **error_r)
{
	const char *names[ARRAY_LEN(facts) + 1] = { NULL };

	for (size_t i = 0; i < ARRAY_LEN(facts); i++)
		names[i] = facts[i].name;
	return call_read_word(setup, call_arg(setup, 0), names,
	    "place or fact that can be counted", error_r);
}

/* The kind of what hides, where one stands there. */
static size_t
read_kind(const struct call_setup *setup, struct count *count)
{
	struct str word = call_arg(setup, 1);

	for (int i = 1; hidden_kinds[i] != NULL; i++)
		if (str_is(word, hidden_kinds[i])) {
			count->kind = i;
			return 2;
		}
	return 1;
}

static int
count_prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	struct count *count = arena_zalloc(setup->arena, sizeof(*count));
	const struct fact *fact = find_fact(call_arg(setup, 0));
	size_t at = 0;

	*prepared_r = count;
	count->kind = -1;
	if (fact != NULL) {
		count->number = fact->number;
		count->offset = fact->offset;
		at = fact->number == hidden_bytes_of ?
		    read_kind(setup, count) : 1;
	} else if (setup->args->len > 0 &&
	    place_is_word(call_arg(setup, 0))) {
		count->number = texts_of;
		if (place_read_words(setup->arena, setup->args, &at,
		    &count->place, error_r) < 0)
			return -1;
	} else
		return refuse(setup, error_r);
	return call_read_bound(setup, at, &count->bound, error_r);
}

static double
count_run(struct view *view, const void *prepared)
{
	const struct count *count = prepared;

	return call_within(&count->bound, count->number(view, count));
}

const struct call call_count = {
	.name = "count",
	.prepare = count_prepare,
	.run = count_run,
};
