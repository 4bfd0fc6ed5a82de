/* SPDX-License-Identifier: ISC */
/* maps.h - what Postfix looks up: its tables, answered from the directory.
 *
 * A map is a row of directory_maps. Postfix asks a table several times about
 * one thing (a whole address, without its extension, "user", "@domain"; a
 * domain, ".example.org"). All our answers follow from the first of these, so
 * the others have none: a "@domain" that is found would be found for every
 * address that does not exist.
 */
#ifndef DIRECTORY_MAPS_H
#define DIRECTORY_MAPS_H

#include <stddef.h>

#include "base/str.h"

struct arena;
struct db_error;
struct directory;
struct inquiry_question;
struct map_search;

/* One look-up can become at most so many addresses, or logins. */
#define MAP_VALUES_MAX 1000
/* Postfix takes no longer answer (socketmap_table(5)), its first word
 * included. */
#define MAP_VALUE_MAX 99000

struct directory_map {
	const char *name;
	const char *parameter;	/* the one of main.cf that it is made for */
	const char *help;	/* one sentence */
	/* *value_r (arena text) stays NULL when it is not found. 0; or -1 with
	 * the trouble, which is DB_REFUSED when the directory would answer with
	 * more than can be said. */
	int (*find)(struct map_search *search, struct str key,
	    const char **value_r);
};

/* All; the last has no name. */
extern const struct directory_map directory_maps[];
/* NULL: there is none. */
const struct directory_map *directory_map_find(const char *name);

/* What holds for all look-ups of a host. */
struct map_site {
	char delimiter;		/* before extensions; 0: there are none */
	/* Who gets mail to postmaster@ and abuse@ of a domain that names nobody
	 * (RFC 5321 4.5.1, RFC 2142 2 and 4); NULL: nobody. */
	const char *postmaster;
};

/* What the answer is made of. */
struct map_answer {
	enum { MAP_FOUND, MAP_NOT_FOUND, MAP_REFUSED } result;
	const char *text;	/* the value; why it is refused; NULL */
};

/* Look one up. -1: the directory cannot be asked. */
int directory_map_ask(struct directory *directory, struct arena *arena,
    const struct directory_map *map, const struct map_site *site,
    const char *key, int64_t now_ms, struct map_answer *answer_r,
    struct db_error *error_r);

/* For inquiry_ask(): the map, the key, the delimiter ("+" or ""), the
 * postmaster or "", and the time (RFC 3339). The answer is a const struct
 * map_answer *. */
#define MAP_WORDS 5
extern const struct inquiry_question map_question;

#endif
