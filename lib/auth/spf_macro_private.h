/* SPDX-License-Identifier: ISC */
/* spf_macro_private.h - a macro string, piece by piece. */
#ifndef AUTH_SPF_MACRO_PRIVATE_H
#define AUTH_SPF_MACRO_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Delimiters of a macro (RFC 7208 7.1). */
#define SPF_DELIMITERS ".-+,/_="

/* A text that stands for itself, or a macro. */
struct spf_piece {
	struct str text;	/* of the former; letter is '\0' */
	bool is_literal;	/* and it was no "%%", "%_", "%-" */
	char letter;		/* lower case */
	bool is_escaped;	/* it was upper case */
	bool is_reversed;
	/* Those that split the value, each once: "." where none was given. */
	char delimiters[sizeof(SPF_DELIMITERS)];
	size_t part_count;	/* 0: all parts */
};

/* Take the first piece off *rest, which is not empty. Literals are not looked
 * at. 0, or -1 with the reason: it is a bad macro. */
int spf_piece_take(struct str *rest, struct spf_piece *piece_r,
    const char **error_r);

/* Is c one of these characters? NUL never is. */
bool spf_char_is_in(char c, const char *set);

#endif
