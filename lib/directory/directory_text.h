/* SPDX-License-Identifier: ISC */
/* directory_text.h - objects as they stand in a text, each with its place.
 *
 * The configuration's format, as directory_object_print() writes it, and
 * includes: "user ann@example.org { class staff; }". All of arena.
 */
#ifndef DIRECTORY_DIRECTORY_TEXT_H
#define DIRECTORY_DIRECTORY_TEXT_H

#include <stddef.h>

#include "base/str.h"

struct arena;
struct conf_plain;
struct directory_object;
struct vec;

struct directory_text {
	struct directory_object *object;	/* as typed */
	const struct conf_plain *source;	/* NULL: from no text */
	const char *name;	/* "user ann@example.org", in its spelling */
};

/* Read a file, or a text whose name stands for the file in errors. Appends
 * struct directory_text to objects and const char * to warnings, both
 * initialised for that. -1 with the reason: "people.conf:3:9: …"; it is an
 * error when an object stands there twice. */
int directory_text_load(const char *path, struct arena *arena,
    struct vec *objects, struct vec *warnings, const char **error_r);
int directory_text_parse(const char *name, struct str text,
    struct arena *arena, struct vec *objects, struct vec *warnings,
    const char **error_r);

/* A refusal ("class: there is no class gold") with the place that it is
 * about. */
const char *directory_text_blame(const struct directory_text *text,
    const char *refusal, struct arena *arena);

#endif
