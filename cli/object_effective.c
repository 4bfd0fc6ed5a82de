/* SPDX-License-Identifier: ISC */
/* object_effective.c - what holds for an address, and where it comes from. */
#include "cli/object_effective.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/json.h"
#include "base/map.h"
#include "cli/clean.h"
#include "cli/config.h"
#include "cli/object.h"
#include "cli/output.h"
#include "directory/effective.h"
#include "mail/address.h"
#include "mail/limit.h"
#include "mail/policy.h"
#include "mail/policy_source.h"

/* It is there under its whole name, so no extension is looked for. */
int
object_effective(struct object_job *job,
    const struct directory_object *object, const struct policy **policy_r)
{
	const char *name = directory_object_name(object, job->arena);
	const struct policy_source *source;
	const struct policy *answer;
	struct address address;
	const char *reason;

	if (address_parse_path(job->arena, str_from(name), &address,
	    &reason) < 0)
		return directory_refuse(job->arena, &job->error, "%s",
		    reason);
	source = policy_source_from_conf(job->arena, job->conf, 0, &reason);
	if (source == NULL)
		return directory_refuse(job->arena, &job->error, "%s",
		    reason);
	if (effective_policy(job->directory, job->arena, &address, 0,
	    clock_now_ms(), &answer, &job->error) < 0)
		return -1;
	*policy_r = policy_choose(source, job->arena, &address, answer);
	return 0;
}

/* --- values ---------------------------------------------------------------- */

/* A value that holds, as a row tells it. */
struct shown {
	const struct setting *row;
	const void *values;
	const char *origin;
};

static const struct section *
find_section(const struct policy_base *base)
{
	const struct section *const *section = config_sections();

	while (strcmp((*section)->name, base->section) != 0 ||
	    (*section)->label == NULL ||
	    strcmp((*section)->label, base->label) != 0)
		section++;
	return *section;
}

static struct shown
find_shown(const struct conf *conf, const struct policy *policy,
    const struct setting *row, struct arena *arena)
{
	const struct policy_base *base = policy_base(row->key);
	struct shown shown = { row, policy->values,
		policy_origin(policy, row->key) };
	const struct section *section;

	if (policy_says(policy, row->key) || base == NULL)
		return shown;
	section = find_section(base);
	shown.row = section->rows;
	while (strcmp(shown.row->key, base->row) != 0)
		shown.row++;
	shown.values = conf_get(conf, section);
	if (conf_origin(conf, shown.values, base->row) != NULL)
		shown.origin = arena_printf(arena, "%s %s", base->section,
		    base->label);
	return shown;
}

/* --- limits ---------------------------------------------------------------- */

/* Those of all levels count together, name by name. */
struct limit_walk {
	const struct policy *policy;
	struct map *seen;
	size_t level, item;
};

static bool
next_limit(struct limit_walk *walk, const char **name_r,
    const struct limit **limit_r, const char **origin_r)
{
	const struct policy_effective *effective =
	    (const void *)walk->policy->values;

	for (; walk->level < POLICY_LEVELS; walk->level++, walk->item = 0) {
		const struct policy_limits *limits =
		    effective->limits[walk->level];

		while (limits != NULL && walk->item < limits->count) {
			*name_r = limits->items[walk->item++].name;
			if (map_put(walk->seen, str_from(*name_r),
			    walk->seen) != NULL)
				continue;
			*limit_r = policy_limit(walk->policy, *name_r,
			    POLICY_ANY_LEVEL, origin_r);
			return true;
		}
	}
	return false;
}

/* --- printing -------------------------------------------------------------- */

static bool
is_limits(const struct setting *row)
{
	return strcmp(row->key, "limits") == 0;
}

static void
add_limits(struct table *table, const struct policy *policy)
{
	struct arena *arena = table->arena;
	struct limit_walk walk = { policy, map_new(arena), 0, 0 };
	const struct limit *limit;
	const char *name, *origin;

	while (next_limit(&walk, &name, &limit, &origin))
		table_add(table, arena_printf(arena, "limit %s",
		    clean_text(arena, name)), limit_print(arena, limit),
		    clean_text(arena, origin));
}

