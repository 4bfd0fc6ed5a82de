/* SPDX-License-Identifier: ISC */
/* forwarders.c - addresses go to a list of networks, the rest are domains. */
#include "mail/forwarders.h"

#include <string.h>

#include "base/arena.h"
#include "base/setting.h"
#include "base/vec.h"
#include "mail/address.h"

struct forwarders {
	const struct netlist *networks;
	struct vec patterns;		/* struct str, for domain_matches() */
};

/* What may only be meant as an address, well formed or not. "192.0.2" would
 * pass for a domain. */
static bool
is_network(const char *text)
{
	return strpbrk(text, "!/:[") != NULL ||
	    text[strspn(text, "0123456789.")] == '\0';
}

/* "example.org", "*.example.org". One label is nobody's domain, and "unknown"
 * is what Postfix calls a client without a name. */
static int
add_pattern(struct arena *arena, struct vec *patterns, const char *text,
    const char **error_r)
{
	const char *name = strncmp(text, "*.", 2) == 0 ? text + 2 : text;
	struct str domain;

	if (domain_canonical(arena, str_from(name), &domain) < 0 ||
	    str_find(domain, '.') < 0) {
		*error_r = arena_printf(arena, "forwarder '%s': it is no "
		    "address, no network and no domain (lists.example.org, "
		    "*.example.org)", text);
		return -1;
	}
	*(struct str *)vec_push(patterns) = str_from(arena_printf(arena,
	    "%s%.*s", name != text ? "*." : "", STR_ARG(domain)));
	return 0;
}

struct forwarders *
forwarders_parse(struct arena *arena, const struct setting_list *texts,
    const char **error_r)
{
	struct forwarders *forwarders = arena_zalloc(arena,
	    sizeof(*forwarders));
	const char **networks = arena_alloc(arena,
	    (texts->count + 1) * sizeof(*networks));
	struct setting_list network_list = { 0, networks };

	vec_init(&forwarders->patterns, arena, sizeof(struct str));
	for (size_t i = 0; i < texts->count; i++) {
		const char *text = texts->texts[i];

		if (is_network(text))
			networks[network_list.count++] = text;
		else if (add_pattern(arena, &forwarders->patterns, text,
		    error_r) < 0)
			return NULL;
	}
	forwarders->networks = netlist_parse(arena, &network_list, error_r);
	return forwarders->networks != NULL ? forwarders : NULL;
}

bool
forwarders_have_address(const struct forwarders *forwarders,
    const struct netaddr *address)
{
	return netlist_has(forwarders->networks, address);
}

bool
forwarders_have_domain(const struct forwarders *forwarders, struct str domain)
{
	for (size_t i = 0; i < forwarders->patterns.len; i++)
		if (domain_matches(domain,
		    *(struct str *)vec_at(&forwarders->patterns, i)))
			return true;
	return false;
}
