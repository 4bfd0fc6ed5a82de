/* SPDX-License-Identifier: ISC */
/* import.h - people of another system as objects of the directory.
 *
 * A file import_NAME.c ends in a struct importer. It makes objects, which
 * directory_apply() can take, and says what it could not carry over: nothing is
 * left out in silence.
 */
#ifndef DIRECTORY_IMPORT_H
#define DIRECTORY_IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "base/vec.h"
#include "directory/directory.h"

struct map;
struct sql_dump;

/* One run. */
struct import {
	struct arena *arena;
	const char *name;	/* of the file, or of the database */
	struct str text;	/* the file; data NULL: a database */
	struct sql_dump *dump;	/* the file as a dump */
	struct db *db;		/* the database; NULL: a file */
	struct vec objects;	/* struct directory_text */
	struct vec left;	/* const char *: a sentence for each */
	struct map *by_name;	/* struct directory_object */
	size_t passwords;	/* so many stay where they are */
	const char *error;	/* when importer.run gives -1 */
};

struct importer {
	const char *name;	/* "passwd-file" */
	const char *help;	/* one sentence: what it reads */
	/* Of a SQL importer, the tables that it wants; ends with NULL. Its
	 * source is a dump, or with may_connect a database too. */
	const char *const *tables;
	bool may_connect;
	int (*run)(struct import *import);
};

extern const struct importer *const importers[];	/* ends with NULL */
const struct importer *importer_find(const char *name);

/* Read a file's text, or the database behind sqlite:/PATH or pgsql:CONNINFO
 * (text.data NULL: name says which), into import: the objects in the order of
 * their kinds. -1 with import->error. */
int import_run(struct import *import, const struct importer *importer,
    const char *name, struct str text, struct arena *arena);

/* --- for importers --------------------------------------------------------- */

int import_fail(struct import *import, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* "user ann@example.org: a Sieve script", without a full stop. */
void import_leave(struct import *import, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The object of this key (key_2 NULL, where there is one word): a new one, or
 * what was made before. NULL: there can be no such object, and that was said. */
struct directory_object *import_object(struct import *import,
    const struct directory_kind *kind, const char *key, const char *key_2);
/* It is not made after all. */
void import_forget(struct import *import,
    const struct directory_object *object);
/* NULL: there is none. */
struct directory_object *import_find(const struct import *import,
    const struct directory_kind *kind, const char *key);
/* Set a value, if it is one; nothing to set: NULL, "". */
void import_set(struct import *import, struct directory_object *object,
    const char *key, const char *text);
void import_set_list(struct import *import, struct directory_object *object,
    const char *key, const char *const *texts, size_t count);
/* One more text of a list. */
void import_add(struct import *import, struct directory_object *object,
    const char *key, const char *text);

/* An address that leads to others (commas or blanks between them), after all
 * users are known: an alias, the catch-all of a domain (@example.org), or what
 * cannot be carried over. NULL: no alias came of it. */
struct directory_object *import_alias(struct import *import,
    const char *address, const char *targets);

/* The rows of a table, all values as texts (NULL: nothing). False: there is no
 * such table. -1 is trouble: import->error. */
int import_rows(struct import *import, const char *table,
    const char *const *columns, size_t count, struct db_rows *rows_r);
/* Is it there, and neither 0 nor f? */
bool import_is_true(struct str value);
/* Say how many rows there are of what cannot be carried over. */
int import_leave_rows(struct import *import, const char *table,
    const char *column, const char *what);

#endif
