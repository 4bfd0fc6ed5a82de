/* SPDX-License-Identifier: ISC */
/* caught.c - %{NAME} in a pattern of SpamAssassin's language. */
#include "rules/caught.h"

#include <string.h>

#include "base/arena.h"
#include "rules/draft.h"

static bool
is_capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* Words of capitals and digits with '_' between them, and what may stand in
 * parentheses behind them: how long. 0: no name stands there. */
static size_t
name_len(struct str text)
{
	size_t len = 0;

	if (text.len == 0 || !is_capital(text.data[0]))
		return 0;
	while (len < text.len && (is_capital(text.data[len]) ||
	    char_is_digit(text.data[len]) || (text.data[len] == '_' &&
	    text.data[len - 1] != '_')))
		len++;
	if (text.data[len - 1] == '_' || len == text.len)
		return 0;
	if (text.data[len] == '(')
		while (len < text.len && text.data[len] != '}' &&
		    text.data[len++] != ')')
			;
	return len;
}

bool
caught_next(struct str pattern, size_t *at, size_t *begin_r,
    struct str *name_r)
{
	for (size_t i = *at; i + 3 < pattern.len; i++) {
		size_t len;

		if (pattern.data[i] != '%' || pattern.data[i + 1] != '{' ||
		    (i > 0 && pattern.data[i - 1] == '\\'))
			continue;
		len = name_len(str_from_pos(pattern, i + 2));
		if (len == 0 || i + 2 + len >= pattern.len ||
		    pattern.data[i + 2 + len] != '}')
			continue;
		*begin_r = i;
		*name_r = str_sub(pattern, i + 2, len);
		*at = i + 2 + len + 1;
		return true;
	}
	return false;
}

void
caught_take(struct arena *arena, struct str rule, struct draft_test *test)
{
	const struct place *place = &test->place;
	size_t at = 0, begin;
	struct str name;
	struct str args[CAUGHT_UNSET + 1] = {
		[CAUGHT_RULE] = rule,
		[CAUGHT_PLACE] = str_from(place_row(place->kind)->name),
		[CAUGHT_NAME] = place->name,
		[CAUGHT_FORM] = place->form,
		[CAUGHT_OPERATOR] = test->is_negated ? STR("!~") : STR("=~"),
		[CAUGHT_PATTERN] = test->pattern.text,
		[CAUGHT_FLAGS] = str_from(arena_printf(arena, "%u",
		    test->pattern.flags)),
		[CAUGHT_UNSET] = test->if_unset,
	};

	if (!caught_next(test->pattern.text, &at, &begin, &name))
		return;
	*test = (struct draft_test){ .kind = DRAFT_CALL,
		.call = STR("check_caught") };
	vec_init(&test->args, arena, sizeof(struct str));
	for (size_t i = 0; i < ARRAY_LEN(args) && args[i].data != NULL; i++)
		*(struct str *)vec_push(&test->args) = args[i];
}

bool
caught_is_by(const struct draft_rule *rule, struct str name)
{
	static const char *const brackets[] = { "(?<", "(?P<", "(?'" };
	struct str text = rule->test.pattern.text;
	const char *found;

	if (rule->test.kind != DRAFT_PATTERN || rule->test.is_negated ||
	    (rule->flags & RULE_DISABLED) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(brackets); i++) {
		struct str rest = text;
		size_t len = strlen(brackets[i]);

		while ((found = memmem(rest.data, rest.len, brackets[i],
		    len)) != NULL) {
			rest = str_from_pos(rest,
			    (size_t)(found - rest.data) + len);
			if (rest.len > name.len &&
			    memcmp(rest.data, name.data, name.len) == 0 &&
			    (rest.data[name.len] == '>' ||
			    rest.data[name.len] == '\''))
				return true;
		}
	}
	return false;
}
