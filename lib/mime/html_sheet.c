/* SPDX-License-Identifier: ISC */
/* html_sheet.c - the rules of style elements, and which hold for an element.
 *
 * A rule counts when its selector is a tag, a class, an id, or a tag with one of
 * these; selectors with more in them are passed over, and so are rules for other
 * media than the screen. All rules of one selector are one entry of a table, so
 * an element costs a few look-ups however many rules there are, and no page can
 * make rules times elements of it.
 */
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "mime/html_private.h"

/* The classes of an element that are looked at, and the longest selector. */
#define MAX_CLASSES 16
#define MAX_SELECTOR 128
/* "*", tag, and two for each class and the id. */
#define MAX_MATCHES (2 + 2 * (MAX_CLASSES + 1))

struct rule {
	unsigned specificity;	/* CSS Selectors 17 */
	size_t order;
	struct html_declared declared;
};

struct html_sheet {
	struct arena *arena;
	struct map *rules;	/* struct rule, by selector in lower case */
	size_t count, max;
};

struct html_sheet *
html_sheet_new(struct arena *arena, size_t max_rules)
{
	struct html_sheet *sheet = arena_zalloc(arena, sizeof(*sheet));

	sheet->arena = arena;
	sheet->rules = map_new(arena);
	sheet->max = max_rules;
	return sheet;
}

/* --- reading ----------------------------------------------------------------- */

static bool
is_name(char c)
{
	return char_is_alnum(c) || c == '-' || c == '_' || (c & 0x80) != 0;
}

/* The specificity of a selector that is read; 0: it is not. */
static unsigned
specificity_of(struct str selector)
{
	unsigned specificity = 0;
	size_t at = 0;

	if (str_is(selector, "*"))
		return 1;
	if (selector.len == 0 || selector.len > MAX_SELECTOR)
		return 0;
	for (; at < selector.len && is_name(selector.data[at]); at++)
		specificity = 2;
	if (at == selector.len)
		return specificity;
	specificity += selector.data[at] == '.' ? 10 :
	    selector.data[at] == '#' ? 100 : 0;
	if (specificity < 10 || at + 1 == selector.len)
		return 0;
	for (at++; at < selector.len; at++)
		if (!is_name(selector.data[at]))
			return 0;
	return specificity;
}

static bool
add_rule(struct html_sheet *sheet, struct str selector,
    const struct html_declared *declared)
{
	unsigned specificity = specificity_of(selector);
	struct str key;
	struct rule *rule;

	if (specificity == 0)
		return true;
	key = str_lower(sheet->arena, selector);
	rule = map_find(sheet->rules, key);
	if (rule == NULL) {
		if (sheet->count == sheet->max)
			return false;
		rule = arena_zalloc(sheet->arena, sizeof(*rule));
		rule->specificity = specificity;
		map_put(sheet->rules, key, rule);
		sheet->count++;
	}
	rule->order++;
	html_declared_add(&rule->declared, declared);
	return true;
}

static bool
add_rules(struct html_sheet *sheet, struct str selectors, struct str block)
{
	struct html_declared declared = { 0 };
	struct str selector;
	bool has_room = true;

	html_css_declare(&declared, block, NULL);
	if (declared.set == 0)
		return true;
	while (str_cut(&selectors, ',', &selector))
		has_room &= add_rule(sheet, str_trim(selector), &declared);
	return has_room;
}

/* "@media screen", "@media all": as good as none. */
static bool
is_for_us(struct str condition)
{
	condition = str_trim(condition);
	return condition.len == 0 || str_is_nocase(condition, "screen") ||
	    str_is_nocase(condition, "all") ||
	    str_is_nocase(condition, "only screen");
}

/* Where the block ends that begins behind "{"; other blocks may stand in it. */
static size_t
block_end(struct str css)
{
	size_t depth = 1, at = 0;

	for (; at < css.len; at++) {
		if (css.data[at] == '{')
			depth++;
		else if (css.data[at] == '}' && --depth == 0)
			break;
	}
	return at;
}

/* @import "a.css"; @import url(a.css) screen; */
static void
take_import(struct str rule, struct vec *urls)
{
	struct str url = str_trim(str_from_pos(rule, strlen("@import")));
	const char *ends;
	size_t len = 0;

	if (str_has_prefix_nocase(url, STR("url(")))
		url = str_trim(str_from_pos(url, 4));
	ends = ") \t\r\n;";
	if (url.len > 0 && (url.data[0] == '"' || url.data[0] == '\'')) {
		ends = url.data[0] == '"' ? "\"" : "'";
		url = str_from_pos(url, 1);
	}
	while (len < url.len && strchr(ends, url.data[len]) == NULL)
		len++;
	if (len > 0)
		*(struct str *)vec_push(urls) = str_sub(url, 0, len);
}

