/* SPDX-License-Identifier: ISC */
/* answer_private.h - what writer and reader of answers agree on. */
#ifndef SCAN_ANSWER_PRIVATE_H
#define SCAN_ANSWER_PRIVATE_H

#include "base/str.h"

#define ANSWER_VERSION 2

/* The flags of an entry. */
enum answer_flag {
	ANSWER_HAS_SIZE = 1,
	ANSWER_IS_ENCRYPTED = 2,
	ANSWER_IS_DIRECTORY = 4,
	ANSWER_FLAGS = 7,
};

/* Which control characters a text may have. */
enum answer_text {
	ANSWER_NAME,		/* none: names, types, links */
	ANSWER_LINES,		/* LF and tab: what people read */
};

/* The length of the character with which text (not "") begins; 0: it may not
 * stand in an answer. */
size_t answer_char_len(struct str text, enum answer_text kind);

#endif
