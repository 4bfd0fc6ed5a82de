/* SPDX-License-Identifier: ISC */
/* sa_locale.h - charsets of languages that nobody here reads (ok_locales). */
#ifndef RULES_CALL_SA_LOCALE_H
#define RULES_CALL_SA_LOCALE_H

#include <stdbool.h>

struct call_setup;
struct sa_locales;
struct view;

/* The languages that are wanted, by the last line of ok_locales; NULL: all of
 * them. In the arena of setup. */
const struct sa_locales *sa_locales_read(const struct call_setup *setup);
/* Does a part claim a charset that none of them has? Never where all are wanted. */
bool sa_has_far_part(struct view *view, const struct sa_locales *locales);

#endif
