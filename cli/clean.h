/* SPDX-License-Identifier: ISC */
/* clean.h - texts from strangers, made fit for a terminal. */
#ifndef CLI_CLEAN_H
#define CLI_CLEAN_H

#include "base/str.h"

struct arena;

#define CLEAN_TEXT_MAX 500

/* At most CLEAN_TEXT_MAX bytes of text ("…" behind when it was cut), in which
 * control characters (the C1 ones and those of direction too) and what is not
 * UTF-8 are '?'. Arena text. */
const char *clean_str(struct arena *arena, struct str text);
/* The same; NULL gives "". */
const char *clean_text(struct arena *arena, const char *text);

#endif
