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
struct map;
struct sa_reading;
struct txn;
struct vec;

/* One message under judgement; for one thread. */
struct view {
	struct arena *arena;		/* of txn */
	struct txn *txn;		/* complete; with txn->mime */
	const struct findings *findings;	/* of the other checks; NULL */
	const struct sa_reading *sa_reading;	/* of the rules; NULL */
	struct map *texts;		/* use view_texts() */
	struct map *kept;		/* use view_kept() */
	struct map *fields;		/* use view_fields() */
	struct buf key;			/* of texts, each time anew */
};

/* findings must outlive it; all else lives as long as txn. */
struct view *view_new(struct txn *txn, const struct findings *findings);

/* The texts of a place (struct str), read at the first call. */
const struct vec *view_texts(struct view *view, const struct place *place);
/* The first text of a header field's place; data NULL: it is not there. */
struct str view_header(struct view *view, const char *name, const char *form);
/* The fields of this name (in lower case) that came from outside and are still
 * there: const struct header *, top first, never NULL. Of one name that stands
 * there more than VIEW_FIELDS_MAX times the rest is left out. */
const struct vec *view_fields(struct view *view, struct str name);
#define VIEW_FIELDS_MAX 256
/* What the message says, read at the first call. */
const struct content *view_content(struct view *view);
/* Something that several places or calls make out of a message, made once: the
 * slot of this name, NULL inside at first. */
void **view_kept(struct view *view, const char *name);

#endif
