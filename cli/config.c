/* SPDX-License-Identifier: ISC */
/* config.c - the configuration as the commands see it: every section. */
#include "cli/config.h"

#include <assert.h>
#include <pthread.h>
#include <unistd.h>

#include "avscan/settings.h"
#include "base/arena.h"
#include "base/conf.h"
#include "base/setting.h"
#include "cli/output.h"
#include "mail/policy.h"
#include "milter/engine.h"
#include "policyd/rulebook.h"

#define SECTIONS_MAX 192

/* Collected once, then never changed. */
static const struct section *config_list[SECTIONS_MAX];
static pthread_once_t config_list_once = PTHREAD_ONCE_INIT;

static void
add_new(const struct section *section)
{
	size_t i = 0;

	while (config_list[i] != NULL && config_list[i] != section)
		i++;
	assert(i < SECTIONS_MAX - 1);
	config_list[i] = section;
}

/* People and their domains stand last. */
static void
collect_sections(void)
{
	const struct section *const *milter = engine_sections();
	const struct section *const *policyd = rulebook_sections();

	for (; *milter != policy_sections[0]; milter++)
		add_new(*milter);
	for (; *policyd != policy_sections[0]; policyd++)
		add_new(*policyd);
	add_new(&avscan_section);
	for (; *milter != NULL; milter++)
		add_new(*milter);
}

const struct section *const *
config_sections(void)
{
	pthread_once(&config_list_once, collect_sections);
	return config_list;
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
