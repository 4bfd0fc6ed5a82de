/* SPDX-License-Identifier: ISC */
/* load.c - from the section "rules" to a rule set. */
#include "rules/load.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/vec.h"
#include "rules/channel.h"
#include "rules/draft.h"
#include "rules/native_read.h"
#include "rules/ruleset.h"
#include "rules/sa_read.h"
#include "rules/settings.h"

/* As installed: PREFIX/bin/mailreeve, PREFIX/share/mailreeve/rules.d. So it is
 * where it was built, and a tree that was moved finds its own. */
#define STOCK "share/mailreeve/rules.d"

/* What stands before the last slash, without it. */
static struct str
folder_of(struct str path)
{
	ptrdiff_t slash = str_find_last(path, '/');

	return str_sub(path, 0, slash < 0 ? 0 : (size_t)slash);
}

const char *
rules_stock_directory(const struct rules_settings *settings,
    struct arena *arena, bool *is_named_r)
{
	char path[PATH_MAX];
	ssize_t len;

	*is_named_r = settings->directory != NULL;
	if (*is_named_r)
		return settings->directory;
	len = readlink("/proc/self/exe", path, sizeof(path));
	return arena_printf(arena, "%.*s/" STOCK, STR_ARG(folder_of(
	    folder_of(str_of(path, len > 0 ? (size_t)len : 0)))));
}

static bool
is_there(const char *path)
{
	return access(path, F_OK) == 0 || errno != ENOENT;
}

static int
read_stock(struct draft *draft, const struct rules_settings *settings,
    const char **error_r)
{
	bool is_named;
	const char *path = rules_stock_directory(settings, draft->arena,
	    &is_named);

	if (is_named || is_there(path))
		return native_read(draft, path, error_r);
	draft_note(draft, DRAFT_ERROR, (struct draft_origin){ path, 0 },
	    STR(""), "the stock rules are not there; install them, or name "
	    "their folder: rules { directory PATH; }");
	return 0;
}

static int
read_local(struct draft *draft, const struct rules_settings *settings,
    const char **error_r)
{
	const char *path = settings->local;

	if (path == NULL || *path == '\0' || !is_there(path))
		return 0;
	return native_read(draft, path, error_r);
}

/* The folders of the channels that were fetched: NAME in the set. */
static int
add_channels(struct draft *draft, const struct rules_settings *settings,
    struct vec *paths, const char **error_r)
{
	const char *set = settings->channel_set;

	if (set == NULL && settings->channels.count > 0)
		set = channel_current(draft->arena,
		    settings->channel_directory);
	for (size_t i = 0; i < settings->channels.count; i++) {
		struct channel channel;

		if (channel_parse(draft->arena, settings->channels.texts[i],
		    &channel, error_r) < 0)
			return -1;
		if (channel_version(draft->arena, set, channel.name) != 0)
			*(const char **)vec_push(paths) = arena_printf(
			    draft->arena, "%s/%s", set, channel.name);
		else
			draft_note(draft, DRAFT_ERROR, (struct draft_origin){
			    settings->channel_directory, 0 },
			    str_from(channel.name), "the channel was not "
			    "fetched yet; mailreeve rules update does it");
	}
	return 0;
}

static int
read_spamassassin(struct draft *draft, const struct rules_settings *settings,
    const char **error_r)
{
	struct vec paths;

	vec_init(&paths, draft->arena, sizeof(const char *));
	if (add_channels(draft, settings, &paths, error_r) < 0)
		return -1;
	for (size_t i = 0; i < settings->spamassassin.count; i++)
		*(const char **)vec_push(&paths) =
		    settings->spamassassin.texts[i];
	return sa_read_paths(draft, paths.items, paths.len, error_r);
}

static int
read_all(struct draft *draft, const struct rules_settings *settings,
    const char **error_r)
{
	if (read_stock(draft, settings, error_r) < 0)
		return -1;
	if (read_spamassassin(draft, settings, error_r) < 0)
		return -1;
	sa_finish(draft);
	return read_local(draft, settings, error_r);
}

struct ruleset *
rules_load(const struct rules_settings *settings, struct arena *errors,
    const char **error_r)
{
	struct ruleset_options options = ruleset_default_options;
	struct arena *arena = arena_new(0);
	struct draft *draft = draft_new(arena);

	if (read_all(draft, settings, error_r) < 0) {
		*error_r = arena_printf(errors, "rules: %s; correct it, or "
		    "do without rules: check rules { enabled no; }",
		    *error_r);
		arena_free(&arena);
		return NULL;
	}
	options.cache_directory = settings->cache;
	options.match_limit = (unsigned)settings->match_limit;
	options.max_text = (size_t)settings->max_text;
	return ruleset_new(&arena, draft, &options);
}
