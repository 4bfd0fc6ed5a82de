/* SPDX-License-Identifier: ISC */
/* policy_people.c - the policies of users and aliases, by their addresses. */
#include "mail/policy_load.h"

#include "base/arena.h"
#include "base/conf.h"
#include "base/map.h"
#include "mail/address.h"

/* An alias while it is resolved. */
struct alias {
	const struct alias_section *section;
	struct address address;
	struct str canonical;
};

/* An address of a section's name, and the domain that stands for it. */
static int
parse_name(struct policy_load *load, const void *section, const char *name,
    struct address *address_r, const struct policy_domain **domain_r)
{
	const char *why;

	if (address_parse_path(load->arena, str_from(name), address_r,
	    &why) < 0)
		return policy_load_fail(load, section, NULL, "'%s': %s", name,
		    why);
	if (address_r->local.len == 0 || address_r->domain.len == 0)
		return policy_load_fail(load, section, NULL,
		    "'%s' is no address (user@example.org)", name);
	*domain_r = policy_domain_find(load->source, address_r->domain);
	if (*domain_r == NULL)
		return policy_load_fail(load, section, NULL,
		    "'%s': there is no section domain %.*s", name,
		    STR_ARG(address_r->domain));
	return 0;
}

static int
load_user(struct policy_load *load, const struct user_section *section)
{
	struct policy *user = arena_zalloc(load->arena, sizeof(*user));
	const struct policy_domain *domain;
	const char *class_name = section->class_name;
	struct policy_level levels[4];
	struct address address;

	if (parse_name(load, section, section->name, &address, &domain) < 0)
		return -1;
	if (class_name == NULL)
		class_name = domain->class_name;
	levels[0] = policy_level_global(load);
	levels[1] = policy_level_domain(load,
	    map_find(load->sections, domain->name));
	if (policy_level_class(load, class_name, section, &levels[2]) < 0)
		return -1;
	levels[3] = (struct policy_level){ "user", section, &section->values };
	user->address = address_canonical(load->arena, &address, '\0');
	user->domain = address.domain;
	user->is_local = domain->is_local;
	user->is_known_user = true;
	user->may_submit = true;
	if (class_name != NULL)
		user->class_name = arena_strdup(load->arena, class_name);
	user->values = &policy_combine(load, levels, ARRAY_LEN(levels))->values;
	if (map_put(load->source->people, user->address, user) != NULL)
		return policy_load_fail(load, section, NULL,
		    "user %s has a section already", section->name);
	return 0;
}

static int
collect_alias(struct policy_load *load, const struct alias_section *section)
{
	struct alias *alias = arena_zalloc(load->arena, sizeof(*alias));
	const struct policy_domain *domain;
	struct address name;

	alias->section = section;
	if (parse_name(load, section, section->name, &name, &domain) < 0)
		return -1;
	alias->canonical = address_canonical(load->arena, &name, '\0');
	if (map_find(load->source->people, alias->canonical) != NULL)
		return policy_load_fail(load, section, NULL,
		    "%s is a user already", section->name);
	if (address_parse_path(load->arena, str_from(section->to),
	    &alias->address, load->error_r) < 0)
		return policy_load_fail(load, section, "to", "'%s': %s",
		    section->to, *load->error_r);
	if (map_put(load->aliases, alias->canonical, alias) != NULL)
		return policy_load_fail(load, section, NULL,
		    "alias %s has a section already", section->name);
	return 0;
}

/* The alias that an address names: by all of it, or without its extension when
 * no user has that very address. */
static const struct alias *
find_alias(const struct policy_load *load, const struct address *address)
{
	struct str whole = address_canonical(load->arena, address, '\0');
	struct str bare = address_canonical(load->arena, address,
	    load->source->delimiter);
	const struct alias *alias = map_find(load->aliases, whole);

	if (alias == NULL && map_find(load->source->people, whole) == NULL)
		alias = map_find(load->aliases, bare);
	return alias;
}

static int
resolve_alias(struct policy_load *load, const struct alias *alias)
{
	const struct alias *last = alias, *next;
	size_t steps = 0;

	while ((next = find_alias(load, &last->address)) != NULL) {
		if (++steps > map_len(load->aliases))
			return policy_load_fail(load, alias->section, NULL,
			    "alias %s loops", alias->section->name);
		last = next;
	}
	map_put(load->source->people, alias->canonical, (void *)(uintptr_t)
	    policy_find(load->source, load->arena, &last->address));
	return 0;
}

static int
load_users(struct policy_load *load)
{
	const void *const *items;
	size_t count = conf_list(load->conf, &user_section, NULL, &items);

	for (size_t i = 0; i < count; i++)
		if (load_user(load, items[i]) < 0)
			return -1;
	return 0;
}

/* After the users: a last target is a user, or an address of no section. */
static int
load_aliases(struct policy_load *load)
{
	const void *const *items;
	size_t count = conf_list(load->conf, &alias_section, NULL, &items);
	size_t at = 0;
	struct str key;
	void *alias;

	for (size_t i = 0; i < count; i++)
		if (collect_alias(load, items[i]) < 0)
			return -1;
	while (map_next(load->aliases, &at, &key, &alias))
		if (resolve_alias(load, alias) < 0)
			return -1;
	return 0;
}

int
policy_load_people(struct policy_load *load)
{
	return load_users(load) < 0 || load_aliases(load) < 0 ? -1 : 0;
}
