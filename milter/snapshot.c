/* SPDX-License-Identifier: ISC */
/* snapshot.c - from a configuration to all that the engine needs of it. */
#include "milter/snapshot.h"

#include "base/arena.h"
#include "base/conf.h"
#include "directory/directory.h"
#include "directory/lists.h"
#include "mail/host.h"
#include "mail/policy.h"
#include "mail/txn.h"
#include "milter/keys.h"
#include "milter/settings.h"
#include "mime/reader.h"
#include "rules/draft.h"
#include "rules/load.h"
#include "rules/ruleset.h"
#include "rules/settings.h"

/* How it is built. */
enum { AT_RELOAD = 1 << 0, WITHOUT_RULES = 1 << 1 };

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
		snapshot->wants_mime |= common->enabled &&
		    checks[i]->wants_mime;
		snapshot->wants_files |= common->enabled &&
		    checks[i]->wants_files;
		snapshot->wants_rules |= common->enabled &&
		    checks[i]->wants_rules;
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

/* The active keys of the domain at *at_r, which moves behind them: they stand
 * together, in the order of their domains. */
static struct str
take_keys(const struct vec *objects, size_t *at_r, struct vec *keys)
{
	struct str domain = { NULL, 0 };

	for (; *at_r < objects->len; ++*at_r) {
		const struct directory_object *object =
		    *(struct directory_object **)vec_at(objects, *at_r);
		const struct directory_dkim_key *key = object->values;

		if (domain.data != NULL && !str_is(domain, key->domain))
			break;
		domain = str_from(key->domain);
		if (key->state == DKIM_KEY_ACTIVE)
			*(struct policy_key *)vec_push(keys) =
			    (struct policy_key){ key->selector, key->file };
	}
	return domain;
}

static const struct site *
with_keys(const struct site *site, const struct lists *lists,
    struct arena *arena)
{
	struct site *copy = arena_memdup(arena, site, sizeof(*site));
	size_t at = 0;

	while (lists != NULL && at < lists->dkim_keys->len) {
		struct vec keys;
		struct str domain;

		vec_init(&keys, arena, sizeof(struct policy_key));
		domain = take_keys(lists->dkim_keys, &at, &keys);
		if (keys.len != 0)
			copy->policies = policy_with_keys(copy->policies,
			    arena, domain, keys.items, keys.len);
	}
	return copy;
}

/* What rules had wrong is told, and the rest of them is in force. */
static void
note_rules(struct snapshot *snapshot)
{
	const struct vec *notes = &ruleset_draft(snapshot->ruleset)->notes;
	const struct draft_note *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < notes->len; i++) {
		const struct draft_note *note = vec_at(notes, i);

		if (note->kind != DRAFT_ERROR)
			continue;
		first = count++ == 0 ? note : first;
	}
	if (count == 0)
		return;
	*(const char **)vec_push(&snapshot->degraded) = arena_printf(
	    snapshot->arena, "rules: %s:%zu: %s%s", first->origin.file != NULL
	    ? first->origin.file : "-", first->origin.line, first->reason,
	    count == 1 ? "" : arena_printf(snapshot->arena, ", and %zu more: "
	    "see 'mailreeve rules check'", count - 1));
}

/* known: loaded before; NULL: load them. */
static int
take_rules(struct snapshot *snapshot, struct ruleset *known,
    const char **error_r)
{
	if (!snapshot->wants_rules)
		return 0;
	snapshot->ruleset = known != NULL ? ruleset_ref(known)
	    : rules_load(conf_get(snapshot->conf, &rules_section),
	    snapshot->arena, error_r);
	if (snapshot->ruleset == NULL)
		return -1;
	note_rules(snapshot);
	return 0;
}

static int
fill(struct snapshot *snapshot, struct ruleset *known, unsigned how,
    const char **error_r)
{
	struct arena *arena = snapshot->arena;

	snapshot->site = site_from_conf(arena, snapshot->conf, error_r);
	if (snapshot->site == NULL)
		return -1;
	snapshot->site = with_keys(snapshot->site, snapshot->lists, arena);
	snapshot->keys = key_table_new(arena, snapshot->site->policies,
	    (how & AT_RELOAD) != 0, &snapshot->degraded, error_r);
	if (snapshot->keys == NULL)
		return -1;
	take_checks(snapshot);
	take_actions(snapshot);
	return (how & WITHOUT_RULES) != 0 ? 0
	    : take_rules(snapshot, known, error_r);
}

static struct snapshot *
build(struct conf *conf, struct lists *lists, struct ruleset *known,
    unsigned how, struct arena *errors, const char **error_r)
{
	struct arena *arena = arena_new(0);
	struct snapshot *snapshot = arena_zalloc(arena, sizeof(*snapshot));

	atomic_init(&snapshot->references, 1);
	snapshot->arena = arena;
	snapshot->conf = conf_ref(conf);
	snapshot->lists = lists != NULL ? lists_ref(lists) : NULL;
	snapshot->settings = conf_get(conf, &milter_section);
	snapshot->mime_limits = conf_get(conf, &mime_section);
	vec_init(&snapshot->degraded, arena, sizeof(const char *));
	if (fill(snapshot, known, how, error_r) == 0)
		return snapshot;
	*error_r = arena_strdup(errors, *error_r);
	snapshot_unref(&snapshot);
	return NULL;
}

struct snapshot *
snapshot_new(struct conf *conf, bool at_reload, struct arena *errors,
    const char **error_r)
{
	return snapshot_new_with(conf, NULL, at_reload, errors, error_r);
}

struct snapshot *
snapshot_new_with(struct conf *conf, struct lists *lists, bool at_reload,
    struct arena *errors, const char **error_r)
{
	return build(conf, lists, NULL, at_reload ? AT_RELOAD : 0, errors,
	    error_r);
}

struct snapshot *
snapshot_new_without_rules(struct conf *conf, struct arena *errors,
    const char **error_r)
{
	return build(conf, NULL, NULL, WITHOUT_RULES, errors, error_r);
}

struct snapshot *
snapshot_new_again(const struct snapshot *snapshot, struct lists *lists,
    struct arena *errors, const char **error_r)
{
	return build(snapshot->conf, lists, snapshot->ruleset, 0, errors,
	    error_r);
}

struct snapshot *
snapshot_with_rules(const struct snapshot *snapshot, struct ruleset *ruleset,
    struct arena *errors, const char **error_r)
{
	return build(snapshot->conf, snapshot->lists, ruleset, 0, errors,
	    error_r);
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
	lists_unref(&old->lists);
	ruleset_unref(&old->ruleset);
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

bool
snapshot_wants_files(const struct snapshot *snapshot)
{
	return snapshot->wants_files;
}

const char *
snapshot_degraded(const struct snapshot *snapshot, size_t i)
{
	if (i >= snapshot->degraded.len)
		return NULL;
	return *(const char **)vec_at(&snapshot->degraded, i);
}

struct ruleset *
snapshot_rules(const struct snapshot *snapshot)
{
	return snapshot->ruleset;
}
