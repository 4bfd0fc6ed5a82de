/* SPDX-License-Identifier: ISC */
/* netstring.h - "5:hello,": texts that say how long they are. */
#ifndef BASE_NETSTRING_H
#define BASE_NETSTRING_H

#include "base/str.h"

enum netstring { NETSTRING_WHOLE, NETSTRING_PARTIAL, NETSTRING_BAD };

/* The first one in text, whose content may have max bytes at most: the content,
 * inside of text, and how many bytes it takes in all. PARTIAL: what there is may
 * be its beginning. BAD: it is not, and nobody knows where the next one begins:
 * no digits, a leading zero, more than max, no comma behind it. */
enum netstring netstring_parse(struct str text, size_t max,
    struct str *content_r, size_t *len_r);

/* The bytes that one with this content may take. */
#define NETSTRING_SIZE(content) ((content) + 22)

void netstring_add(struct buf *out, struct str content);

#endif
