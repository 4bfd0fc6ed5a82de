/* SPDX-License-Identifier: ISC */
/* ruleset_rules.c - every rule by itself: places and patterns get numbers, each
 * but once, calls their arguments. */
#include "rules/ruleset_private.h"

#include "base/arena.h"
#include "base/map.h"
#include "rules/call.h"
#include "rules/places.h"

/* Of a rule; longer ones are no patterns that people wrote. */
#define PATTERN_BYTES_MAX ((size_t)1024 * 1024)

/* PCRE2 takes long for longer ones: mostly they are many alternatives, tried
 * at each octet. */
#define DEAR_LENGTH 200

/* --- places and patterns ------------------------------------------------------ */

/* The number under the key, and whether it is new. */
static uint32_t
number_of(struct map *map, struct str key, size_t next, bool *is_new_r)
{
	uintptr_t known = (uintptr_t)map_find(map, key);

	*is_new_r = known == 0;
	if (known != 0)
		return (uint32_t)known - 1;
	map_put(map, key, (void *)(uintptr_t)(next + 1));
	return (uint32_t)next;
}

/* Those that only calls look at have no patterns. */
static uint32_t
add_place(struct ruleset_load *load, const struct place *place)
{
	struct vec *of_places = &load->ruleset->of_places;
	struct place numbered = *place;

	places_number(load->ruleset->places, &numbered);
	while (of_places->len <= numbered.number) {
		struct ruleset_place *added = vec_push(of_places);

		vec_init(&added->patterns, load->arena,
		    sizeof(struct lane_pattern));
	}
	return numbered.number;
}

/* -1: it does not compile, with the reason. */
static int
add_pattern(struct ruleset_load *load, const struct pattern_source *source,
    struct ruleset_rule *rule, const char **error_r)
{
	struct ruleset_place *place = vec_at(&load->ruleset->of_places,
	    rule->place);
	struct lane_pattern pattern = { .source = *source };
	bool is_new;

	if (source->text.len > PATTERN_BYTES_MAX) {
		*error_r = "longer than a pattern may be";
		return -1;
	}
	buf_clear(&load->key);
	buf_add(&load->key, &rule->place, sizeof(rule->place));
	buf_add(&load->key, &source->flags, sizeof(source->flags));
	buf_add_str(&load->key, source->text);
	rule->pattern = number_of(load->patterns, buf_str(&load->key),
	    place->patterns.len, &is_new);
	if (!is_new)
		return 0;
	pattern.pattern = pattern_compile(load->arena, source, error_r);
	if (pattern.pattern == NULL) {
		map_put(load->patterns, buf_str(&load->key), NULL);
		return -1;
	}
	*(struct lane_pattern *)vec_push(&place->patterns) = pattern;
	return 0;
}

/* --- rules -------------------------------------------------------------------- */

static void
leave_out(struct ruleset_load *load, struct ruleset_rule *rule,
    enum draft_note_kind kind, const char *reason)
{
	rule->kind = RULESET_OUT;
	draft_note(load->draft, kind, rule->draft->origin, rule->draft->name,
	    "%s", reason);
}

/* A place with a form that it has. */
static int
load_place(struct ruleset_load *load, struct ruleset_rule *rule)
{
	const struct place *place = &rule->draft->test.place;

	if (!place_has_form(place->kind, place->form)) {
		leave_out(load, rule, DRAFT_ERROR, arena_printf(load->arena,
		    "\"%s\" has no form \"%.*s\"",
		    place_row(place->kind)->name, STR_ARG(place->form)));
		return -1;
	}
	rule->place = add_place(load, place);
	return 0;
}

static void
load_pattern(struct ruleset_load *load, struct ruleset_rule *rule)
{
	const struct draft_test *test = &rule->draft->test;
	const struct ruleset_place *place;
	const struct lane_pattern *pattern;
	const char *error;

	if (load_place(load, rule) < 0)
		return;
	if (add_pattern(load, &test->pattern, rule, &error) < 0) {
		leave_out(load, rule, DRAFT_ERROR, arena_printf(load->arena,
		    "the pattern cannot be used: %s", error));
		return;
	}
	rule->kind = RULESET_PATTERN;
	rule->is_dear = test->pattern.text.len > DEAR_LENGTH;
	if (test->if_unset.data == NULL)
		return;
	place = vec_at(&load->ruleset->of_places, rule->place);
	pattern = vec_at(&place->patterns, rule->pattern);
	rule->hits_unset = pattern_match(pattern->pattern, load->scratch,
	    test->if_unset, NULL, NULL) == PATTERN_YES;
}

static void
load_exists(struct ruleset_load *load, struct ruleset_rule *rule)
{
	if (load_place(load, rule) == 0)
		rule->kind = RULESET_EXISTS;
}

