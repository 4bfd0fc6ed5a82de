/* SPDX-License-Identifier: ISC */
/* map_recipients.c - maps of recipients: who takes mail, and for whom.
 *
 * A suspended user is there all the same: "User unknown" would be a lie, which
 * senders believe for good. Rule recipient of policyd says what becomes of the
 * mail: refused with a reason, put off, kept. What is in an alias domain is rewritten by the map
 * aliases before anybody has to take it.
 */
#include "directory/map_search.h"

#include "base/arena.h"

/* The domain of an address in its own right; NULL: not of this role. */
static int
find_in(struct map_search *search, struct str key, enum domain_role role,
    struct address *address_r, bool *is_in_r)
{
	const struct directory_domain *domain;

	*is_in_r = false;
	if (!map_parse_address(search, key, address_r))
		return 0;
	if (map_domain(search, address_r->domain, &domain) < 0)
		return -1;
	*is_in_r = domain != NULL && domain->role == (int)role &&
	    domain->status != STATUS_SUSPENDED;
	return 0;
}

int
map_find_mailboxes(struct map_search *search, struct str key,
    const char **value_r)
{
	struct address address;
	struct map_place place;
	bool is_in;

	if (find_in(search, key, DOMAIN_MANAGED, &address, &is_in) < 0)
		return -1;
	if (!is_in)
		return 0;
	if (map_place(search, &address, &place) < 0)
		return -1;
	if (place.user != NULL)
		*value_r = place.user->address;
	return 0;
}

/* Who exists there, the other server alone knows. */
int
map_find_relay_recipients(struct map_search *search, struct str key,
    const char **value_r)
{
	struct address address;
	bool is_in;

	if (find_in(search, key, DOMAIN_RELAY, &address, &is_in) < 0)
		return -1;
	if (is_in)
		*value_r = address_canonical(search->arena, &address,
		    '\0').data;
	return 0;
}

/* Nothing is rewritten where mail goes to the address itself, ... */
static bool
is_itself(const struct map_walk *walk, struct str spelling)
{
	return walk->ends.len == 1 &&
	    str_eq(*(struct str *)vec_at(&walk->ends, 0), spelling);
}

/* ... nor what is in no domain of ours. */
int
map_find_aliases(struct map_search *search, struct str key,
    const char **value_r)
{
	struct address address;
	struct map_walk walk;
	struct buf list;

	if (!map_parse_address(search, key, &address))
		return 0;
	if (map_walk(&walk, search, &address) < 0)
		return -1;
	if (walk.ends.len == 0 || is_itself(&walk, address_canonical(
	    search->arena, &address, '\0')))
		return 0;
	buf_init(&list, search->arena);
	for (size_t i = 0; i < walk.ends.len; i++)
		map_list_add(&list, *(struct str *)vec_at(&walk.ends, i));
	*value_r = list.data;
	return 0;
}
