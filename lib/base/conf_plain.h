/* SPDX-License-Identifier: ISC */
/* conf_plain.h - sections as they stand in a text, without tables: for objects.
 *
 * The configuration's format, includes too: sections of any name, with as many
 * words as they like, that hold options and no other sections.
 */
#ifndef BASE_CONF_PLAIN_H
#define BASE_CONF_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct arena;
struct vec;

/* An option, or what opens a section. */
struct conf_line {
	const char *place;		/* "file:line:column" */
	size_t count;
	const char *const *words;	/* at least one */
	/* Does the word begin a line, without quotes? Then the ';' before it
	 * may be missing. */
	const bool *begins_line;
};

struct conf_plain {
	struct conf_line head;
	bool is_option;		/* one that stands outside of sections: head is
				 * all of it */
	size_t option_count;
	const struct conf_line *options;
};

/* What a format may have besides. */
enum conf_plain_more {
	CONF_PLAIN_RAW = 1,	/* 'text': every character stands for itself */
	CONF_PLAIN_OUTSIDE = 2,	/* options outside of sections */
};

/* Read a file, or a text whose name stands for the file in errors; what it says
 * lives in arena. Appends struct conf_plain to sections, initialised for that,
 * and const char *: what is allowed but odd to warnings. more: enum
 * conf_plain_more. -1 with the reason and its place. */
int conf_plain_load(const char *path, unsigned more, struct arena *arena,
    struct vec *sections, struct vec *warnings, const char **error_r);
int conf_plain_parse(const char *name, struct str text, unsigned more,
    struct arena *arena, struct vec *sections, struct vec *warnings,
    const char **error_r);

#endif
