/* SPDX-License-Identifier: ISC */
/* words.h - header texts decoded: encoded words (RFC 2047). */
#ifndef MIME_WORDS_H
#define MIME_WORDS_H

#include "base/str.h"
#include "mime/oddity.h"

struct arena;

/* A header's value as people read it: unfolded, trimmed, encoded words decoded,
 * blanks between two encoded words gone (RFC 2047 6.2), UTF-8. Neighbours of the
 * same charset and encoding are joined before they are decoded, for a character
 * that was cut in two; what senders get wrong is read as clients do (blanks
 * within a word, words inside of quotes, no blank between words, "_" in "b",
 * base64 without padding, words longer than 75): each adds MIME_ODD_bad_word.
 * Octets above 127 outside of words are UTF-8 or, else, windows-1252 with
 * MIME_ODD_header_8bit. Oddities are added to *oddities (NULL: nobody asks).
 * Time in proportion to the length. Slices of the value where nothing is to be
 * decoded. */
struct str words_decode(struct arena *arena, struct str value,
    mime_oddities *oddities);

#endif
