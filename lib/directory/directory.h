/* SPDX-License-Identifier: ISC */
/* directory.h - who exists, what each may do, and who changed it.
 *
 * One thread uses a struct directory at a time, and its calls wait for the
 * database; daemons ask through inquiry.h. Keys are texts as people write them:
 * as many as the kind has key rows. All calls give 0, or -1 with the trouble.
 */
#ifndef DIRECTORY_DIRECTORY_H
#define DIRECTORY_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "directory/db.h"
#include "directory/kind.h"

struct arena;
struct directory;
struct policy_values;

/* Nothing is opened before the first call; settings must live as long. A kind
 * of `none` has no directory: not to be opened. */
struct directory *directory_open(const struct directory_settings *settings,
    enum db_use use);
void directory_close(struct directory **directory);
struct db *directory_db(struct directory *directory);

/* Always -1, with DB_REFUSED and this reason. */
int directory_refuse(struct arena *arena, struct db_error *error_r,
    const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* --- objects ---------------------------------------------------------------- */

struct directory_object {
	const struct directory_kind *kind;
	void *values;			/* the kind's struct */
	/* Where the kind has a policy, else NULL: the values of policy_rows(),
	 * and which of them stand there; the others have their defaults. */
	struct policy_values *policy;
	bool *has_policy;
};

/* With all defaults; its key and what is required are to be set. */
struct directory_object *directory_object_new(
    const struct directory_kind *kind, struct arena *arena);
struct directory_object *directory_object_copy(
    const struct directory_object *object, struct arena *arena);
/* Set what a row of the kind, or of policy_rows(), calls key. No texts: back to
 * its default, or not set. -1 with the reason. */
int directory_object_set(struct directory_object *object, const char *key,
    const char *const *texts, size_t count, struct arena *arena,
    const char **error_r);
/* "user ann@example.org {\n\tclass staff;\n}\n": what differs from the defaults,
 * as in the configuration. Arena text. */
const char *directory_object_print(const struct directory_object *object,
    struct arena *arena);
/* The words of its key, with a blank between: "example.org mail1". */
const char *directory_object_name(const struct directory_object *object,
    struct arena *arena);

/* --- reading ---------------------------------------------------------------- */

/* Several reads that see one state: begin, read, end. Changes do so anyway. */
int directory_read_begin(struct directory *directory, struct arena *arena,
    struct db_error *error_r);
void directory_read_end(struct directory *directory);

/* *object_r is NULL when there is none. */
int directory_find(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *const *key,
    struct directory_object **object_r, struct db_error *error_r);
/* The same without its policy values, which are a statement of their own. */
int directory_find_bare(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *const *key,
    struct directory_object **object_r, struct db_error *error_r);

struct directory_query {
	const char *domain;		/* NULL: of any */
	const char *first;		/* the first word of the key itself: a
					 * login's identities */
	const char *prefix;		/* what that word begins with */
	const char *last;		/* the last word of the key: who has an
					 * address as identity */
	const char *const *after;	/* the key of the last one of a page */
	size_t limit;			/* 0: all */
};

/* In the order of their keys, byte by byte. Appends struct directory_object *
 * to objects, initialised for that. */
int directory_list(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const struct directory_query *query,
    struct vec *objects, struct db_error *error_r);
/* How many there are, of a domain (NULL: of all). */
int directory_count(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *domain, int64_t *count_r,
    struct db_error *error_r);

/* An object that names another. */
struct directory_dependent {
	const struct directory_kind *kind;
	const struct directory_reference *reference;
	const char *const *key;
	const char *name;		/* "ann@example.org" */
};

/* What names this object: at most `limit` for each way to do so. Initialises
 * the vec with struct directory_dependent. */
int directory_dependents(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *const *key, size_t limit,
    struct vec *dependents, struct db_error *error_r);

/* It is another one after each change. */
int directory_generation(struct directory *directory, struct arena *arena,
    int64_t *generation_r, struct db_error *error_r);

/* --- changing --------------------------------------------------------------- */

struct directory_author {
	const char *who;		/* "root", "admin@example.org" */
	int64_t now_ms;			/* clock_now_ms() */
};

/* All changes up to the commit are made, or none. After an error only rollback
 * is left, but for DB_REFUSED: then the rest may still be tried. */
int directory_begin(struct directory *directory,
    const struct directory_author *author, struct arena *arena,
    struct db_error *error_r);
int directory_commit(struct directory *directory, struct arena *arena,
    struct db_error *error_r);
void directory_rollback(struct directory *directory);

enum directory_put { PUT_NEW, PUT_CHANGE, PUT_ANY };

/* Write an object, all of it. PUT_NEW: there must be none, PUT_CHANGE: there
 * must be one. What is the same already is no change. Brings the object to its
 * spelling. */
int directory_put(struct directory *directory, struct arena *arena,
    struct directory_object *object, enum directory_put how,
    struct db_error *error_r);
/* Whatever names it follows; with a domain go the addresses in it, and when one
 * of them is refused, only rollback is left. */
int directory_rename(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *const *key,
    const char *const *new_key, struct db_error *error_r);
/* Without with_dependents only what nothing names. With it, what cannot be
 * without it goes too, and its name goes from lists; but objects that need it
 * (users of a class) are always in the way. */
int directory_delete(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *const *key,
    bool with_dependents, struct db_error *error_r);

/* --- audit ------------------------------------------------------------------ */

struct directory_audit {
	int64_t id;
	const char *at;			/* RFC 3339 */
	const char *who;
	const char *action;		/* add, set, rename, delete */
	const char *kind, *name;
	const char *before, *after;	/* as in the configuration; NULL */
};

/* The newest first, from below_id on (0: from the newest); of one object where
 * kind and name say so (NULL: of all). Appends struct directory_audit to
 * entries, initialised for that. */
int directory_audit_list(struct directory *directory, struct arena *arena,
    const char *kind, const char *name, int64_t below_id, size_t limit,
    struct vec *entries, struct db_error *error_r);

#endif
