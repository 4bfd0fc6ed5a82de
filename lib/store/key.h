/* SPDX-License-Identifier: ISC */
/* key.h - the names of the store's entries: mr:{TAG}:KIND:REST. */
#ifndef STORE_KEY_H
#define STORE_KEY_H

#include "base/str.h"

struct arena;

/* "mr:{tag}:kind:rest". tag says what belongs together on one node of a
 * cluster (a domain, a client's network); bytes in tag and rest that would end
 * them or are no printable ASCII (braces, colon in tag, percent, blank, 8-bit)
 * stand as %XX, so that different names stay different. Arena text. */
struct str store_key(struct arena *arena, struct str tag, const char *kind,
    struct str rest);

/* The tag in a key, or "" when it has none. */
struct str store_key_tag(struct str key);

/* What a cluster places a key by: its tag, or all of it when it has none. */
struct str store_key_place(struct str key);

/* The kind, or "" when it has none. */
struct str store_key_kind(struct str key);

#endif
