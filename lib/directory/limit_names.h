/* SPDX-License-Identifier: ISC */
/* limit_names.h - `limits` in the directory that are those of no throttle.
 *
 * The directory takes them: the throttle may stand in the configuration of a
 * daemon, or come later. Until then they count nothing.
 */
#ifndef DIRECTORY_LIMIT_NAMES_H
#define DIRECTORY_LIMIT_NAMES_H

#include <stdbool.h>

struct arena;
struct db_error;
struct directory;
struct directory_object;
struct vec;

/* Who knows throttles beside the directory. */
struct limit_namer {
	bool (*is_known)(const void *arg, const char *name);
	const void *arg;
};

/* The names that nobody knows: of one object, or of all that there are. Appends
 * a sentence for each of them, const char *: "class staff: limits: there is no
 * throttle out". */
int limit_names_of(struct directory *directory, struct arena *arena,
    const struct directory_object *object, const struct limit_namer *namer,
    struct vec *sentences, struct db_error *error_r);
int limit_names_of_all(struct directory *directory, struct arena *arena,
    const struct limit_namer *namer, struct vec *sentences,
    struct db_error *error_r);

#endif