static void
load_call(struct ruleset_load *load, struct ruleset_rule *rule)
{
	const struct draft_test *test = &rule->draft->test;
	const struct call_setup setup = { .arena = load->arena,
		.draft = load->draft, .args = &test->args,
		.book = load->book, .places = load->ruleset->places };
	void *prepared = NULL;
	const char *error;

	rule->call = call_find(test->call);
	if (rule->call == NULL) {
		const char *why = call_absent(test->call);

		leave_out(load, rule, DRAFT_UNSUPPORTED, why != NULL ? why :
		    arena_printf(load->arena, "there is no test \"%.*s\" here",
		    STR_ARG(test->call)));
		return;
	}
	if (rule->call->prepare == NULL && test->args.len > 0) {
		leave_out(load, rule, DRAFT_ERROR, arena_printf(load->arena,
		    "\"%s\" takes no arguments", rule->call->name));
		return;
	}
	if (rule->call->prepare != NULL &&
	    rule->call->prepare(&setup, &prepared, &error) < 0) {
		leave_out(load, rule, DRAFT_ERROR, error);
		return;
	}
	rule->prepared = prepared;
	rule->kind = RULESET_CALL;
	if (rule->call->approximated != NULL)
		draft_note(load->draft, DRAFT_APPROXIMATED,
		    rule->draft->origin, rule->draft->name, "%s",
		    rule->call->approximated);
}

/* SpamAssassin: a rule of the network has its scores in columns of their own.
 * Those that have a test here ask nobody: SPF, DKIM and DMARC, by what our own
 * checks found. */
static double
score_of(const struct ruleset_load *load, const struct draft_rule *rule)
{
	unsigned set = load->ruleset->options.score_set;

	if ((rule->flags & RULE_SPAMASSASSIN) != 0 &&
	    (rule->flags & RULE_NET) != 0)
		set |= RULES_WITH_NET;
	return rule->score[set];
}

/* SpamAssassin: a score of 0 turns a rule off, and a test of what is not asked
 * (the network, Bayes) does not run. */
static bool
is_off(const struct ruleset_load *load, const struct ruleset_rule *rule)
{
	unsigned set = load->ruleset->options.score_set;
	unsigned flags = rule->draft->flags;

	if ((flags & RULE_DISABLED) != 0)
		return true;
	if ((flags & RULE_SPAMASSASSIN) == 0)
		return false;
	if (rule->draft->has_score && rule->score == 0)
		return true;
	return rule->draft->test.kind == DRAFT_CALL &&
	    (((flags & RULE_NET) != 0 && (set & RULES_WITH_NET) == 0 &&
	    call_find(rule->draft->test.call) == NULL) ||
	    ((flags & RULE_LEARN) != 0 && (set & RULES_WITH_BAYES) == 0));
}

/* Of those that nobody turned off it is told. */
static void
note_off(struct ruleset_load *load, const struct draft_rule *rule)
{
	const char *why;

	if (rule->test.kind != DRAFT_CALL ||
	    (rule->flags & (RULE_NET | RULE_LEARN)) == 0 ||
	    (rule->flags & RULE_DISABLED) != 0)
		return;
	why = call_absent(rule->test.call);
	draft_note(load->draft, DRAFT_PASSED_OVER, rule->origin, rule->name,
	    "it is off: %s", why != NULL ? why : (rule->flags & RULE_NET) !=
	    0 ? "tests of the network (tflags net) do not run" :
	    "tests of what was learned (tflags learn) do not run");
}

static void
load_rule(struct ruleset_load *load, struct ruleset_rule *rule)
{
	const struct draft_rule *draft = rule->draft;

	rule->score = score_of(load, draft);
	rule->is_for_some = draft->directions != 0 || draft->domains.len > 0;
	rule->is_inner = (draft->flags & RULE_INNER) != 0;
	rule->is_negated = draft->test.is_negated;
	rule->is_counted = (draft->flags & RULE_MULTIPLE) != 0;
	rule->is_off = is_off(load, rule);
	if (rule->is_off) {
		note_off(load, draft);
		return;
	}
	switch (draft->test.kind) {
	case DRAFT_NONE:
		leave_out(load, rule, DRAFT_PASSED_OVER,
		    "there is no rule of this name");
		break;
	case DRAFT_PATTERN:
		load_pattern(load, rule);
		break;
	case DRAFT_EXISTS:
		load_exists(load, rule);
		break;
	case DRAFT_CALL:
		load_call(load, rule);
		break;
	case DRAFT_META:
		rule->kind = RULESET_META;
		break;
	}
}

void
ruleset_load_rules(struct ruleset_load *load)
{
	for (size_t i = 0; i < load->draft->rules.len; i++) {
		struct draft_rule **draft = vec_at(&load->draft->rules, i);
		struct ruleset_rule *rule = &load->ruleset->rules[i];

		rule->draft = *draft;
		load_rule(load, rule);
	}
}
