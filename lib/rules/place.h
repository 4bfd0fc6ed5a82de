/* SPDX-License-Identifier: ISC */
/* place.h - where in a message a rule looks; one file and one row each
 * (places.list). */
#ifndef RULES_PLACE_H
#define RULES_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct vec;
struct view;

/* One for each row of places.list: PLACE_header, ... */
enum place_kind {
#define PLACE(name, words) PLACE_##name,
#include "rules/places.list"
#undef PLACE
	PLACE_COUNT
};

/* A place and its parameters. Two are the same when kind, name and form are. */
struct place {
	enum place_kind kind;
	struct str name;	/* of a header field, lower case; "" where the
				 * place has none */
	struct str form;	/* "raw", "addr", "name", "addr:domain", ...; ""
				 * for the decoded value */
	/* Its own and that of its field's name in a rule set (places.h); 0: it
	 * has none. Only for views that rules of this set judge. */
	uint32_t number, field;
};

/* What a place is: the texts that stand there. */
struct place_row {
	const char *name;	/* "body" */
	const char *words;	/* for people: "the visible text" */
	bool has_name;		/* it is of a header field */
	/* The forms that it has beside "", ends with NULL; NULL: whatever stands
	 * there is its own to read. */
	const char *const *forms;	/* place_plain: it has none */
	/* Push struct str to texts, in the arena of view: none where the message
	 * has no such thing. A pattern is tried on each by itself. */
	void (*read)(struct view *view, const struct place *place,
	    struct vec *texts);
};

extern const char *const place_plain[];

/* The row of a kind; the kind of this name, or -1. */
const struct place_row *place_row(enum place_kind kind);
int place_find(struct str name);
/* Is that a form of this kind of place? */
bool place_has_form(enum place_kind kind, struct str form);

#endif
