/* SPDX-License-Identifier: ISC */
/* sender.c - do the names that a message gives for its sender agree? */
#include "rules/call.h"

#include "base/arena.h"
#include "base/vec.h"
#include "mail/address.h"
#include "mail/public_suffix.h"
#include "mail/txn.h"
#include "rules/place_words.h"
#include "rules/places.h"
#include "rules/view.h"

/* Of each side so many are looked at, for all are compared with all. */
#define TEXTS_MAX 50

struct sides {
	struct place left, right;
};

/* The registrable domain of a domain or of an address; itself where it has none;
 * "" for a name without a dot. */
static struct str
organisation_of(struct view *view, struct str text)
{
	ptrdiff_t at = str_find_last(text, '@');
	struct str domain, registrable;

	if (at >= 0)
		text = str_from_pos(text, (size_t)at + 1);
	if (str_find(text, '.') < 0 ||
	    domain_canonical(view->arena, str_trim(text), &domain) < 0)
		return STR("");
	registrable = public_suffix_registrable(domain);
	return registrable.data != NULL ? registrable : domain;
}

static struct vec *
read_organisations(struct view *view, const struct place *place)
{
	const struct vec *texts = view_texts(view, place);
	struct vec *found = arena_alloc(view->arena, sizeof(*found));
	struct str last = STR(""), domain = STR("");

	vec_init(found, view->arena, sizeof(struct str));
	/* Neighbours are often the same: links to one host. */
	for (size_t i = 0; i < texts->len && found->len < TEXTS_MAX; i++) {
		struct str text = *(struct str *)vec_at(texts, i);

		if (!str_eq(text, last))
			domain = organisation_of(view, text);
		last = text;
		if (domain.len > 0)
			*(struct str *)vec_push(found) = domain;
	}
	return found;
}

/* Once for a message. */
static const struct vec *
organisations_of(struct view *view, const struct place *place)
{
	void **made = view_made(view, place, VIEW_ORGANISATIONS);

	if (*made == NULL)
		*made = read_organisations(view, place);
	return *made;
}

static bool
have_common(const struct vec *left, const struct vec *right)
{
	for (size_t l = 0; l < left->len; l++)
		for (size_t r = 0; r < right->len; r++)
			if (str_eq(*(struct str *)vec_at(left, l),
			    *(struct str *)vec_at(right, r)))
				return true;
	return false;
}

static int
same_domain_prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	struct sides *sides = arena_zalloc(setup->arena, sizeof(*sides));
	size_t at = 0;

	*prepared_r = sides;
	*error_r = "two places must follow";
	if (setup->args->len < 2 || place_read_words(setup->arena,
	    setup->args, &at, &sides->left, error_r) < 0)
		return -1;
	if (at < setup->args->len && place_read_words(setup->arena,
	    setup->args, &at, &sides->right, error_r) < 0)
		return -1;
	if (sides->right.form.data != NULL && at == setup->args->len) {
		places_number(setup->places, &sides->left);
		places_number(setup->places, &sides->right);
		return 0;
	}
	*error_r = "two places must follow";
	return -1;
}

static double
compare(struct view *view, const struct sides *sides, bool *has_both_r)
{
	const struct vec *left = organisations_of(view, &sides->left);
	const struct vec *right = organisations_of(view, &sides->right);

	*has_both_r = left->len > 0 && right->len > 0;
	return have_common(left, right);
}

static double
same_domain_run(struct view *view, const void *prepared)
{
	bool has_both;

	return compare(view, prepared, &has_both);
}

/* Both are there, and nothing is common. */
static double
other_domain_run(struct view *view, const void *prepared)
{
	bool has_both;
	double is_same = compare(view, prepared, &has_both);

	return has_both && is_same == 0;
}

static int
reply_to_differs_prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	static const struct sides sides = {
		.left = { .kind = PLACE_header, .name = { "from", 4 },
		    .form = { "addr:domain", 11 } },
		.right = { .kind = PLACE_header, .name = { "reply-to", 8 },
		    .form = { "addr:domain", 11 } },
	};
	struct sides *made = arena_memdup(setup->arena, &sides,
	    sizeof(sides));

	*prepared_r = made;
	places_number(setup->places, &made->left);
	places_number(setup->places, &made->right);
	*error_r = "it takes no arguments";
	return setup->args->len == 0 ? 0 : -1;
}

/* A text of one side stands at the other one too, in any case. */
static double
same_text_run(struct view *view, const void *prepared)
{
	const struct sides *sides = prepared;
	const struct vec *left = view_texts(view, &sides->left);
	const struct vec *right = view_texts(view, &sides->right);

	for (size_t l = 0; l < left->len && l < TEXTS_MAX; l++)
		for (size_t r = 0; r < right->len && r < TEXTS_MAX; r++)
			if (str_eq_nocase(*(struct str *)vec_at(left, l),
			    *(struct str *)vec_at(right, r)))
				return 1;
	return 0;
}

const struct call call_same_domain = {
	.name = "same_domain",
	.prepare = same_domain_prepare,
	.run = same_domain_run,
};

const struct call call_other_domain = {
	.name = "other_domain",
	.prepare = same_domain_prepare,
	.run = other_domain_run,
};

const struct call call_same_text = {
	.name = "same_text",
	.prepare = same_domain_prepare,
	.run = same_text_run,
};

const struct call call_reply_to_differs = {
	.name = "reply_to_differs",
	.prepare = reply_to_differs_prepare,
	.run = other_domain_run,
};
