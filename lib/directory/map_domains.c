/* SPDX-License-Identifier: ISC */
/* map_domains.c - maps of domains: whose mail is taken, and where it goes.
 *
 * A domain is not its sub-domains: of "a.example.org" and ".example.org" a map
 * knows the first alone. Where Postfix were to ask for the parents of a domain
 * in the very same form (parent_domain_matches_subdomains; it does so for tables
 * of fixed texts alone), the map relay_recipients would still refuse.
 */
#include "directory/map_search.h"

#include "base/arena.h"

static int
find_role(struct map_search *search, struct str key, enum domain_role role,
    const struct directory_domain **domain_r)
{
	*domain_r = NULL;
	/* A key with a final dot is another one for Postfix. */
	if (key.len == 0 || key.data[key.len - 1] == '.')
		return 0;
	if (map_domain(search, key, domain_r) < 0)
		return -1;
	if (*domain_r != NULL && ((*domain_r)->role != (int)role ||
	    (*domain_r)->status == STATUS_SUSPENDED))
		*domain_r = NULL;
	return 0;
}

static int
find_name(struct map_search *search, struct str key, enum domain_role role,
    const char **value_r)
{
	const struct directory_domain *domain;

	if (find_role(search, key, role, &domain) < 0)
		return -1;
	if (domain != NULL)
		*value_r = domain->name;
	return 0;
}

int
map_find_domains(struct map_search *search, struct str key,
    const char **value_r)
{
	return find_name(search, key, DOMAIN_MANAGED, value_r);
}

int
map_find_alias_domains(struct map_search *search, struct str key,
    const char **value_r)
{
	return find_name(search, key, DOMAIN_ALIAS, value_r);
}

int
map_find_relay_domains(struct map_search *search, struct str key,
    const char **value_r)
{
	return find_name(search, key, DOMAIN_RELAY, value_r);
}

/* "smtp:[mail.example.org]:25" has a transport; "[mail.example.org]:25" and
 * "mail.example.org:25" are hosts alone: no transport's name has a dot. */
static bool
has_transport(const char *text)
{
	size_t name = strcspn(text, ":.[");

	return name != 0 && text[name] == ':';
}

int
map_find_transport(struct map_search *search, struct str key,
    const char **value_r)
{
	const struct directory_domain *domain;

	if (find_role(search, key, DOMAIN_RELAY, &domain) < 0)
		return -1;
	if (domain != NULL && domain->relay_to != NULL)
		*value_r = has_transport(domain->relay_to) ?
		    domain->relay_to : arena_printf(search->arena, "relay:%s",
		    domain->relay_to);
	return 0;
}
