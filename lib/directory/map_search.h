/* SPDX-License-Identifier: ISC */
/* map_search.h - what the maps have in common: who has an address. */
#ifndef DIRECTORY_MAP_SEARCH_H
#define DIRECTORY_MAP_SEARCH_H

#include <stdbool.h>

#include "directory/directory.h"
#include "directory/maps.h"
#include "mail/address.h"

struct map;

/* One look-up under way. */
struct map_search {
	struct directory *directory;
	struct arena *arena;
	struct db_error *error_r;
	struct map_site site;
	const char *now;	/* as the end of an alias is written */
};

/* A domain as the directory has it, NULL: it does not, or no domain can be
 * called so. 0 or -1, here and below. */
int map_domain(struct map_search *search, struct str name,
    const struct directory_domain **domain_r);
/* The same for a user of this address, without more. */
int map_user(struct map_search *search, struct str address,
    const struct directory_user **user_r);

/* An address of the directory: its domain, and who has it. */
struct map_place {
	struct address address;	/* an alias domain is resolved */
	struct str spelling;	/* of that, in its canonical form */
	const struct directory_domain *domain;	/* NULL: not ours */
	/* enum directory_status: of the domain, or of the alias domain that
	 * leads there, whichever may do less. */
	int status;
	/* At most one of both; as a whole, else without its extension. */
	const struct directory_user *user;
	const struct directory_alias *alias;	/* in force */
	struct str extension;	/* "+news" when that was left out, or "" */
};

/* local@domain; false: the key is something else, and nothing is found. */
bool map_parse_address(struct map_search *search, struct str key,
    struct address *address_r);
/* Who has it? With and without the delimiter. */
int map_place(struct map_search *search, const struct address *address,
    struct map_place *place_r);

/* Where mail to an address ends up: users, and addresses elsewhere; suspended
 * users only where there is nobody else. */
struct map_walk {
	struct map_search *search;
	struct map *seen;	/* each address counts once: so circles end */
	struct vec todo;	/* struct address */
	struct vec ends;	/* struct str */
	struct vec suspended;	/* struct str: of these, until it is done */
};

/* -1 with DB_REFUSED: it leads to more than MAP_VALUES_MAX addresses. */
int map_walk(struct map_walk *walk, struct map_search *search,
    const struct address *from);

/* Add to a list that is separated by commas. */
void map_list_add(struct buf *list, struct str value);

/* The functions of the rows (maps.c). */
int map_find_domains(struct map_search *search, struct str key,
    const char **value_r);
int map_find_alias_domains(struct map_search *search, struct str key,
    const char **value_r);
int map_find_relay_domains(struct map_search *search, struct str key,
    const char **value_r);
int map_find_transport(struct map_search *search, struct str key,
    const char **value_r);
int map_find_mailboxes(struct map_search *search, struct str key,
    const char **value_r);
int map_find_relay_recipients(struct map_search *search, struct str key,
    const char **value_r);
int map_find_aliases(struct map_search *search, struct str key,
    const char **value_r);
int map_find_logins(struct map_search *search, struct str key,
    const char **value_r);

#endif
