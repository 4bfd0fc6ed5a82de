/* SPDX-License-Identifier: ISC */
/* names_rcpt.c - a stranger who has the name of one of his recipients. */
#include "base/arena.h"
#include "base/vec.h"
#include "mail/address.h"
#include "mail/header.h"
#include "mail/txn.h"
#include "mail/txn_policy.h"
#include "mime/words.h"
#include "rules/call.h"
#include "rules/call_args.h"
#include "rules/fold.h"
#include "rules/folded.h"
#include "rules/view.h"

#define RCPTS_MAX 20		/* recipients that are looked at */
#define ADDRESSES_MAX 100	/* of all fields of one name */
#define NAME_LEAST 4		/* octets: shorter ones are words of any text */

static int
names_rcpt_prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	struct place *place = arena_zalloc(setup->arena, sizeof(*place));

	*prepared_r = place;
	return call_read_place(setup, 0, place, error_r);
}

static bool
is_rcpt(const struct txn *txn, const struct address *address)
{
	for (size_t i = 0; i < txn->rcpts.len && i < RCPTS_MAX; i++) {
		const struct rcpt *rcpt = vec_at(&txn->rcpts, i);

		if (str_eq(rcpt->address.domain, address->domain) &&
		    str_eq_nocase(rcpt->address.local, address->local))
			return true;
	}
	return false;
}

static void
add_name(struct view *view, const struct address *address, struct vec *names)
{
	struct str name;

	if (!is_rcpt(view->txn, address))
		return;
	name = fold_text(view->arena, words_decode(view->arena,
	    address->display, NULL));
	if (name.len >= NAME_LEAST)
		*(struct str *)vec_push(names) = name;
}

/* The names that a field gives those of its addresses that are recipients. */
static void
read_names(struct view *view, const char *name, struct vec *names)
{
	const struct vec *fields = view_fields(view, str_from(name));
	size_t count = 0;

	for (size_t i = 0; i < fields->len; i++) {
		const struct vec *list = view_addresses(view,
		    *(const struct header **)vec_at(fields, i));

		for (size_t a = 0; a < list->len && count < ADDRESSES_MAX;
		    a++, count++)
			add_name(view, vec_at(list, a), names);
	}
}

static bool
author_is_ours(struct view *view)
{
	struct str domain = view_author(view);
	const struct vec *rcpts = &view->txn->rcpts;

	for (size_t i = 0; i < rcpts->len && i < RCPTS_MAX; i++)
		if (str_eq(((struct rcpt *)vec_at(rcpts, i))->address.domain,
		    domain))
			return true;
	return domain.data == NULL || txn_has_domain(view->txn, domain);
}

static double
names_rcpt_run(struct view *view, const void *prepared)
{
	const struct vec *texts;
	struct vec names;

	if (view->txn->rcpts.len == 0 || author_is_ours(view))
		return 0;
	vec_init(&names, view->arena, sizeof(struct str));
	read_names(view, "to", &names);
	read_names(view, "cc", &names);
	if (names.len == 0)
		return 0;
	texts = folded_words(view, prepared);
	for (size_t i = 0; i < texts->len && i < ADDRESSES_MAX; i++) {
		const struct fold_words *words = vec_at(texts, i);

		for (size_t n = 0; n < names.len; n++)
			if (str_eq(words->text,
			    *(struct str *)vec_at(&names, n)))
				return 1;
	}
	return 0;
}

/* Is a text of the place the name of a recipient, as To and Cc give it, though
 * the author is not of a recipient's domain? */
const struct call call_names_rcpt = {
	.name = "names_rcpt",
	.prepare = names_rcpt_prepare,
	.run = names_rcpt_run,
};
