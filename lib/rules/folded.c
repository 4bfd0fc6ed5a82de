/* SPDX-License-Identifier: ISC */
/* folded.c - texts taken apart. */
#include "rules/folded.h"

#include "base/arena.h"
#include "base/vec.h"
#include "rules/fold.h"
#include "rules/view.h"

/* What is known of a message's texts; NULL and false: nobody asked. */
struct texts {
	struct vec *words;	/* struct fold_words */
	struct vec *scripts;	/* struct fold_scripts */
	enum { UNKNOWN, ASCII, BEYOND } letters;
	bool has_mixed;
	size_t mixed;
};

static struct texts *
texts_of(struct view *view, const struct place *place)
{
	void **made = view_made(view, place, VIEW_FOLDED);

	if (*made == NULL)
		*made = arena_zalloc(view->arena, sizeof(struct texts));
	return *made;
}

static struct vec *
vec_new(struct view *view, size_t item_size)
{
	struct vec *vec = arena_alloc(view->arena, sizeof(*vec));

	vec_init(vec, view->arena, item_size);
	return vec;
}

const struct vec *
folded_words(struct view *view, const struct place *place)
{
	struct vec **words = &texts_of(view, place)->words;
	const struct vec *texts;

	if (*words != NULL)
		return *words;
	texts = view_texts(view, place);
	*words = vec_new(view, sizeof(struct fold_words));
	for (size_t i = 0; i < texts->len; i++)
		fold_words(view->arena, *(struct str *)vec_at(texts, i),
		    false, vec_push(*words));
	return *words;
}

/* Most texts: nothing of them is of another script. */
static bool
is_ascii(struct view *view, const struct place *place)
{
	struct texts *known = texts_of(view, place);
	const struct vec *texts;

	if (known->letters != UNKNOWN)
		return known->letters == ASCII;
	texts = view_texts(view, place);
	known->letters = ASCII;
	for (size_t i = 0; i < texts->len; i++)
		if (!str_is_ascii(*(struct str *)vec_at(texts, i)))
			known->letters = BEYOND;
	return known->letters == ASCII;
}

static const struct vec *
scripts_of(struct view *view, const struct place *place)
{
	struct texts *known = texts_of(view, place);
	const struct vec *texts;

	if (known->scripts != NULL)
		return known->scripts;
	texts = view_texts(view, place);
	known->scripts = vec_new(view, sizeof(struct fold_scripts));
	for (size_t i = 0; i < texts->len; i++)
		fold_scripts(view->arena, *(struct str *)vec_at(texts, i),
		    vec_push(known->scripts));
	return known->scripts;
}

unsigned
folded_share(struct view *view, const struct place *place, int script)
{
	const struct vec *scripts;
	unsigned most = 0;

	if (is_ascii(view, place))
		return 0;
	scripts = scripts_of(view, place);
	for (size_t i = 0; i < scripts->len; i++) {
		unsigned share = fold_share(vec_at(scripts, i), script);

		most = share > most ? share : most;
	}
	return most;
}

size_t
folded_mixed(struct view *view, const struct place *place)
{
	struct texts *known = texts_of(view, place);
	const struct vec *texts;

	if (known->has_mixed || is_ascii(view, place))
		return known->mixed;
	texts = view_texts(view, place);
	for (size_t i = 0; i < texts->len; i++)
		known->mixed += fold_mixed(*(struct str *)vec_at(texts, i));
	known->has_mixed = true;
	return known->mixed;
}
