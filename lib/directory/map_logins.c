/* SPDX-License-Identifier: ISC */
/* map_logins.c - which logins may send as an address.
 *
 * The same as ownership.h has it, seen from the address: a user as his or her
 * own, with extensions; those to whom an alias leads alone or directly; who has
 * it, or all of its domain, as an identity. In an alias domain all that holds in
 * the domain for which it stands. A catch-all gets mail for who does not exist,
 * but nobody sends as such. Of these the ones who may send: active, with SMTP,
 * in an active domain.
 */
#include "directory/map_search.h"

#include "base/arena.h"
#include "base/map.h"

/* So many aliases are followed, one after another, as effective.c does. */
#define STEPS_MAX 20

struct owners {
	struct map_search *search;
	struct map *seen;
	struct buf list;
};

static int
add_user(struct owners *owners, const struct directory_user *user)
{
	struct str login = str_from(user->address);
	const struct directory_domain *domain;

	if (user->status != STATUS_ACTIVE || !user->has_smtp ||
	    map_put(owners->seen, login, owners) != NULL)
		return 0;
	if (map_domain(owners->search, str_from(user->domain), &domain) < 0)
		return -1;
	if (domain != NULL && domain->status == STATUS_ACTIVE)
		map_list_add(&owners->list, login);
	return 0;
}

static int
add_text(struct owners *owners, const char *address)
{
	const struct directory_user *user;

	return map_user(owners->search, str_from(address), &user) < 0 ||
	    (user != NULL && add_user(owners, user) < 0) ? -1 : 0;
}

static int
add_targets(struct owners *owners, const struct setting_list *to)
{
	for (size_t i = 0; i < to->count; i++)
		if (add_text(owners, to->texts[i]) < 0)
			return -1;
	return 0;
}

/* Follow aliases to one address until somebody has it, or it is several. */
static int
add_who_has(struct owners *owners, struct map_place place)
{
	struct address next;

	for (int i = 0; i < STEPS_MAX; i++) {
		if (place.user != NULL)
			return add_user(owners, place.user);
		if (place.alias == NULL ||
		    place.alias->status != STATUS_ACTIVE)
			return 0;
		if (place.alias->to.count != 1)
			return add_targets(owners, &place.alias->to);
		if (!map_parse_address(owners->search,
		    str_from(place.alias->to.texts[0]), &next))
			return 0;
		if (map_place(owners->search, &next, &place) < 0)
			return -1;
	}
	return 0;
}

static int
add_identities(struct owners *owners, struct str name)
{
	struct map_search *search = owners->search;
	const struct directory_query query = { .limit = MAP_VALUES_MAX,
	    .last = str_dup(search->arena, name) };
	struct vec found;

	vec_init(&found, search->arena, sizeof(struct directory_object *));
	if (directory_list(search->directory, search->arena, &kind_identity,
	    &query, &found, search->error_r) < 0)
		return search->error_r->trouble == DB_REFUSED ? 0 : -1;
	for (size_t i = 0; i < found.len; i++) {
		const struct directory_identity *identity =
		    (*(struct directory_object **)vec_at(&found, i))->values;

		if (add_text(owners, identity->login) < 0)
			return -1;
	}
	return 0;
}

/* The address, without its extension, and @domain. */
static int
add_all_identities(struct owners *owners, const struct address *address)
{
	struct arena *arena = owners->search->arena;
	struct str whole = address_canonical(arena, address, '\0');
	struct str bare = address_canonical(arena, address,
	    owners->search->site.delimiter);

	return add_identities(owners, whole) < 0 || (!str_eq(bare, whole) &&
	    add_identities(owners, bare) < 0) ||
	    add_identities(owners, str_from(arena_printf(arena, "@%.*s",
	    STR_ARG(address->domain)))) < 0 ? -1 : 0;
}

int
map_find_logins(struct map_search *search, struct str key,
    const char **value_r)
{
	struct owners owners = { .search = search,
	    .seen = map_new(search->arena) };
	struct address address;
	struct map_place place;

	buf_init(&owners.list, search->arena);
	if (!map_parse_address(search, key, &address))
		return 0;
	if (map_place(search, &address, &place) < 0)
		return -1;
	if (place.status != STATUS_ACTIVE)
		return 0;
	if (add_who_has(&owners, place) < 0 ||
	    add_all_identities(&owners, &address) < 0 ||
	    (!str_eq(address.domain, place.address.domain) &&
	    add_all_identities(&owners, &place.address) < 0))
		return -1;
	if (owners.list.len != 0)
		*value_r = owners.list.data;
	return 0;
}
