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

	/* Texts and lists live in the configuration, which may go. */
	assert(row->kind < ARRAY_LEN(sizes) && sizes[row->kind] != 0);
	return sizes[row->kind];
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
	effective->origins = origins;
	for (size_t r = 0; r < row_count; r++) {
		size_t offset = rows[r].offset, size = value_size(&rows[r]);

		origins[r] = "default";
		for (size_t i = 0; i < count; i++) {
			const struct policy_level *level = &levels[i];

			if (level->origin == NULL || conf_origin(load->conf,
			    level->section, rows[r].key) == NULL)
				continue;
			memcpy((char *)&effective->values + offset,
			    (const char *)level->values + offset, size);
			origins[r] = level->origin;
		}
	}
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

