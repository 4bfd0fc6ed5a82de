/* SPDX-License-Identifier: ISC */
/* native_apply.c - what the native reader read goes into the draft. */
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/suggest.h"
#include "rules/native_read.h"
#include "rules/native_read_private.h"

/* Who gives no score means one. */
#define DEFAULT_SCORE 1.0
/* Matches of a counted test of a rule: more say no more. */
#define COUNT_MAX 1000
/* Names that nobody knows for which all rules are looked through. */
#define SUGGESTED_MAX 20

static struct str
test_name(struct native *native, const struct native_rule *rule,
    const struct native_test *test)
{
	return str_from(arena_printf(native->arena, "%.*s.%.*s",
	    STR_ARG(rule->name), STR_ARG(test->name)));
}

/* The rule of this name as if it were new; where it was, it stays. */
static struct draft_rule *
fresh_rule(struct native *native, struct str name)
{
	struct draft_rule *rule = draft_rule(native->draft, name);
	struct str kept = rule->name;
	size_t at = rule->at;

	*rule = (struct draft_rule){ .name = kept, .at = at,
	    .description = STR(""), .group = STR(""), .language = STR("") };
	vec_init(&rule->domains, native->arena, sizeof(struct str));
	return rule;
}

static void
apply_test(struct native *native, const struct native_rule *rule,
    const struct native_test *test)
{
	struct draft_rule *inner = fresh_rule(native, test_name(native, rule,
	    test));

	inner->flags = RULE_INNER;
	if (test->is_counted) {
		inner->flags |= RULE_MULTIPLE;
		inner->max_hits = COUNT_MAX;
	}
	draft_set_test(inner, &test->test, test->origin);
}

static void
apply_rule(struct native *native, const struct native_rule *rule)
{
	struct draft_rule *made = fresh_rule(native, rule->name);
	struct draft_test test = { .kind = DRAFT_META,
	    .expression = rule->when };

	made->description = rule->description;
	made->group = rule->group;
	made->flags = rule->flags;
	made->max_hits = rule->max_hits;
	made->directions = rule->directions;
	made->domains = rule->domains;
	made->has_score = true;
	for (size_t i = 0; i < ARRAY_LEN(made->score); i++)
		made->score[i] = rule->has_score ? rule->score[i] :
		    DEFAULT_SCORE;
	if (rule->when.len == 0) {
		const struct native_test *only = vec_at(&rule->tests, 0);

		if (only->is_counted && (made->flags & RULE_MULTIPLE) == 0) {
			made->flags |= RULE_MULTIPLE;
			made->max_hits = COUNT_MAX;
		}
		draft_set_test(made, &only->test, only->origin);
		return;
	}
	vec_init(&test.args, native->arena, sizeof(struct str));
	draft_set_test(made, &test, rule->origin);
	for (size_t i = 0; i < rule->tests.len; i++)
		apply_test(native, rule, vec_at(&rule->tests, i));
}

static void
apply_words(struct native *native, const struct native_words *words)
{
	struct str option = str_from(native_words_option(native->arena,
	    words->name));
	struct str exact = str_from(native_words_exact_option(native->arena,
	    words->name));

	if (words->has_match)
		draft_add_line(native->draft, exact,
		    words->is_exact ? STR("yes") : STR("no"));
	for (size_t i = 0; i < words->words.len; i++)
		draft_add_line(native->draft, option,
		    *(struct str *)vec_at(&words->words, i));
}

static void
apply_brand(struct native *native, const struct native_brand *brand)
{
	draft_add_line(native->draft, STR(NATIVE_BRANDS), brand->name);
	for (size_t i = 0; i < brand->lines.len; i++) {
		const struct native_brand_line *line = vec_at(&brand->lines,
		    i);

		draft_add_line(native->draft, line->option, line->value);
	}
}

/* A name that nobody knows is told: of all rules that are there, inner ones
 * apart, the nearest is offered. */
static void
note_unknown(struct native *native, const struct native_order *order)
{
	const struct vec *rules = &native->draft->rules;
	struct suggest suggest;

	suggest_begin(&suggest, order->name);
	for (size_t i = 0; i < rules->len &&
	    native->unknown < SUGGESTED_MAX; i++) {
		const struct draft_rule *rule = *(struct draft_rule **)
		    vec_at(rules, i);

		if (rule->test.kind != DRAFT_NONE &&
		    str_find(rule->name, '.') < 0)
			suggest_offer(&suggest, str_dup(native->arena,
			    rule->name));
	}
	native->unknown++;
	if (suggest_best(&suggest) == NULL)
		draft_note(native->draft, DRAFT_ERROR, order->origin,
		    order->name, "there is no rule '%.*s'",
		    STR_ARG(order->name));
	else
		draft_note(native->draft, DRAFT_ERROR, order->origin,
		    order->name, "there is no rule '%.*s', did you mean "
		    "'%s'?", STR_ARG(order->name), suggest_best(&suggest));
}

static void
apply_cap(struct native *native, const struct native_order *order)
{
	struct vec *caps = &native->draft->caps;
	struct draft_cap *cap = NULL;

	for (size_t i = 0; i < caps->len && cap == NULL; i++)
		if (str_eq(((struct draft_cap *)vec_at(caps, i))->group,
		    order->name))
			cap = vec_at(caps, i);
	if (cap == NULL)
		cap = vec_push(caps);
	*cap = (struct draft_cap){ order->name, order->score[0] };
}

static void
apply_order(struct native *native, const struct native_order *order)
{
	struct draft_rule *rule = draft_find(native->draft, order->name);

	if (order->kind == NATIVE_CAP) {
		apply_cap(native, order);
		return;
	}
	if (rule == NULL) {
		note_unknown(native, order);
		return;
	}
	if (order->kind != NATIVE_SCORE) {
		rule->flags |= order->kind == NATIVE_DRY_RUN ? RULE_DRY_RUN :
		    RULE_DISABLED;
		return;
	}
	memcpy(rule->score, order->score, sizeof(rule->score));
	rule->has_score = true;
}

void
native_apply(struct native *native)
{
	for (size_t i = 0; i < native->rules.len; i++)
		apply_rule(native, *(struct native_rule **)vec_at(
		    &native->rules, i));
	for (size_t i = 0; i < native->words.len; i++)
		apply_words(native, *(struct native_words **)vec_at(
		    &native->words, i));
	for (size_t i = 0; i < native->brands.len; i++)
		apply_brand(native, vec_at(&native->brands, i));
	for (size_t i = 0; i < native->orders.len; i++)
		apply_order(native, vec_at(&native->orders, i));
}
