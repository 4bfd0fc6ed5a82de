/* SPDX-License-Identifier: ISC */
/* sa_reading.h - what files of SpamAssassin's language say of how messages are
 * read: redirector_pattern, originating_ip_headers, trusted_networks and its
 * like. */
#ifndef RULES_PLACE_SA_READING_H
#define RULES_PLACE_SA_READING_H

#include <stdbool.h>

#include "base/vec.h"
#include "rules/place/sa_options.h"

struct draft;
struct sa_boundaries;
struct sa_networks;
struct view;

struct sa_reading {
	struct vec redirectors;		/* const struct pattern * */
	bool has_origin_fields;		/* said by a line; else the usual ones */
	struct vec origin_fields;	/* struct str */
	const struct sa_boundaries *boundaries;
	struct sa_options options;
	const struct sa_networks *networks;	/* NULL: trust is guessed */
};

/* Of all lines of the draft, in its arena; a pattern that cannot be used is
 * noted. */
const struct sa_reading *sa_reading_new(struct draft *draft);

/* Where the address leads to by the first pattern that catches something with a
 * dot in it; data NULL: by none. */
struct str sa_redirected(struct view *view, struct str uri);

#endif
