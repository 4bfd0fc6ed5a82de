/* SPDX-License-Identifier: ISC */
/* rules_explain.c - a rule in plain words, with all that it is made of. */
#include "base/arena.h"
#include "base/map.h"
#include "cli/clean.h"
#include "cli/output.h"
#include "cli/rules.h"
#include "rules/call.h"
#include "rules/ruleset.h"

/* More parts than this explain nothing. */
#define PARTS_MAX 200
#define PATTERN_SHOWN 200

/* A rule and what it is made of, each once, in the order of mention. */
struct story {
	const struct rules *rules;
	struct map *seen;
	struct vec parts;	/* const struct draft_rule * */
	struct buf *out;
};

static const char *
quote_pattern(struct arena *arena, const struct pattern_source *pattern)
{
	struct str text = pattern->text;
	const char *shown = clean_str(arena, str_sub(text, 0, PATTERN_SHOWN));

	return arena_printf(arena, "/%s%s/%s", shown,
	    text.len > PATTERN_SHOWN ? "..." : "",
	    (pattern->flags & PATTERN_CASELESS) != 0 ? " in any case" : "");
}

/* "the field From (addr)": what stands there. */
static const char *
place_words(struct arena *arena, const struct place *place)
{
	const struct place_row *row = place_row(place->kind);
	struct buf out;

	buf_init(&out, arena);
	if (place->name.len != 0)
		buf_printf(&out, "the field %s", clean_str(arena,
		    place->name));
	else
		buf_add_text(&out, row->words);
	if (place->form.len != 0)
		buf_printf(&out, " (%s)", clean_str(arena, place->form));
	return out.data;
}

static const char *
pattern_words(struct arena *arena, const struct draft_test *test)
{
	struct buf out;

	buf_init(&out, arena);
	buf_printf(&out, "%s %s %s", place_words(arena, &test->place),
	    test->is_negated ? "does not match" : "matches",
	    quote_pattern(arena, &test->pattern));
	if (test->if_unset.data != NULL)
		buf_printf(&out, "; where it is not there, '%s' is looked at",
		    clean_str(arena, test->if_unset));
	return out.data;
}

static const char *
call_words(struct arena *arena, const struct draft_rule *rule)
{
	const struct call *call = call_find(rule->test.call);
	const char *text = clean_text(arena, rules_test_text(arena, rule));

	return arena_printf(arena, "the test %s%s%s", text,
	    call != NULL && call->approximated != NULL ? "; nearly: " : "",
	    call != NULL && call->approximated != NULL ? call->approximated :
	    "");
}

static const char *
test_words(struct arena *arena, const struct draft_rule *rule)
{
	const struct draft_test *test = &rule->test;

	switch (test->kind) {
	case DRAFT_PATTERN:
		return pattern_words(arena, test);
	case DRAFT_EXISTS:
		return arena_printf(arena, "%s is %s", place_words(arena,
		    &test->place), test->is_negated ? "missing" : "there");
	case DRAFT_CALL:
		return call_words(arena, rule);
	case DRAFT_META:
		return clean_str(arena, test->expression);
	case DRAFT_NONE:
		break;
	}
	return "nothing: it has no test";
}

static void
add_part(struct story *story, const struct draft_rule *rule)
{
	if (map_find(story->seen, rule->name) != NULL ||
	    story->parts.len == PARTS_MAX)
		return;
	map_put(story->seen, rule->name, story);
	*(const struct draft_rule **)vec_push(&story->parts) = rule;
}

/* Breadth first: what a rule names stands near it. */
static void
collect(struct story *story, const struct draft_rule *rule)
{
	const struct draft *draft = ruleset_draft(story->rules->ruleset);
	struct arena *arena = story->rules->arena;

	add_part(story, rule);
	for (size_t i = 0; i < story->parts.len; i++) {
		struct vec needs = rules_needs(arena,
		    *(const struct draft_rule **)vec_at(&story->parts, i));

		for (size_t k = 0; k < needs.len; k++) {
			const struct draft_rule *need = draft_find(draft,
			    *(struct str *)vec_at(&needs, k));

			if (need != NULL)
				add_part(story, need);
		}
	}
}

static void
tell_worth(const struct story *story, const struct draft_rule *rule)
{
	const struct ruleset *ruleset = story->rules->ruleset;
	struct arena *arena = story->rules->arena;
	double score = ruleset_score(ruleset, rule);
	const char *worth;

	if (!ruleset_has(ruleset, rule))
		worth = "It is not in force.";
	else if ((rule->flags & RULE_INNER) != 0)
		worth = "It gives nothing by itself: other rules ask for it.";
	else if ((rule->flags & RULE_DRY_RUN) != 0)
		worth = arena_printf(arena, "It is on trial (dry run): it "
		    "would give %+g, and is only shown.", score);
	else
		worth = arena_printf(arena, "A message that it hits gets "
		    "%+g.", score);
	output_wrap(story->out, "  ", str_from(worth));
	if ((rule->flags & RULE_MULTIPLE) != 0)
		output_wrap(story->out, "  ", STR("It counts how often; its "
		    "score is given once."));
}

static void
tell_where(const struct story *story, const struct draft_rule *rule)
{
	struct buf words;
	const char *before = "It looks at ";

	buf_init(&words, story->rules->arena);
	for (unsigned i = 0; rule->directions != 0 &&
	    i <= DIRECTION_FORWARDED; i++) {
		if ((rule->directions & 1u << i) == 0)
			continue;
		buf_printf(&words, "%s%s", before, direction_text(i));
		before = " and ";
	}
	if (words.len != 0)
		buf_add_text(&words, " mail only");
	for (size_t i = 0; i < rule->domains.len; i++)
		buf_printf(&words, "%s%s", i != 0 ? ", " : words.len != 0 ?
		    ", for " : "It holds for ", clean_str(words.arena,
		    *(struct str *)vec_at(&rule->domains, i)));
	if (words.len == 0)
		return;
	buf_add_char(&words, '.');
	output_wrap(story->out, "  ", buf_str(&words));
}

static void
tell_parts(const struct story *story)
{
	struct arena *arena = story->rules->arena;
	const struct draft_rule *rule = *(const struct draft_rule **)
	    vec_at(&story->parts, 0);
	struct table table;

	output_wrap(story->out, "  ", str_from(arena_printf(arena, "It hits "
	    "when %s%s", test_words(arena, rule), story->parts.len > 1 ?
	    ", where:" : ".")));
	table_init(&table, arena, 2);
	for (size_t i = 1; i < story->parts.len; i++) {
		rule = *(const struct draft_rule **)vec_at(&story->parts, i);
		table_add(&table, clean_str(arena, rule->name),
		    test_words(arena, rule));
	}
	table_print(&table, story->out);
}

void
rules_explain(const struct rules *rules, const struct draft_rule *rule,
    struct buf *out)
{
	struct story story = { .rules = rules, .out = out,
		.seen = map_new(rules->arena) };

	vec_init(&story.parts, rules->arena, sizeof(struct draft_rule *));
	collect(&story, rule);
	buf_printf(out, "%s\n", output_style(rules->arena,
	    output_has_colour(), STYLE_BOLD, clean_str(rules->arena,
	    rule->name)));
	if (rule->description.len != 0)
		output_wrap(out, "  ", str_from(clean_str(rules->arena,
		    rule->description)));
	tell_worth(&story, rule);
	tell_where(&story, rule);
	tell_parts(&story);
}