/* What stands in front of the next '{' or ';' of *css, taken off with it; which
 * of them it was, '\0' at the end. */
static char
cut_prelude(struct str *css, struct str *prelude_r)
{
	size_t at = 0;
	char found;

	while (at < css->len && css->data[at] != '{' && css->data[at] != ';' &&
	    css->data[at] != '}')
		at++;
	found = at < css->len ? css->data[at] : '\0';
	*prelude_r = str_trim(str_sub(*css, 0, at));
	*css = str_from_pos(*css, at + 1);
	return found;
}

/* "<!--" and "-->" may stand around the rules (CSS Syntax 5.4.1). */
static struct str
without_comment_marks(struct str css)
{
	css = str_trim(css);
	while (str_has_prefix_nocase(css, STR("<!--")) ||
	    str_has_prefix_nocase(css, STR("-->")))
		css = str_trim(str_from_pos(css, css.data[0] == '<' ? 4 : 3));
	return css;
}

bool
html_sheet_add(struct html_sheet *sheet, struct str css, struct vec *urls)
{
	struct str prelude, block;
	bool has_room = true;
	char end;

	css = html_css_plain(sheet->arena, css);
	while (css.len > 0) {
		end = cut_prelude(&css, &prelude);
		prelude = without_comment_marks(prelude);
		if (str_has_prefix_nocase(prelude, STR("@import")))
			take_import(prelude, urls);
		if (end != '{')
			continue;
		/* The rules of such a block stand as if by themselves; its "}"
		 * is passed over as an empty prelude. */
		if (str_has_prefix_nocase(prelude, STR("@media")) &&
		    is_for_us(str_from_pos(prelude, 6)))
			continue;
		block = str_sub(css, 0, block_end(css));
		css = str_from_pos(css, block.len + 1);
		if (prelude.len > 0 && prelude.data[0] != '@')
			has_room &= add_rules(sheet, prelude, block);
	}
	return has_room;
}

/* --- asking ------------------------------------------------------------------ */

struct matches {
	const struct html_sheet *sheet;
	const struct rule *rules[MAX_MATCHES];
	size_t count;
};

/* The rule of tag, mark and name, if there is one, among those found: behind
 * the weaker ones. */
static void
match(struct matches *matches, struct str tag, const char *mark,
    struct str name)
{
	char key[2 * MAX_SELECTOR + 2];
	size_t len = 0, at;
	const struct rule *rule;

	if (tag.len > MAX_SELECTOR || name.len > MAX_SELECTOR)
		return;
	for (size_t i = 0; i < tag.len; i++)
		key[len++] = char_lower(tag.data[i]);
	if (*mark != '\0')
		key[len++] = *mark;
	for (size_t i = 0; i < name.len; i++)
		key[len++] = char_lower(name.data[i]);
	rule = map_find(matches->sheet->rules, str_of(key, len));
	if (rule == NULL || matches->count == MAX_MATCHES)
		return;
	for (at = matches->count++; at > 0 &&
	    matches->rules[at - 1]->specificity > rule->specificity; at--)
		matches->rules[at] = matches->rules[at - 1];
	matches->rules[at] = rule;
}

static void
match_classes(struct matches *matches, const struct html_token *token)
{
	struct str rest = token->attrs[ATTR_class];

	for (size_t i = 0; i < MAX_CLASSES; i++) {
		size_t len = 0;

		rest = str_trim(rest);
		if (rest.len == 0)
			break;
		while (len < rest.len && !char_is_space(rest.data[len]))
			len++;
		match(matches, STR(""), ".", str_sub(rest, 0, len));
		match(matches, token->name, ".", str_sub(rest, 0, len));
		rest = str_from_pos(rest, len);
	}
}

static void
declare(const struct html_sheet *sheet, const struct html_token *token,
    struct html_declared *declared)
{
	struct matches matches;

	matches.sheet = sheet;
	matches.count = 0;
	match(&matches, STR("*"), "", STR(""));
	match(&matches, token->name, "", STR(""));
	if (html_has(token, ATTR_class))
		match_classes(&matches, token);
	if (html_has(token, ATTR_id)) {
		struct str id = str_trim(token->attrs[ATTR_id]);

		match(&matches, STR(""), "#", id);
		match(&matches, token->name, "#", id);
	}
	for (size_t i = 0; i < matches.count; i++)
		html_declared_add(declared, &matches.rules[i]->declared);
}

void
html_sheet_declare(const struct html_sheet *sheet,
    const struct html_token *token, struct html_declared *declared)
{
	if (sheet->count != 0)
		declare(sheet, token, declared);
}
