/* SPDX-License-Identifier: ISC */
/* pattern_tail.h - the end of a pattern that begins as most texts do. */
#ifndef RULES_PATTERN_TAIL_H
#define RULES_PATTERN_TAIL_H

#include <stdbool.h>

#include "base/str.h"

/* For a pattern of octets, as pattern_perl_for_lane() or pattern_octets() writes
 * it and without /x: an end of it that matches somewhere in each text that the
 * pattern matches (for as long as text). False: it has none that is rare. */
bool pattern_tail(struct str text, struct str *tail_r);

#endif
