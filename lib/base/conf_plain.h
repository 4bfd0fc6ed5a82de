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
	size_t option_count;
	const struct conf_line *options;
};

/* Read a file, or a text whose name stands for the file in errors; what it says
 * lives in arena. Appends struct conf_plain to sections, initialised for that,
 * and const char *: what is allowed but odd to warnings. -1 with the reason and
 * its place. */
int conf_plain_load(const char *path, struct arena *arena,
    struct vec *sections, struct vec *warnings, const char **error_r);
int conf_plain_parse(const char *name, struct str text, struct arena *arena,
    struct vec *sections, struct vec *warnings, const char **error_r);

#endif
