/* SPDX-License-Identifier: ISC */
/* policy.c - who an address is, and what holds for it. */
#include "mail/policy.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/setting.h"
#include "mail/address.h"
#include "mail/policy_source.h"

/* The nearest section that stands for the domain: its own, then *.parent. */
static const struct policy_domain *
next_domain(const struct policy_source *source, struct str *rest)
{
	const struct policy_domain *found = NULL;

	while (found == NULL && rest->len != 0) {
		struct str behind = str_from_pos(*rest, 1);
		ptrdiff_t dot = str_find(behind, '.');

		found = map_find(source->domains, *rest);
		*rest = dot < 0 ? STR("") : str_from_pos(behind, (size_t)dot);
	}
	return found;
}

const struct policy_domain *
policy_domain_find(const struct policy_source *source, struct str domain)
{
	return next_domain(source, &domain);
}

const struct policy *
policy_find(const struct policy_source *source, struct arena *arena,
    const struct address *address)
{
	struct str key = address_canonical(arena, address, '\0');
	const struct policy *known = map_find(source->people, key);
	const struct policy_domain *domain;
	struct policy *policy;

	if (known == NULL && source->delimiter != '\0') {
		key = address_canonical(arena, address, source->delimiter);
		known = map_find(source->people, key);
	}
	if (known != NULL)
		return known;
	domain = policy_domain_find(source, address->domain);
	policy = arena_zalloc(arena, sizeof(*policy));
	policy->address = key;
	policy->domain = address->domain;
	policy->may_submit = true;
	policy->values = &source->global->values;
	if (domain != NULL) {
		policy->is_local = domain->is_local;
		policy->class_name = domain->class_name;
		policy->values = &domain->effective->values;
	}
	return policy;
}

bool
policy_has_domain(const struct policy_source *source, struct str domain)
{
	const struct policy_domain *found = policy_domain_find(source, domain);

	return found != NULL && found->is_local;
}

size_t
policy_keys(const struct policy_source *source, struct str domain,
    const struct policy_key **keys_r)
{
	const struct policy_domain *found;

	while ((found = next_domain(source, &domain)) != NULL)
		if (found->key_count != 0) {
			*keys_r = found->keys;
			return found->key_count;
		}
	*keys_r = NULL;
	return 0;
}

bool
policy_key_domain(const struct policy_source *source, size_t i,
    struct str *domain_r, const struct policy_key **keys_r, size_t *count_r)
{
	const struct policy_domain *domain;

	if (i >= source->key_domains.len)
		return false;
	domain = *(const struct policy_domain **)vec_at(&source->key_domains,
	    i);
	*domain_r = domain->name;
	*keys_r = domain->keys;
	*count_r = domain->key_count;
	return true;
}

const char *
policy_origin(const struct policy *policy, const char *key)
{
	const struct policy_effective *effective =
	    (const struct policy_effective *)policy->values;
	size_t count;
	const struct setting *rows = policy_rows(&count);

	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].key, key) == 0)
			return effective->origins[i];
	return NULL;
}

bool
policy_says(const struct policy *policy, const char *key)
{
	return strcmp(policy_origin(policy, key), "default") != 0;
}
