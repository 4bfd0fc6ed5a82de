/* SPDX-License-Identifier: ISC */
/* base64.h - base 64 as mail uses it (RFC 4648 4). */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/str.h"

struct arena;

/* Decode; blanks, tabs, CR and LF between the characters are passed over, the
 * padding may be missing. 0, or -1: a foreign byte, padding that is not at the
 * end, or one character too many. Arena bytes. */
int base64_decode(struct arena *arena, struct str text, struct str *bytes_r);

/* Encode with padding, on one line. Arena text. */
struct str base64_encode(struct arena *arena, struct str bytes);

#endif
