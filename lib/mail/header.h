/* SPDX-License-Identifier: ISC */
/* header.h - the header fields of a message, as they came and as they leave. */
#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "base/vec.h"

struct arena;

/* One field. value holds every byte behind the colon, the leading blank too,
 * as Postfix passed it: folds are LF plus white space (never CRLF). */
struct header {
	struct str name;
	struct str value;
	bool is_ours;		/* added by an action */
	bool is_removed;	/* by an action; stays in the list */
	bool is_changed;	/* by an action: value is not what came */
	bool has_cr;		/* theirs, with a CR inside of the value */
	size_t nth;		/* header_nth() knows; 0: not counted yet */
};

struct header_list {
	struct arena *arena;
	struct vec fields;	/* struct header */
	size_t size_bytes;	/* of names and values that came from outside */
};

void header_list_init(struct header_list *list, struct arena *arena);
/* Add behind the last one, as it comes from outside; copies. */
void header_list_add(struct header_list *list, struct str name,
    struct str value);
/* Add a field of ours in front of the field at position (0: on top of all,
 * fields.len: behind all); copies. Pointers into the list move. */
void header_list_insert(struct header_list *list, size_t position,
    struct str name, struct str value);

/* The next field of this name (no regard to case) that is not removed: start
 * with *at = 0. NULL: no more. */
const struct header *header_next(const struct header_list *list,
    const char *name, size_t *at);
/* How many of this name are not removed; the first one, or NULL. */
size_t header_count(const struct header_list *list, const char *name);
const struct header *header_first(const struct header_list *list,
    const char *name);
/* How many more of this name a reader finds who takes a bare CR for the end of a
 * line, as some do: they stand inside of the values of others. Fields of ours
 * have none. */
size_t header_count_hidden(const struct header_list *list, const char *name);

/* Which of the fields of its name that came from outside it is, top first, from
 * 1 on: what the milter protocol calls its index. 0: it is ours. For when all
 * fields have come. */
size_t header_nth(struct header_list *list, const struct header *header);

/* A value unfolded and trimmed at both ends (RFC 5322 2.2.3). Arena text, not
 * NUL-terminated. */
struct str header_unfold(struct arena *arena, struct str value);

/* Printable ASCII without colon (RFC 5322 2.2), and no longer than a line has
 * room (2.1.1): 1 to 998 characters. */
bool header_name_is_valid(struct str name);

/* Fold a long value at its blanks into lines of at most 78 characters where
 * that can be done (RFC 5322 2.2.3), LF line ends: nothing but LFs in front of
 * blanks is added, folds that are there stay, a word is never broken. So lines
 * stay below 998 as long as the words do. Arena text. */
struct str header_fold(struct arena *arena, size_t name_len, struct str value);

#endif
