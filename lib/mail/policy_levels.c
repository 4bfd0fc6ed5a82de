/* SPDX-License-Identifier: ISC */
/* policy_levels.c - user over class over domain over global, for each value. */
#include "mail/policy_load.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/map.h"

static size_t
value_size(const struct setting *row)
{
	static const size_t sizes[] = {
		[SETTING_BOOL] = sizeof(bool),
		[SETTING_INT] = sizeof(int64_t),
		[SETTING_SIZE] = sizeof(int64_t),
		[SETTING_DURATION] = sizeof(int64_t),
		[SETTING_REAL] = sizeof(double),
		[SETTING_WORD] = sizeof(int),
	};

	/* Texts live in the configuration, which may go. */
	assert(row->kind < ARRAY_LEN(sizes) && sizes[row->kind] != 0);
	return sizes[row->kind];
}

static bool
has_value(const struct policy_load *load, const struct policy_level *level,
    const struct setting *rows, size_t row)
{
	if (level->origin == NULL)
		return false;
	if (load->has_value != NULL)
		return load->has_value(level->section, row);
	return conf_origin(load->conf, level->section, rows[row].key) != NULL;
}

void
policy_copy_value(struct policy_values *to, const struct policy_values *from,
    const struct setting *row)
{
	if (row->kind != SETTING_LIST)
		memcpy((char *)to + row->offset,
		    (const char *)from + row->offset, value_size(row));
}

const struct policy_effective *
policy_combine(struct policy_load *load, const struct policy_level *levels,
    size_t count)
{
	struct policy_effective *effective =
	    arena_zalloc(load->arena, sizeof(*effective));
	size_t row_count;
	const struct setting *rows = policy_rows(&row_count);
	const char **origins = arena_alloc(load->arena,
	    row_count * sizeof(*origins));

	effective->values = *levels[0].values;
	effective->values.limits = (struct setting_list){ 0 };
	effective->origins = origins;
	for (size_t r = 0; r < row_count; r++) {
		origins[r] = "default";
		for (size_t i = 0; i < count; i++)
			if (has_value(load, &levels[i], rows, r)) {
				policy_copy_value(&effective->values,
				    levels[i].values, &rows[r]);
				origins[r] = levels[i].origin;
			}
	}
	for (size_t i = 0; i < count; i++)
		effective->limits[i] = policy_limits_of(load, &levels[i]);
	return effective;
}

struct policy_level
policy_level_global(const struct policy_load *load)
{
	const struct global_section *section =
	    conf_get(load->conf, &policy_section);

	return (struct policy_level){ "global", section, &section->values };
}

struct policy_level
policy_level_domain(const struct policy_load *load,
    const struct domain_section *section)
{
	return (struct policy_level){ arena_printf(load->arena, "domain %s",
	    section->name), section, &section->values };
}

int
policy_level_class(struct policy_load *load, const char *name,
    const void *section, struct policy_level *level_r)
{
	const struct class_section *class;

	*level_r = (struct policy_level){ .origin = NULL };
	if (name == NULL)
		return 0;
	class = map_find(load->classes, str_from(name));
	if (class == NULL)
		return policy_load_fail(load, section, "class",
		    "there is no class '%s'", name);
	*level_r = (struct policy_level){ arena_printf(load->arena, "class %s",
	    name), class, &class->values };
	return 0;
}

