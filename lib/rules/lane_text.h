/* SPDX-License-Identifier: ISC */
/* lane_text.h - texts in which letters stand that are others under /i.
 *
 * Two characters above U+007F are letters of ASCII where case does not count:
 * U+017F is an s, U+212A a k (Unicode's CaseFolding.txt). */
#ifndef RULES_LANE_TEXT_H
#define RULES_LANE_TEXT_H

#include <stdbool.h>

#include "base/str.h"

/* Has text, of UTF-8, one of them? */
bool lane_text_is_strange(struct str text);
/* The text with "s" and "K" in their places; in out, until it is used again. */
struct str lane_text_plain(struct str text, struct buf *out);

#endif
