/* SPDX-License-Identifier: ISC */
/* sa_read_plugin.c - which plugins count as loaded, and what they can. */
#include "rules/sa_read_private.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "rules/call.h"

#define PREFIX "Mail::SpamAssassin::Plugin::"
#define CONF "Mail::SpamAssassin::Conf::"

static const struct sa_plugin plugins[] = {
#define PLUGIN(name, state, is_stock, features) \
	{ name, SA_PLUGIN_##state, is_stock, features },
#include "rules/sa_plugins.list"
#undef PLUGIN
};

/* What the language itself can, as of 4.0.1. */
static const char conf_features[] =
    "feature_bayes_auto_learn_on_error feature_bayes_stopwords "
    "feature_blocklist_welcomelist feature_bug6558_free "
    "feature_capture_rules feature_compile_regexp feature_dns_block_rule "
    "feature_dns_local_ports_permit_avoid feature_dns_query_restriction "
    "feature_edns feature_geodb feature_get_host "
    "feature_header_address_parser feature_header_first_last "
    "feature_header_match_many feature_local_tests_only "
    "feature_meta_rules_matching feature_originating_ip_headers "
    "feature_registryboundaries feature_subjprefix feature_uri_host_listed "
    "feature_welcomelist_blocklist feature_yesno_takes_args "
    "has_tflags_nolog has_tflags_nosubject perl_min_version_5010000";

/* Names that have changed. */
static const struct {
	const char *before, *now;
} renamed[] = {
	{ "Dmarc", "DMARC" },
	{ "WhiteListSubject", "WelcomeListSubject" },
};

static struct str
without_quotes(struct str name)
{
	if (name.len >= 2 && (name.data[0] == '\'' || name.data[0] == '"') &&
	    name.data[name.len - 1] == name.data[0])
		return str_sub(name, 1, name.len - 2);
	return name;
}

/* The plugin's own name; data NULL: it is of another family. */
static struct str
short_name(struct str package)
{
	struct str name = str_from_pos(package, sizeof(PREFIX) - 1);

	if (package.len <= sizeof(PREFIX) - 1 ||
	    memcmp(package.data, PREFIX, sizeof(PREFIX) - 1) != 0)
		return (struct str){ NULL, 0 };
	for (size_t i = 0; i < ARRAY_LEN(renamed); i++)
		if (str_is(name, renamed[i].before))
			return str_from(renamed[i].now);
	return name;
}

static const struct sa_plugin *
find_plugin(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(plugins); i++)
		if (str_is(name, plugins[i].name))
			return &plugins[i];
	return NULL;
}

static void
load(struct sa_reader *reader, struct str package)
{
	static const struct sa_plugin foreign = {
		"", SA_PLUGIN_NOT, false, "" };
	struct str name = short_name(package);
	const struct sa_plugin *plugin = find_plugin(name);

	if (plugin != NULL)
		package = str_from(arena_printf(reader->arena, PREFIX "%s",
		    plugin->name));
	map_put(reader->plugins, package,
	    (void *)(plugin != NULL ? plugin : &foreign));
}

void
sa_plugins_init(struct sa_reader *reader)
{
	const struct vec *lines = draft_lines(reader->draft, "loadplugin");

	reader->plugins = map_new(reader->arena);
	for (size_t i = 0; i < ARRAY_LEN(plugins); i++)
		if (plugins[i].is_stock)
			load(reader, str_from(arena_printf(reader->arena,
			    PREFIX "%s", plugins[i].name)));
	for (size_t i = 0; i < lines->len; i++)
		load(reader, *(struct str *)vec_at(lines, i));
}

static const struct sa_plugin *
find_loaded(const struct sa_reader *reader, struct str package)
{
	struct str name = short_name(package);

	if (name.data != NULL)
		package = str_from(arena_printf(reader->arena, PREFIX "%.*s",
		    STR_ARG(name)));
	return map_find(reader->plugins, package);
}

bool
sa_plugin_is_loaded(const struct sa_reader *reader, struct str package)
{
	return find_loaded(reader, without_quotes(package)) != NULL;
}

static bool
has_word(const char *list, struct str word)
{
	struct str rest = str_from(list), piece;

	while (str_cut(&rest, ' ', &piece))
		if (str_eq(piece, word))
			return true;
	return false;
}

static bool
has_compat(const struct sa_reader *reader, struct str feature)
{
	const struct vec *lines = draft_lines(reader->draft, "enable_compat");
	struct str name = str_from_pos(feature, sizeof("compat_") - 1);

	if (!str_has_prefix_nocase(feature, STR("compat_")))
		return false;
	for (size_t i = 0; i < lines->len; i++)
		if (str_eq(name, *(struct str *)vec_at(lines, i)))
			return true;
	return false;
}

bool
sa_can(const struct sa_reader *reader, struct str name)
{
	const struct sa_plugin *plugin;
	struct str feature;
	ptrdiff_t colon;

	name = without_quotes(name);
	colon = str_find_last(name, ':');
	if (colon < 1)
		return false;
	feature = str_from_pos(name, (size_t)colon + 1);
	name = str_sub(name, 0, (size_t)colon - 1);
	if (str_is(name, "Mail::SpamAssassin::Conf"))
		return has_word(conf_features, feature) ||
		    has_compat(reader, feature);
	plugin = find_loaded(reader, name);
	return plugin != NULL && (has_word(plugin->features, feature) ||
	    call_find(feature) != NULL);
}

/* --- loadplugin, enable_compat ---------------------------------------------- */

static const char *
what_is_missing(const struct sa_plugin *plugin)
{
	switch (plugin->state) {
	case SA_PLUGIN_PARTLY:
		return "not all of this plugin's tests are answered";
	case SA_PLUGIN_NET:
		return "this plugin's tests ask the network: they are not "
		    "answered";
	case SA_PLUGIN_NOT:
		return "this plugin's tests are not answered";
	case SA_PLUGIN_ANSWERED:
	case SA_PLUGIN_NO_RULES:
		break;
	}
	return NULL;
}

void
sa_load_plugin(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	struct str package = sa_cut_word(&value);
	const struct sa_plugin *plugin;
	const char *missing;

	(void)directive;
	if (package.len == 0) {
		sa_note(reader, DRAFT_ERROR, reader->word, "it names no "
		    "plugin");
		return;
	}
	draft_add_line(reader->draft, STR("loadplugin"), package);
	load(reader, package);
	plugin = find_loaded(reader, package);
	missing = what_is_missing(plugin);
	if (missing != NULL)
		sa_note(reader, plugin->state == SA_PLUGIN_PARTLY ?
		    DRAFT_APPROXIMATED : DRAFT_UNSUPPORTED, package, "%s",
		    missing);
}

void
sa_enable_compat(struct sa_reader *reader,
    const struct sa_directive *directive, struct str value)
{
	(void)directive;
	if (value.len == 0) {
		sa_note(reader, DRAFT_ERROR, reader->word,
		    "it names no feature");
		return;
	}
	draft_add_line(reader->draft, STR("enable_compat"), value);
}
