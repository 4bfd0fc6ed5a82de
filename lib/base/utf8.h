/* SPDX-License-Identifier: ISC */
/* utf8.h - is it UTF-8, one character at a time (RFC 3629). */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>

#include "base/str.h"

/* The number of bytes of the character with which s begins, 1 to 4; 0 when s is
 * empty or begins with bytes that are not UTF-8 (RFC 3629 4: no overlong form,
 * no surrogate, nothing above U+10FFFF). */
size_t utf8_char_len(struct str s);

#endif
