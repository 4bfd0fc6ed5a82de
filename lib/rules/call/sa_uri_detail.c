/* SPDX-License-Identifier: ISC */
/* sa_uri_detail.c - uri_detail: one address that fulfils all conditions
 * (Plugin/URIDetail.pm). The reader has made an argument of each: "KEY =~ /x/". */
#include "base/arena.h"
#include "rules/call/sa_eval.h"
#include "rules/place/sa_html.h"
#include "rules/place/sa_uri.h"

enum key { KEY_RAW, KEY_TYPE, KEY_CLEANED, KEY_TEXT, KEY_DOMAIN, KEY_HOST,
	KEY_COUNT };

static const char *const keys[KEY_COUNT] = { "raw", "type", "cleaned", "text",
    "domain", "host" };

/* The tags that an address stands in, and what is said of one in a text. */
static const struct {
	unsigned use;
	const char *name;
} types[] = {
	{ SA_IN_TEXT, "parsed" }, { SA_IN_A, "a" }, { SA_IN_AREA, "area" },
	{ SA_IN_BASE, "base" }, { SA_IN_BGSOUND, "bgsound" },
	{ SA_IN_BODY, "body" }, { SA_IN_EMBED, "embed" },
	{ SA_IN_FORM, "form" }, { SA_IN_FRAME, "frame" },
	{ SA_IN_IFRAME, "iframe" }, { SA_IN_IMG, "img" },
	{ SA_IN_LINK, "link" }, { SA_IN_META, "meta" },
	{ SA_IN_SCRIPT, "script" }, { SA_IN_TABLE, "table" },
	{ SA_IN_TD, "td" }, { SA_IN_TR, "tr" },
	{ SA_SCHEMELESS, "schemeless" }, { SA_UNLINKED, "unlinked" },
};

struct condition {
	bool is_wanted, is_negated;
	const struct pattern *pattern;
};

struct detail {
	struct condition conditions[KEY_COUNT];
};

/* --- the conditions ------------------------------------------------------------- */

static int
fail(const struct call_setup *setup, struct str text, const char *reason,
    const char **error_r)
{
	*error_r = arena_printf(setup->arena, "%s: %.*s", reason,
	    STR_ARG(text));
	return -1;
}

/* The later one of a key counts. */
static int
read_condition(const struct call_setup *setup, struct str text,
    struct detail *detail, const char **error_r)
{
	ptrdiff_t at = str_find(text, '~');
	struct pattern_source source;
	struct condition *condition;
	struct str key, rest;
	size_t i = 0;

	if (at < 2)
		return fail(setup, text, "this is no KEY =~ /pattern/",
		    error_r);
	key = str_trim(str_sub(text, 0, (size_t)at - 1));
	while (i < KEY_COUNT && !str_is(key, keys[i]))
		i++;
	if (i == KEY_COUNT)
		return fail(setup, text, "this key is not known", error_r);
	if (pattern_read(setup->arena, str_trim(str_from_pos(text,
	    (size_t)at + 1)), &source, &rest, error_r) < 0)
		return -1;
	condition = &detail->conditions[i];
	condition->is_wanted = true;
	condition->is_negated = text.data[at - 1] == '!';
	condition->pattern = pattern_compile(setup->arena, &source, error_r);
	return condition->pattern != NULL ? 0 : -1;
}

static int
prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	struct detail *detail = arena_zalloc(setup->arena, sizeof(*detail));

	for (size_t i = 0; i < setup->args->len; i++)
		if (read_condition(setup, *(struct str *)vec_at(setup->args,
		    i), detail, error_r) < 0)
			return -1;
	*prepared_r = detail;
	return 0;
}

/* --- an address ------------------------------------------------------------------ */

static bool
fulfils(struct view *view, const struct condition *condition, struct str text)
{
	return sa_matches(view, condition->pattern, text) !=
	    condition->is_negated;
}

static bool
one_fulfils(struct view *view, const struct condition *condition,
    const struct vec *texts)
{
	for (size_t i = 0; i < texts->len; i++)
		if (fulfils(view, condition, *(struct str *)vec_at(texts, i)))
			return true;
	return false;
}

static bool
type_fulfils(struct view *view, const struct condition *condition,
    unsigned uses)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if ((uses & types[i].use) != 0 && fulfils(view, condition,
		    str_from(types[i].name)))
			return true;
	return false;
}

static bool
key_fulfils(struct view *view, const struct condition *condition,
    enum key key, const struct sa_uri *uri)
{
	switch (key) {
	case KEY_RAW:
		return fulfils(view, condition, uri->uri);
	case KEY_TYPE:
		return type_fulfils(view, condition, uri->uses);
	case KEY_CLEANED:
		return one_fulfils(view, condition, &uri->cleaned);
	case KEY_TEXT:
		return one_fulfils(view, condition, &uri->anchors);
	case KEY_DOMAIN:
		return one_fulfils(view, condition, &uri->domains);
	case KEY_HOST:
		return one_fulfils(view, condition, &uri->hosts);
	case KEY_COUNT:
		break;
	}
	return false;
}

static bool
all_fulfil(struct view *view, const struct detail *detail,
    const struct sa_uri *uri)
{
	for (int key = 0; key < KEY_COUNT; key++)
		if (detail->conditions[key].is_wanted &&
		    !key_fulfils(view, &detail->conditions[key],
		    (enum key)key, uri))
			return false;
	return true;
}

static double
run(struct view *view, const void *prepared)
{
	const struct sa_uri_list *list = sa_uris(view);

	for (size_t i = 0; i < list->uris.len; i++)
		if (all_fulfil(view, prepared, vec_at(&list->uris, i)))
			return 1;
	return 0;
}

const struct call call_check_uri_detail = {
	.name = "check_uri_detail",
	.prepare = prepare,
	.run = run,
};
