/* SPDX-License-Identifier: ISC */
/* policy_conf.c - builds a policy source from the sections of a file. */
#include "mail/policy_load.h"

#include "base/arena.h"
#include "base/conf.h"
#include "base/map.h"
#include "mail/address.h"

int
policy_load_fail(struct policy_load *load, const void *section, const char *key,
    const char *format, ...)
{
	const char *origin = conf_origin(load->conf, section, key);
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(load->arena, format, args);
	va_end(args);
	*load->error_r = origin == NULL ? text
	    : arena_printf(load->arena, "%s: %s", origin, text);
	return -1;
}

static void
load_classes(struct policy_load *load)
{
	const void *const *items;
	size_t count = conf_list(load->conf, &class_section, NULL, &items);

	for (size_t i = 0; i < count; i++) {
		const struct class_section *class = items[i];

		map_put(load->classes, str_from(class->name),
		    (void *)(uintptr_t)class);
	}
}

static void
load_keys(struct policy_load *load, const struct domain_section *section,
    struct policy_domain *domain)
{
	const void *const *items;
	size_t count = conf_list(load->conf, &dkim_key_section, section,
	    &items);
	struct policy_key *keys = arena_alloc(load->arena,
	    (count + 1) * sizeof(*keys));

	for (size_t i = 0; i < count; i++) {
		const struct dkim_key_section *key = items[i];

		keys[i].selector = arena_strdup(load->arena, key->name);
		keys[i].file = arena_strdup(load->arena, key->file);
	}
	domain->keys = keys;
	domain->key_count = count;
	if (count != 0)
		*(const struct policy_domain **)vec_push(
		    &load->source->key_domains) = domain;
}

/* The name and, for "*.example.org", the key ".example.org". */
static int
name_domain(struct policy_load *load, const struct domain_section *section,
    struct policy_domain *domain, struct str *key_r)
{
	struct str text = str_from(section->name);
	bool is_wildcard = str_has_prefix_nocase(text, STR("*."));

	if (domain_canonical(load->arena,
	    is_wildcard ? str_from_pos(text, 2) : text, &domain->name) < 0)
		return policy_load_fail(load, section, NULL,
		    "'%s' is no domain name", section->name);
	*key_r = domain->name;
	if (is_wildcard) {
		domain->name = str_from(arena_printf(load->arena, "*.%.*s",
		    STR_ARG(domain->name)));
		*key_r = str_from_pos(domain->name, 1);
	}
	domain->is_local = conf_origin(load->conf, section, "local") != NULL
	    ? section->is_local : !is_wildcard;
	return 0;
}

static int
load_domain(struct policy_load *load, const struct domain_section *section)
{
	struct policy_domain *domain =
	    arena_zalloc(load->arena, sizeof(*domain));
	struct policy_level levels[3] = { policy_level_global(load),
	    policy_level_domain(load, section) };
	struct str key;

	if (name_domain(load, section, domain, &key) < 0 ||
	    policy_level_class(load, section->class_name, section,
	    &levels[2]) < 0)
		return -1;
	if (section->class_name != NULL)
		domain->class_name = arena_strdup(load->arena,
		    section->class_name);
	domain->effective = policy_combine(load, levels, ARRAY_LEN(levels));
	map_put(load->sections, domain->name, (void *)(uintptr_t)section);
	load_keys(load, section, domain);
	if (map_put(load->source->domains, key, domain) != NULL)
		return policy_load_fail(load, section, NULL,
		    "domain %.*s has a section already",
		    STR_ARG(domain->name));
	return 0;
}

static int
load_domains(struct policy_load *load)
{
	const void *const *items;
	size_t count = conf_list(load->conf, &domain_section, NULL, &items);

	for (size_t i = 0; i < count; i++)
		if (load_domain(load, items[i]) < 0)
			return -1;
	return 0;
}

struct policy_source *
policy_source_from_conf(struct arena *arena, const struct conf *conf,
    char delimiter, const char **error_r)
{
	struct policy_source *source = arena_zalloc(arena, sizeof(*source));
	struct policy_load load = { .arena = arena, .conf = conf,
	    .source = source, .classes = map_new(arena),
	    .sections = map_new(arena), .aliases = map_new(arena),
	    .limits = map_new(arena), .error_r = error_r };
	struct policy_level global = policy_level_global(&load);

	source->delimiter = delimiter;
	source->domains = map_new(arena);
	source->people = map_new(arena);
	vec_init(&source->key_domains, arena,
	    sizeof(const struct policy_domain *));
	source->global = policy_combine(&load, &global, 1);
	load_classes(&load);
	return load_domains(&load) == 0 && policy_load_people(&load) == 0
	    ? source : NULL;
}