/* A user's own class, or that of the domain. */
static void
add_class(struct table *table, const struct directory_object *object,
    const struct policy *policy)
{
	struct arena *arena = table->arena;
	const struct setting *row = directory_kind_row(object->kind, "class");
	bool is_own = row != NULL &&
	    *object_value(row, object->values, arena) != '\0';

	if (policy->class_name == NULL)
		table_add(table, "class", "none", "");
	else
		table_add(table, "class", clean_text(arena,
		    policy->class_name), is_own ? object->kind->name :
		    arena_printf(arena, "domain %s", clean_str(arena,
		    policy->domain)));
}

static const char *const status_words[] = {
	[POLICY_ACTIVE] = "active",
	[POLICY_SENDING_SUSPENDED] = "sending-suspended",
	[POLICY_SUSPENDED] = "suspended",
};

/* Its own, or its domain's where that is worse. */
static void
add_status(struct table *table, const struct directory_object *object,
    const struct policy *policy)
{
	const char *own = object_status(object, table->arena);
	const char *word = status_words[policy->status];

	table_add(table, "status", word, policy->status == POLICY_ACTIVE ||
	    (own != NULL && strcmp(own, word) == 0) ? object->kind->name :
	    arena_printf(table->arena, "domain %s", clean_str(table->arena,
	    policy->domain)));
}

static void
add_value(struct table *table, const struct conf *conf,
    const struct policy *policy, const struct setting *row)
{
	struct arena *arena = table->arena;
	const struct shown shown = find_shown(conf, policy, row, arena);

	table_add(table, row->key, object_value(shown.row, shown.values,
	    arena), clean_text(arena, shown.origin));
}

void
object_effective_print(struct buf *out, const struct conf *conf,
    const struct directory_object *object, const struct policy *policy)
{
	struct arena *arena = out->arena;
	struct table table;
	size_t count;
	const struct setting *rows = policy_rows(&count);

	table_init(&table, arena, 3);
	table_add(&table, "address", clean_str(arena, policy->address), "");
	add_status(&table, object, policy);
	add_class(&table, object, policy);
	for (size_t i = 0; i < count; i++)
		if (!is_limits(&rows[i]))
			add_value(&table, conf, policy, &rows[i]);
	add_limits(&table, policy);
	buf_add_text(out, "what holds for it, and by what\n");
	table_print(&table, out);
}

/* --- JSON ------------------------------------------------------------------ */

static void
put_limits(struct json_writer *json, const struct policy *policy)
{
	struct arena *arena = json->out->arena;
	struct limit_walk walk = { policy, map_new(arena), 0, 0 };
	const struct limit *limit;
	const char *name, *origin;

	json_begin_object(json, "limits");
	while (next_limit(&walk, &name, &limit, &origin)) {
		json_begin_object(json, name);
		json_put_text(json, "value", limit_print(arena, limit));
		json_put_text(json, "origin", origin);
		json_end_object(json);
	}
	json_end_object(json);
}

static void
put_value(struct json_writer *json, const struct conf *conf,
    const struct setting *row, const struct policy *policy)
{
	const struct shown shown = find_shown(conf, policy, row,
	    json->out->arena);
	struct setting named = *shown.row;

	json_begin_object(json, row->key);
	named.key = "value";
	object_put_value(json, &named, shown.values);
	json_put_text(json, "origin", shown.origin);
	json_end_object(json);
}

void
object_effective_json(struct json_writer *json, const struct conf *conf,
    const struct policy *policy)
{
	size_t count;
	const struct setting *rows = policy_rows(&count);

	json_begin_object(json, "effective");
	json_put_str(json, "address", policy->address);
	json_put_text(json, "status", status_words[policy->status]);
	json_put_text(json, "class", policy->class_name);
	json_begin_object(json, "values");
	for (size_t i = 0; i < count; i++)
		if (!is_limits(&rows[i]))
			put_value(json, conf, &rows[i], policy);
	json_end_object(json);
	put_limits(json, policy);
	json_end_object(json);
}
