/* SPDX-License-Identifier: ISC */
/* doubts.h - what the directory takes, though it does not work as it is. */
#ifndef CLI_DOUBTS_H
#define CLI_DOUBTS_H

struct arena;
struct conf;
struct directory;
struct directory_object;
struct vec;

/* Of an object that stands there: amounts for throttles that nobody knows, a key
 * whose file cannot be read here. Appends sentences, const char *; where the
 * directory cannot be asked, none. */
void doubts_of(struct directory *directory, const struct conf *conf,
    const struct directory_object *object, struct arena *arena,
    struct vec *doubts);

/* Of all objects; of keys the milter's own check tells. Opens the directory of
 * conf. */
void doubts_of_all(const struct conf *conf, struct arena *arena,
    struct vec *doubts);

#endif
