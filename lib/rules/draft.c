/* SPDX-License-Identifier: ISC */
/* draft.c - rules, options and notes, gathered in the order of the files. */
#include "rules/draft.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/map.h"

struct draft *
draft_new(struct arena *arena)
{
	struct draft *draft = arena_zalloc(arena, sizeof(*draft));

	draft->arena = arena;
	vec_init(&draft->rules, arena, sizeof(struct draft_rule *));
	draft->by_name = map_new(arena);
	draft->options = map_new(arena);
	vec_init(&draft->notes, arena, sizeof(struct draft_note));
	vec_init(&draft->caps, arena, sizeof(struct draft_cap));
	return draft;
}

struct draft_rule *
draft_find(const struct draft *draft, struct str name)
{
	return map_find(draft->by_name, name);
}

struct draft_rule *
draft_rule(struct draft *draft, struct str name)
{
	struct draft_rule *rule = draft_find(draft, name);

	if (rule != NULL)
		return rule;
	rule = arena_zalloc(draft->arena, sizeof(*rule));
	rule->name = str_copy(draft->arena, name);
	rule->description = rule->group = rule->language = STR("");
	vec_init(&rule->domains, draft->arena, sizeof(struct str));
	rule->at = draft->rules.len;
	*(struct draft_rule **)vec_push(&draft->rules) = rule;
	map_put(draft->by_name, name, rule);
	return rule;
}

void
draft_set_test(struct draft_rule *rule, const struct draft_test *test,
    struct draft_origin origin)
{
	rule->test = *test;
	rule->origin = origin;
}

static struct vec *
lines_of(struct arena *arena)
{
	struct vec *lines = arena_alloc(arena, sizeof(*lines));

	vec_init(lines, arena, sizeof(struct str));
	return lines;
}

struct vec *
draft_option(struct draft *draft, struct str option)
{
	struct vec *lines = map_find(draft->options, option);

	if (lines == NULL) {
		lines = lines_of(draft->arena);
		map_put(draft->options, option, lines);
	}
	return lines;
}

void
draft_add_line(struct draft *draft, struct str option, struct str words)
{
	*(struct str *)vec_push(draft_option(draft, option)) =
	    str_copy(draft->arena, words);
}

const struct vec *
draft_lines(const struct draft *draft, const char *option)
{
	const struct vec *lines = map_find(draft->options, str_from(option));

	return lines != NULL ? lines : lines_of(draft->arena);
}

double
draft_number(const struct draft *draft, const char *option, double otherwise)
{
	const struct vec *lines = draft_lines(draft, option);

	return lines->len == 0 ? otherwise : strtod(str_dup(draft->arena,
	    *(struct str *)vec_at(lines, lines->len - 1)), NULL);
}

bool
draft_has_option(const struct draft *draft, const char *option)
{
	return map_find(draft->options, str_from(option)) != NULL;
}

void
draft_note(struct draft *draft, enum draft_note_kind kind,
    struct draft_origin origin, struct str rule, const char *format, ...)
{
	struct draft_note *note = vec_push(&draft->notes);
	va_list args;

	va_start(args, format);
	*note = (struct draft_note){ kind, origin,
	    str_copy(draft->arena, rule),
	    arena_vprintf(draft->arena, format, args) };
	va_end(args);
}
