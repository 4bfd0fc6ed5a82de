/* SPDX-License-Identifier: ISC */
/* policy_limits.c - the amounts of limits, by their names, from all levels. */
#include "mail/policy_load.h"

#include <string.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/map.h"

/* "NAME=100/1h,1000/1d" */
static int
parse_item(const char *text, struct policy_limit *item, struct arena *arena,
    const char **error_r)
{
	struct str rest = str_from(text), name;
	const char *words;

	str_cut(&rest, '=', &name);
	if (rest.data == NULL || name.len == 0) {
		*error_r = arena_printf(arena, "'%s' is not NAME=LIMIT, such "
		    "as outbound=100/1h,1000/1d", text);
		return -1;
	}
	item->name = str_dup(arena, name);
	words = str_dup(arena, rest);
	if (limit_parse(arena, &words, 1, &item->limit, error_r) == 0)
		return 0;
	*error_r = arena_printf(arena, "%s: %s", item->name, *error_r);
	return -1;
}

static int
parse_items(const struct setting_list *list, struct policy_limit *items,
    struct arena *arena, const char **error_r)
{
	for (size_t i = 0; i < list->count; i++) {
		if (parse_item(list->texts[i], &items[i], arena, error_r) < 0)
			return -1;
		for (size_t j = 0; j < i; j++) {
			if (strcmp(items[j].name, items[i].name) != 0)
				continue;
			*error_r = arena_printf(arena, "%s stands there twice",
			    items[i].name);
			return -1;
		}
	}
	return 0;
}

int
policy_limits_check(const struct policy_values *values, struct arena *arena,
    const char **key_r, const char **error_r)
{
	struct policy_limit *items = arena_alloc(arena,
	    (values->limits.count + 1) * sizeof(*items));

	*key_r = "limits";
	return parse_items(&values->limits, items, arena, error_r);
}

const struct policy_limits *
policy_limits_of(struct policy_load *load, const struct policy_level *level)
{
	const struct str key = str_of((const char *)&level->section,
	    sizeof(level->section));
	struct policy_limits *limits;
	struct policy_limit *items;
	const char *error;

	if (level->origin == NULL || level->values->limits.count == 0)
		return NULL;
	limits = map_find(load->limits, key);
	if (limits != NULL)
		return limits;
	limits = arena_alloc(load->arena, sizeof(*limits));
	items = arena_alloc(load->arena,
	    level->values->limits.count * sizeof(*items));
	/* That it parses, the section's check has found. */
	parse_items(&level->values->limits, items, load->arena, &error);
	*limits = (struct policy_limits){ level->origin,
	    level->values->limits.count, items };
	map_put(load->limits, key, limits);
	return limits;
}

static const struct limit *
find_item(const struct policy_limits *limits, const char *name)
{
	for (size_t i = 0; limits != NULL && i < limits->count; i++)
		if (strcmp(limits->items[i].name, name) == 0)
			return &limits->items[i].limit;
	return NULL;
}

const struct limit *
policy_limit(const struct policy *policy, const char *name, unsigned levels,
    const char **origin_r)
{
	const struct policy_effective *effective =
	    (const struct policy_effective *)policy->values;
	const struct limit *limit;

	for (size_t i = POLICY_LEVELS; i-- > 0;) {
		if ((levels & 1U << i) == 0)
			continue;
		limit = find_item(effective->limits[i], name);
		if (limit != NULL) {
			*origin_r = effective->limits[i]->origin;
			return limit;
		}
	}
	return NULL;
}

/* --- the names ------------------------------------------------------------ */

struct names {
	const struct conf *conf;
	struct arena *arena;
	bool (*is_known)(const void *arg, const char *name);
	const void *arg;
	const char **error_r;
};

static int
check_names(const struct names *names, const void *section,
    const struct setting_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct str rest = str_from(list->texts[i]), name;
		const char *text;

		str_cut(&rest, '=', &name);
		text = str_dup(names->arena, name);
		if (names->is_known(names->arg, text))
			continue;
		*names->error_r = arena_printf(names->arena,
		    "%s: there is no section throttle %s",
		    conf_origin(names->conf, section, "limits"), text);
		return -1;
	}
	return 0;
}

int
policy_check_limits(const struct conf *conf, struct arena *arena,
    bool (*is_known)(const void *arg, const char *name), const void *arg,
    const char **error_r)
{
	static const struct {
		const struct section *section;
		size_t offset;
	} sections[] = {
		{ &class_section, offsetof(struct class_section, values) },
		{ &domain_section, offsetof(struct domain_section, values) },
		{ &user_section, offsetof(struct user_section, values) },
	};
	const struct names names = { conf, arena, is_known, arg, error_r };
	const struct global_section *global = conf_get(conf, &policy_section);
	const void *const *items;
	size_t count;

	if (check_names(&names, global, &global->values.limits) < 0)
		return -1;
	for (size_t s = 0; s < ARRAY_LEN(sections); s++) {
		count = conf_list(conf, sections[s].section, NULL, &items);
		for (size_t i = 0; i < count; i++)
			if (check_names(&names, items[i],
			    &((const struct policy_values *)((const char *)
			    items[i] + sections[s].offset))->limits) < 0)
				return -1;
	}
	return 0;
}
