/* SPDX-License-Identifier: ISC */
/* sa_boundaries.h - which names of the DNS may be there, and under which of them
 * others register: util_rb_tld, util_rb_2tld, util_rb_3tld. */
#ifndef RULES_PLACE_SA_BOUNDARIES_H
#define RULES_PLACE_SA_BOUNDARIES_H

#include <stdbool.h>

#include "base/str.h"

struct arena;
struct draft;
struct sa_boundaries;
struct view;

/* What the lines of the draft say, in its arena. */
const struct sa_boundaries *sa_boundaries_new(struct draft *draft);
/* Of the rules that judge it; NULL: they say nothing. */
const struct sa_boundaries *sa_boundaries_of(const struct view *view);

/* Both take NULL, and where no line names a top-level domain the Public Suffix
 * List answers. */

/* Does a name in lower case end in a top-level domain that is known? */
bool sa_has_known_end(const struct sa_boundaries *boundaries, struct str name);
/* The registered domain that a host is in, in lower case and ASCII; the host
 * itself where others register under it. */
struct str sa_registered(struct arena *arena,
    const struct sa_boundaries *boundaries, struct str host);

#endif
