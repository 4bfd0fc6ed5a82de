/* SPDX-License-Identifier: ISC */
/* place_words.c - "subject", "header from:addr:domain": words to a place. */
#include "rules/place_words.h"

#include <string.h>

#include "base/arena.h"
#include "base/suggest.h"
#include "base/vec.h"

/* What stands before the first colon; *form_r is what stands behind it. */
static struct str
cut_form(struct str word, struct str *form_r)
{
	ptrdiff_t colon = str_find(word, ':');

	*form_r = STR("");
	if (colon < 0)
		return word;
	*form_r = str_from_pos(word, (size_t)colon + 1);
	return str_sub(word, 0, (size_t)colon);
}

/* Places of the other language are for its own rules. */
static int
find(struct str name)
{
	return name.len > 3 && memcmp(name.data, "sa_", 3) == 0 ? -1 :
	    place_find(name);
}

bool
place_is_word(struct str word)
{
	struct str form;

	return find(cut_form(word, &form)) >= 0;
}

static int
refuse_form(struct arena *arena, const struct place *place,
    const char **error_r)
{
	const char *const *form = place_row(place->kind)->forms;
	struct suggest suggest;
	struct buf out;

	suggest_begin(&suggest, place->form);
	buf_init(&out, arena);
	buf_printf(&out, "'%s' has no form '%.*s'", place_row(
	    place->kind)->name, STR_ARG(place->form));
	for (; *form != NULL; form++)
		suggest_offer(&suggest, *form);
	if (suggest_best(&suggest) != NULL)
		buf_printf(&out, ", did you mean '%s'?",
		    suggest_best(&suggest));
	*error_r = out.data;
	return -1;
}

int
place_read_words(struct arena *arena, const struct vec *words, size_t *at,
    struct place *place_r, const char **error_r)
{
	struct str form, name = cut_form(*(struct str *)vec_at(words, *at),
	    &form);
	int kind = find(name);

	if (kind < 0) {
		*error_r = arena_printf(arena, "'%.*s' is no place",
		    STR_ARG(name));
		return -1;
	}
	++*at;
	*place_r = (struct place){ .kind = kind, .name = STR(""),
	    .form = str_copy(arena, form) };
	if (place_row(kind)->has_name) {
		if (*at == words->len || form.len != 0) {
			*error_r = arena_printf(arena, "'%s' wants the name of "
			    "a field behind it", place_row(kind)->name);
			return -1;
		}
		name = cut_form(*(struct str *)vec_at(words, (*at)++), &form);
		place_r->name = str_lower(arena, name);
		place_r->form = str_copy(arena, form);
	}
	return place_has_form(kind, place_r->form) ? 0 :
	    refuse_form(arena, place_r, error_r);
}
