/* SPDX-License-Identifier: ISC */
/* view.h - one message as rules look at it: each place is read once, when the
 * first rule asks for it. */
#ifndef RULES_VIEW_H
#define RULES_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "mail/finding.h"
#include "mime/content.h"
#include "rules/place.h"

struct arena;
struct header;
struct map;
struct phrases_found;
struct places;
struct pattern_scratch;
struct sa_reading;
struct txn;
struct vec;
struct view_field;

/* What calls make out of a message once, each for itself. */
enum view_fact {
	VIEW_AUTHOR,		/* view_author() */
	VIEW_OWN_DOMAINS,	/* call/lookalike.c */
	VIEW_DATE,		/* call/date.c */
	VIEW_LIST,		/* call/message.c */
	VIEW_TEXT_BYTES,	/* call/count.c */
	VIEW_FACT_COUNT
};

/* One message under judgement, whose header stays as it is meanwhile; for one
 * thread. */
struct view {
	struct arena *arena;		/* of txn */
	struct txn *txn;		/* complete; with txn->mime */
	const struct findings *findings;	/* of the other checks; NULL */
	const struct sa_reading *sa_reading;	/* of the rules; NULL */
	const struct places *places;	/* of the rules; NULL */
	struct pattern_scratch *scratch;	/* use view_scratch() */
	const struct vec **texts;	/* by number; use view_texts() */
	struct vec **fields;		/* the same; use view_fields() */
	struct vec *spare;		/* texts that nobody has */
	struct map *named;		/* texts of places without numbers */
	void *facts[VIEW_FACT_COUNT];	/* NULL: not made yet */
	struct map *kept;		/* use view_kept() */
	void ***made;			/* by number; use view_made() */
	struct phrases_found *phrases;	/* use phrases_count() */
	struct view_field *values;	/* use view_decoded(), ... */
	struct buf key;			/* of a place, each time anew */
};

/* findings must outlive it; all else lives as long as txn. */
struct view *view_new(struct txn *txn, const struct findings *findings);

/* Rules of a set judge it from here on: its places have numbers. */
void view_number(struct view *view, const struct places *places);

/* The texts of a place (struct str), read at the first call. */
const struct vec *view_texts(struct view *view, const struct place *place);
/* The first text of a header field's place; data NULL: it is not there. */
struct str view_header(struct view *view, const char *name, const char *form);
/* The domain of the first author in From, found once; data NULL: there is none. */
struct str view_author(struct view *view);
/* The fields of this name (in lower case) that came from outside and are still
 * there: const struct header *, top first, never NULL. Of one name that stands
 * there more than VIEW_FIELDS_MAX times the rest is left out. */
const struct vec *view_fields(struct view *view, struct str name);
/* The same of a place that has the name of one. */
const struct vec *view_fields_at(struct view *view, const struct place *place);
#define VIEW_FIELDS_MAX 256
/* The value of a field of the message without its encoding, made once. */
struct str view_decoded(struct view *view, const struct header *field);
/* The addresses in it (struct address, VIEW_ADDRESSES_MAX at most), the same. What
 * can be read of a list that has faults is read: a mail client does so too. */
const struct vec *view_addresses(struct view *view,
    const struct header *field);
#define VIEW_ADDRESSES_MAX 1000
/* What the message says, read at the first call. */
const struct content *view_content(struct view *view);
/* For what places and calls match by themselves, in so many steps at most; what a
 * match caught holds until the next one asks for it. */
struct pattern_scratch *view_scratch(struct view *view, unsigned match_limit);
/* Something that several places or calls make out of a message, made once: the
 * slot of this name, NULL inside at first. */
void **view_kept(struct view *view, const char *name);
/* The same of what calls make of the texts of a place. */
enum view_made {
	VIEW_FOLDED,		/* folded.c */
	VIEW_REGISTERED,	/* call/lookalike.c */
	VIEW_ORGANISATIONS,	/* call/sender.c */
	VIEW_MADE_COUNT
};
void **view_made(struct view *view, const struct place *place,
    enum view_made what);

#endif
