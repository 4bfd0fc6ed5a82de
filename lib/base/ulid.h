/* SPDX-License-Identifier: ISC */
/* ulid.h - the id of a transaction: 48 bits of time, 80 bits of chance. */
#ifndef BASE_ULID_H
#define BASE_ULID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define ULID_SIZE 27	/* 26 characters and NUL */

/* A new ULID for the time now_ms: Crockford base 32, upper case; ids sort by
 * time. */
void ulid_make(int64_t now_ms, char id[ULID_SIZE]);

/* Is this the text of a ULID? Lower case counts too. */
bool ulid_is_valid(struct str text);

#endif
