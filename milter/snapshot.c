/* SPDX-License-Identifier: ISC */
/* snapshot.c - from a configuration to all that the engine needs of it. */
#include "milter/snapshot.h"

#include "base/arena.h"
#include "base/conf.h"
#include "mail/host.h"
#include "mail/txn.h"
#include "milter/keys.h"
#include "milter/settings.h"

static void
take_checks(struct snapshot *snapshot)
{
	size_t count = 0;

	while (checks[count] != NULL)
		count++;
	snapshot->checks = arena_alloc(snapshot->arena,
	    count * sizeof(*snapshot->checks));
	for (size_t i = 0; i < count; i++) {
		const struct check_common *common = conf_get(snapshot->conf,
		    checks[i]->section);

		snapshot->checks[i] = (struct chain_entry){ checks[i],
		    common };
		snapshot->wants_body |= common->enabled &&
		    checks[i]->wants_body;
	}
	snapshot->check_count = count;
}

static void
take_actions(struct snapshot *snapshot)
{
	size_t count = 0;

	while (actions[count] != NULL)
		count++;
	snapshot->actions = arena_alloc(snapshot->arena,
	    count * sizeof(*snapshot->actions));
	for (size_t i = 0; i < count; i++) {
		const struct action_common *common = conf_get(snapshot->conf,
		    actions[i]->section);

		snapshot->actions[i] = (struct action_entry){ actions[i],
		    common };
		snapshot->wants_body |= common->enabled &&
		    actions[i]->wants_body;
	}
	snapshot->action_count = count;
}

struct snapshot *
snapshot_new(struct conf *conf, bool at_reload, struct arena *errors,
    const char **error_r)
{
	struct arena *arena = arena_new(0);
	struct snapshot *snapshot = arena_zalloc(arena, sizeof(*snapshot));

	atomic_init(&snapshot->references, 1);
	snapshot->arena = arena;
	snapshot->conf = conf_ref(conf);
	snapshot->settings = conf_get(conf, &milter_section);
	vec_init(&snapshot->degraded, arena, sizeof(const char *));
	snapshot->site = site_from_conf(arena, conf, error_r);
	if (snapshot->site != NULL)
		snapshot->keys = key_table_new(arena, snapshot->site->policies,
		    at_reload, &snapshot->degraded, error_r);
	if (snapshot->keys != NULL) {
		take_checks(snapshot);
		take_actions(snapshot);
		return snapshot;
	}
	*error_r = arena_strdup(errors, *error_r);
	snapshot_unref(&snapshot);
	return NULL;
}

struct snapshot *
snapshot_ref(struct snapshot *snapshot)
{
	atomic_fetch_add(&snapshot->references, 1);
	return snapshot;
}

void
snapshot_unref(struct snapshot **snapshot)
{
	struct snapshot *old = *snapshot;
	struct arena *arena;

	*snapshot = NULL;
	if (old == NULL || atomic_fetch_sub(&old->references, 1) != 1)
		return;
	arena = old->arena;
	conf_unref(&old->conf);
	arena_free(&arena);
}

const struct conf *
snapshot_conf(const struct snapshot *snapshot)
{
	return snapshot->conf;
}

const struct site *
snapshot_site(const struct snapshot *snapshot)
{
	return snapshot->site;
}

const struct milter_settings *
snapshot_settings(const struct snapshot *snapshot)
{
	return snapshot->settings;
}

const char *
snapshot_degraded(const struct snapshot *snapshot, size_t i)
{
	if (i >= snapshot->degraded.len)
		return NULL;
	return *(const char **)vec_at(&snapshot->degraded, i);
}
