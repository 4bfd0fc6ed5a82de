/* SPDX-License-Identifier: ISC */
/* map_search.c - what the maps have in common: who has an address. */
#include "directory/map_search.h"

#include "base/arena.h"
#include "base/map.h"

/* --- objects --------------------------------------------------------------- */

/* The values of an object; NULL: there is none, or none can be called so. */
static int
find(struct map_search *search, const struct directory_kind *kind,
    struct str key, const void **values_r)
{
	const char *text = str_dup(search->arena, key);
	struct directory_object *found = NULL;

	*values_r = NULL;
	if (key.len == 0)
		return 0;
	if (directory_find_bare(search->directory, search->arena, kind, &text,
	    &found, search->error_r) < 0)
		return search->error_r->trouble == DB_REFUSED ? 0 : -1;
	if (found != NULL)
		*values_r = found->values;
	return 0;
}

int
map_domain(struct map_search *search, struct str name,
    const struct directory_domain **domain_r)
{
	const void *values;
	int result = find(search, &kind_domain, name, &values);

	*domain_r = values;
	return result;
}

int
map_user(struct map_search *search, struct str address,
    const struct directory_user **user_r)
{
	const void *values;
	int result = find(search, &kind_user, address, &values);

	*user_r = values;
	return result;
}

static int
find_alias(struct map_search *search, struct str address, bool is_extension,
    const struct directory_alias **alias_r)
{
	const struct directory_alias *alias;
	const void *values;
	int result = find(search, &kind_alias, address, &values);

	alias = values;
	if (alias != NULL && (alias->status == STATUS_SUSPENDED ||
	    (alias->expires != NULL &&
	    strcmp(alias->expires, search->now) <= 0) ||
	    (is_extension && !alias->has_extensions)))
		alias = NULL;
	*alias_r = alias;
	return result;
}

/* --- places ---------------------------------------------------------------- */

bool
map_parse_address(struct map_search *search, struct str key,
    struct address *address_r)
{
	const char *error;

	/* "@example.org" and "<>" are no addresses, though paths may begin so
	 * (RFC 5321 4.1.2). */
	return key.len != 0 && key.data[0] != '@' && key.data[0] != '<' &&
	    address_parse_path(search->arena, key, address_r, &error) == 0 &&
	    address_r->local.len != 0 && address_r->domain.len != 0;
}

static int
find_domain(struct map_search *search, struct map_place *place)
{
	const struct directory_domain *domain;

	if (map_domain(search, place->address.domain, &domain) < 0)
		return -1;
	if (domain != NULL && domain->role == DOMAIN_ALIAS) {
		place->status = domain->status;
		place->address.domain = str_from(domain->alias_of);
		if (map_domain(search, place->address.domain, &domain) < 0)
			return -1;
	}
	place->domain = domain;
	if (domain != NULL && domain->status > place->status)
		place->status = domain->status;
	return 0;
}

static int
find_who(struct map_search *search, struct map_place *place, struct str key,
    bool is_extension)
{
	return map_user(search, key, &place->user) < 0 ||
	    (place->user == NULL && find_alias(search, key, is_extension,
	    &place->alias) < 0) ? -1 : 0;
}

int
map_place(struct map_search *search, const struct address *address,
    struct map_place *place_r)
{
	struct address bare;
	struct str key;

	*place_r = (struct map_place){ .address = *address };
	if (find_domain(search, place_r) < 0)
		return -1;
	place_r->spelling = address_canonical(search->arena,
	    &place_r->address, '\0');
	if (place_r->domain == NULL)
		return 0;
	if (find_who(search, place_r, place_r->spelling, false) < 0)
		return -1;
	if (place_r->user != NULL || place_r->alias != NULL)
		return 0;
	key = address_canonical(search->arena, &place_r->address,
	    search->site.delimiter);
	if (str_eq(key, place_r->spelling))
		return 0;
	bare = place_r->address;
	bare.local.len = (size_t)str_find(bare.local, search->site.delimiter);
	place_r->extension = str_lower(search->arena,
	    str_from_pos(address->local, bare.local.len));
	return find_who(search, place_r, key, true);
}
