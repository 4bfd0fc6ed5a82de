/* SPDX-License-Identifier: ISC */
/* directory_walk.h - all objects of a kind, a page after the other. */
#ifndef DIRECTORY_DIRECTORY_WALK_H
#define DIRECTORY_DIRECTORY_WALK_H

struct arena;
struct db_error;
struct directory;
struct directory_kind;
struct directory_object;

/* Called for an object, which goes with the page: what is kept is copied. -1
 * with trouble: the walk ends. */
typedef int directory_visit(void *arg, const struct directory_object *object,
    struct arena *page, struct db_error *error_r);

/* Of a domain (NULL: of any), in the order of their keys. To a domain belong
 * the objects that stand in it (users, aliases, keys, and what users own), and
 * those that are for it, or for people in it, alone (access entries,
 * administrators). The trouble's text is arena's. */
int directory_walk(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *domain,
    directory_visit *visit, void *arg, struct db_error *error_r);

#endif
