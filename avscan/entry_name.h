/* SPDX-License-Identifier: ISC */
/* entry_name.h - names in archives, in whatever charset. */
#ifndef AVSCAN_ENTRY_NAME_H
#define AVSCAN_ENTRY_NAME_H

#include "base/str.h"
#include "scan/answer.h"

struct arena;

/* In the zygote, once: what the conversions need from files. */
void entry_name_prepare(void);

/* A name that stands in an archive of this kind, as UTF-8 where that can be told:
 * itself else. In arena. */
struct str entry_name(struct arena *arena, enum scan_kind kind,
    struct str name);

#endif
