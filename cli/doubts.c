/* SPDX-License-Identifier: ISC */
/* doubts.c - what the directory takes, though it does not work as it is. */
#include "cli/doubts.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/conf.h"
#include "directory/directory.h"
#include "directory/directory_settings.h"
#include "directory/limit_names.h"
#include "policyd/rule/throttle.h"

static bool
is_section(const void *arg, const char *name)
{
	const void *const *items;
	size_t count = conf_list(arg, &throttle_section, NULL, &items);

	for (size_t i = 0; i < count; i++)
		if (strcmp(((const struct throttle *)items[i])->name,
		    name) == 0)
			return true;
	return false;
}

/* One that is retired signs no more. */
static void
doubt_key(const struct directory_object *object, struct arena *arena,
    struct vec *doubts)
{
	const struct directory_dkim_key *key = object->values;

	if (key->state != DKIM_KEY_RETIRED && access(key->file, R_OK) != 0)
		*(const char **)vec_push(doubts) = arena_printf(arena,
		    "dkim-key %s %s: %s: %s; nothing is signed with it on "
		    "this host until that can be read", key->domain,
		    key->selector, key->file, strerror(errno));
}

void
doubts_of(struct directory *directory, const struct conf *conf,
    const struct directory_object *object, struct arena *arena,
    struct vec *doubts)
{
	const struct limit_namer namer = { is_section, conf };
	struct db_error error;

	if (object->kind == &kind_dkim_key)
		doubt_key(object, arena, doubts);
	limit_names_of(directory, arena, object, &namer, doubts, &error);
}

void
doubts_of_all(const struct conf *conf, struct arena *arena,
    struct vec *doubts)
{
	const struct limit_namer namer = { is_section, conf };
	const struct directory_settings *settings = conf_get(conf,
	    &directory_section);
	struct directory *directory;
	struct db_error error;

	if (settings->kind == DIRECTORY_NONE)
		return;
	directory = directory_open(settings, DB_READ);
	limit_names_of_all(directory, arena, &namer, doubts, &error);
	directory_close(&directory);
}
