/* SPDX-License-Identifier: ISC */
/* config.c - the configuration as the commands see it: every section. */
#include "cli/config.h"

#include <unistd.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/setting.h"
#include "cli/output.h"
#include "milter/engine.h"

const struct section *const *
config_sections(void)
{
	return engine_sections();
}

struct conf *
config_load(const char *path, struct arena *arena)
{
	bool is_default = path == NULL;
	const char *error;
	struct conf *conf;

	if (is_default)
		path = CONF_DEFAULT_PATH;
	conf = conf_load(path, config_sections(), NULL, arena, &error);
	if (conf != NULL)
		return conf;
	if (is_default && access(path, F_OK) < 0)
		cli_error("%s; --config names another file, 'mailreeve config "
		    "sample' prints one to begin with", error);
	else
		cli_error("%s", error);
	return NULL;
}

const char *
config_title(const struct section *section, struct arena *arena)
{
	if (section->is_named)
		return arena_printf(arena, "%s NAME", section->name);
	if (section->label != NULL)
		return arena_printf(arena, "%s %s", section->name,
		    section->label);
	return section->name;
}

static void
add_entry(struct vec *entries, const char *path, const struct section *section,
    const struct setting *row)
{
	*(struct config_entry *)vec_push(entries) =
	    (struct config_entry){ path, section, row };
}

/* above: "domain.", or "". As deep as the tables are. */
static void
add_section(struct vec *entries, const char *above,
    const struct section *section)
{
	struct arena *arena = entries->arena;
	const char *path = arena_printf(arena, "%s%s%s%s", above,
	    section->name, section->label != NULL ? "." : "",
	    section->label != NULL ? section->label : "");
	const struct section *const *inner = section->inner;

	add_entry(entries, path, section, NULL);
	for (size_t i = 0; i < section->row_count; i++)
		add_entry(entries, arena_printf(arena, "%s.%s", path,
		    section->rows[i].key), section, &section->rows[i]);
	for (; inner != NULL && *inner != NULL; inner++)
		add_section(entries, arena_printf(arena, "%s.", path), *inner);
}

struct vec
config_entries(struct arena *arena)
{
	const struct section *const *section = config_sections();
	struct vec entries;

	vec_init(&entries, arena, sizeof(struct config_entry));
	for (; *section != NULL; section++)
		add_section(&entries, "", *section);
	return entries;
}

bool
config_is_inherited(const struct section *section, const struct setting *row)
{
	return section->is_named && (row->flags & SETTING_POLICY) != 0;
}
