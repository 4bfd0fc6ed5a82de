/* SPDX-License-Identifier: ISC */
/* place.c - the table of places. */
#include "rules/place.h"

#include <assert.h>

#define PLACE(name, words) extern const struct place_row place_##name;
#include "rules/places.list"
#undef PLACE

static const struct place_row *const rows[] = {
#define PLACE(name, words) &place_##name,
#include "rules/places.list"
#undef PLACE
};

const char *const place_plain[] = { NULL };

const struct place_row *
place_row(enum place_kind kind)
{
	assert(kind < PLACE_COUNT);
	return rows[kind];
}

int
place_find(struct str name)
{
	for (int kind = 0; kind < PLACE_COUNT; kind++)
		if (str_is(name, rows[kind]->name))
			return kind;
	return -1;
}

bool
place_has_form(enum place_kind kind, struct str form)
{
	const char *const *forms = place_row(kind)->forms;

	if (form.len == 0 || forms == NULL)
		return true;
	while (*forms != NULL && !str_is(form, *forms))
		forms++;
	return *forms != NULL;
}
