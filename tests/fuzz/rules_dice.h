/* SPDX-License-Identifier: ISC */
/* rules_dice.h - random rules, and a naive engine that judges by them: each
 * pattern by itself on each text, expressions by recursion over their trees. */
#ifndef TESTS_RULES_DICE_H
#define TESTS_RULES_DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "rules/draft.h"
#include "rules/ruleset.h"
#include "rules/view.h"

#define DICE_RULES 40

/* The same on every machine: what fails can be repeated. */
struct dice {
	uint64_t state;
	struct arena *arena;
};

/* An expression: an operator of two sides, "!", a rule, a number. */
struct dice_tree {
	const char *operator;	/* "+"; NULL: a leaf */
	struct dice_tree *left, *right;	/* right NULL: "!" */
	int rule;		/* of a leaf; -1: the number, -2: no rule has
				 * that name */
	unsigned number;
};

struct dice_rule {
	struct draft_rule *draft;
	struct pattern *pattern;	/* compiled by itself */
	struct dice_tree *tree;		/* of an expression */
};

struct dice_rules {
	struct draft *draft;
	struct dice_rule rules[DICE_RULES];
};

static inline size_t
dice_roll(struct dice *dice, size_t sides)
{
	/* xorshift64* */
	dice->state ^= dice->state >> 12;
	dice->state ^= dice->state << 25;
	dice->state ^= dice->state >> 27;
	return (size_t)((dice->state * UINT64_C(0x2545f4914f6cdd1d)) >> 33) %
	    sides;
}

/* --- patterns ----------------------------------------------------------------- */

static inline void
dice_pattern(struct dice *dice, struct buf *out, unsigned depth)
{
	static const char *const atoms[] = { "a", "b", "ab", "c", "A", "1",
		" ", ".", "[ab]", "[^a]", "\\d", "\\w", "\\s", "\\S", "\\b",
		"^", "$", "b+", "a*", "c?", "[a-c]{2,3}", "\xc3\xa9", "\n",
		"@", "\\.", "(?=b)", "(?!a)", "(?<=a)", "(?<!b)", "a+?" };
	static const char *const groups[] = { "(", "(?:", "(?i:", "(?=", "(?!",
		"(?>" };
	static const char *const ends[] = { ")", ")+", ")*", ")?", "){2}",
		")" };
	size_t pieces = 1 + dice_roll(dice, 4);

	for (size_t i = 0; i < pieces; i++) {
		if (i > 0 && dice_roll(dice, 6) == 0)
			buf_add_char(out, '|');
		if (depth > 0 && dice_roll(dice, 3) == 0) {
			buf_add_text(out, groups[dice_roll(dice,
			    ARRAY_LEN(groups))]);
			dice_pattern(dice, out, depth - 1);
			buf_add_text(out, ends[dice_roll(dice,
			    ARRAY_LEN(ends))]);
		} else
			buf_add_text(out, atoms[dice_roll(dice,
			    ARRAY_LEN(atoms))]);
	}
}

static inline struct pattern_source
dice_source(struct dice *dice)
{
	static const unsigned flags[] = { 0, 0, PATTERN_CASELESS,
		PATTERN_MULTILINE, PATTERN_DOTALL, PATTERN_UTF,
		PATTERN_UTF | PATTERN_CASELESS, PATTERN_EXTENDED };
	struct pattern_source source;
	struct buf out;

	buf_init(&out, dice->arena);
	if (dice_roll(dice, 8) == 0)
		buf_add_text(&out, "(a|b)[^\\1]*?\\1");
	dice_pattern(dice, &out, 2);
	/* Long ones are asked for last. */
	if (dice_roll(dice, 4) == 0)
		buf_printf(&out, "(?:%0250d)?", 0);
	source.text = buf_str(&out);
	source.flags = flags[dice_roll(dice, ARRAY_LEN(flags))];
	return source;
}

static inline struct place
dice_place(struct dice *dice)
{
	static const struct {
		enum place_kind kind;
		const char *name, *form;
	} places[] = {
		{ PLACE_header, "from", "" }, { PLACE_header, "from", "raw" },
		{ PLACE_header, "from", "addr" },
		{ PLACE_header, "to", "name" },
		{ PLACE_header, "x-none", "" }, { PLACE_subject, "", "" },
		{ PLACE_text, "", "" }, { PLACE_text, "", "" },
		{ PLACE_text, "", "" }, { PLACE_hidden, "", "" },
		{ PLACE_raw, "", "" }, { PLACE_raw, "", "" },
		{ PLACE_uri, "", "" }, { PLACE_all_headers, "", "" },
		{ PLACE_sa_header, "subject", "" }, { PLACE_sa_body, "", "" },
		{ PLACE_sa_body, "", "" }, { PLACE_sa_rawbody, "", "" },
		{ PLACE_sa_full, "", "" }, { PLACE_sa_uri, "", "" },
	};
	size_t i = dice_roll(dice, ARRAY_LEN(places));

	return (struct place){ .kind = places[i].kind,
	    .name = str_from(places[i].name),
	    .form = str_from(places[i].form) };
}

/* --- expressions -------------------------------------------------------------- */

static inline struct dice_tree *
dice_leaf(struct dice *dice)
{
	struct dice_tree *tree = arena_zalloc(dice->arena, sizeof(*tree));

	tree->rule = (int)dice_roll(dice, DICE_RULES + 8) - 2;
	if (tree->rule >= DICE_RULES)
		tree->rule = -1;
	tree->number = (unsigned)dice_roll(dice, 4);
	return tree;
}

static inline struct dice_tree *
dice_tree(struct dice *dice, unsigned depth)
{
	static const char *const operators[] = { "&&", "&&", "&&", "||", "||",
		"+", "-", "*", "/", "%", "<", ">", "<=", ">=", "==", "!=",
		"^" };
	struct dice_tree *tree;

	if (depth == 0 || dice_roll(dice, 4) == 0)
		return dice_leaf(dice);
	tree = arena_zalloc(dice->arena, sizeof(*tree));
	tree->left = dice_tree(dice, depth - 1);
	if (dice_roll(dice, 4) == 0) {
		tree->operator = "!";
		return tree;
	}
	tree->operator = operators[dice_roll(dice, ARRAY_LEN(operators))];
	tree->right = dice_tree(dice, depth - 1);
	return tree;
}

static inline void
dice_write_tree(const struct dice_tree *tree, struct buf *out)
{
	if (tree->operator == NULL) {
		if (tree->rule == -1)
			buf_printf(out, "%u", tree->number);
		else if (tree->rule < 0)
			buf_add_text(out, "NONE");
		else
			buf_printf(out, "R%d", tree->rule);
		return;
	}
	buf_add_text(out, tree->right == NULL ? "!(" : "(");
	dice_write_tree(tree->left, out);
	if (tree->right != NULL) {
		buf_printf(out, " %s ", tree->operator);
		dice_write_tree(tree->right, out);
	}
	buf_add_char(out, ')');
}

/* --- rules -------------------------------------------------------------------- */

static inline void
dice_make_pattern(struct dice *dice, struct draft_test *test,
    struct dice_rule *rule)
{
	const char *error;

	test->kind = DRAFT_PATTERN;
	test->place = dice_place(dice);
	test->pattern = dice_source(dice);
	test->is_negated = dice_roll(dice, 6) == 0;
	if (dice_roll(dice, 3) == 0)
		test->if_unset = dice_roll(dice, 2) == 0 ? STR("") : STR("ab");
	if (dice_roll(dice, 4) == 0) {
		rule->draft->flags |= RULE_MULTIPLE;
		rule->draft->max_hits = (unsigned)dice_roll(dice, 4);
	}
	rule->pattern = pattern_compile(dice->arena, &test->pattern, &error);
}

static inline void
dice_make_rule(struct dice *dice, struct dice_rules *rules, int number)
{
	struct dice_rule *rule = &rules->rules[number];
	struct draft_test test = { .kind = DRAFT_META };
	struct draft_origin origin = { "dice", (size_t)number };
	struct buf text;

	rule->draft = draft_rule(rules->draft, str_from(arena_printf(
	    dice->arena, "R%d", number)));
	rule->draft->flags = RULE_SPAMASSASSIN;
	if (dice_roll(dice, 4) == 0)
		rule->draft->flags |= RULE_INNER;
	rule->draft->has_score = true;
	for (size_t i = 0; i < ARRAY_LEN(rule->draft->score); i++)
		rule->draft->score[i] = (double)dice_roll(dice, 8) / 2 - 1;
	if (dice_roll(dice, 2) == 0)
		dice_make_pattern(dice, &test, rule);
	else if (dice_roll(dice, 8) == 0) {
		test.kind = DRAFT_EXISTS;
		test.place = dice_place(dice);
		test.is_negated = dice_roll(dice, 2) == 0;
	} else {
		rule->tree = dice_tree(dice, 3);
		buf_init(&text, dice->arena);
		dice_write_tree(rule->tree, &text);
		test.expression = buf_str(&text);
	}
	draft_set_test(rule->draft, &test, origin);
}

/* All of it in the arena of dice. */
static inline struct dice_rules *
dice_rules(struct dice *dice)
{
	struct dice_rules *rules = arena_zalloc(dice->arena, sizeof(*rules));

	rules->draft = draft_new(dice->arena);
	for (int i = 0; i < DICE_RULES; i++)
		dice_make_rule(dice, rules, i);
	return rules;
}

/* --- the naive engine --------------------------------------------------------- */

struct naive {
	const struct dice_rules *rules;
	struct view *view;
	struct pattern_scratch *scratch;
	bool has_limited;	/* a pattern took too long: nothing is known */
};

static inline double naive_value(struct naive *naive, int number);

static inline bool
naive_reaches(const struct dice_rules *rules, const struct dice_tree *tree,
    int wanted, bool *seen)
{
	if (tree == NULL)
		return false;
	if (tree->operator != NULL)
		return naive_reaches(rules, tree->left, wanted, seen) ||
		    naive_reaches(rules, tree->right, wanted, seen);
	if (tree->rule < 0 || rules->rules[tree->rule].draft->score[0] == 0)
		return false;
	if (tree->rule == wanted)
		return true;
	if (seen[tree->rule])
		return false;
	seen[tree->rule] = true;
	return naive_reaches(rules, rules->rules[tree->rule].tree, wanted,
	    seen);
}

/* Does it refer to itself, or to one that does? */
static inline bool
naive_is_circular(const struct dice_rules *rules, int number)
{
	for (int i = 0; i < DICE_RULES; i++) {
		bool seen[DICE_RULES] = { false }, again[DICE_RULES] = { false };

		if (rules->rules[i].draft->score[0] == 0)
			continue;
		if (naive_reaches(rules, rules->rules[i].tree, i, seen) &&
		    (i == number || naive_reaches(rules,
		    rules->rules[number].tree, i, again)))
			return true;
	}
	return false;
}

static inline double
naive_count(struct naive *naive, const struct dice_rule *rule,
    const struct vec *texts)
{
	bool is_counted = (rule->draft->flags & RULE_MULTIPLE) != 0 &&
	    !rule->draft->test.is_negated;
	double max = is_counted ? rule->draft->max_hits : 1;
	double count = 0;

	for (size_t i = 0; i < texts->len; i++) {
		struct str text = *(struct str *)vec_at(texts, i);
		enum pattern_result result;
		size_t at = 0;

		do {
			result = pattern_match(rule->pattern, naive->scratch,
			    text, &at, NULL);
			count += result == PATTERN_YES;
			naive->has_limited |= result == PATTERN_LIMIT;
		} while (result == PATTERN_YES && at <= text.len);
	}
	return max > 0 && count > max ? max : count;
}

static inline double
naive_of_pattern(struct naive *naive, const struct dice_rule *rule)
{
	const struct draft_test *test = &rule->draft->test;
	const struct vec *texts = view_texts(naive->view, &test->place);
	double count;

	if (texts->len > 0)
		count = naive_count(naive, rule, texts);
	else
		count = test->if_unset.data != NULL &&
		    pattern_match(rule->pattern, naive->scratch,
		    test->if_unset, NULL, NULL) == PATTERN_YES;
	return test->is_negated ? count == 0 : count;
}

static inline double
naive_of_two(const char *operator, double a, double b)
{
	switch (operator[0]) {
	case '+':
		return a + b;
	case '-':
		return a - b;
	case '*':
		return a * b;
	case '/':
		return b == 0 ? 0 : a / b;
	case '^':
		return (double)(uint64_t)((int64_t)a ^ (int64_t)b);
	case '<':
		return operator[1] == '=' ? a <= b : a < b;
	case '>':
		return operator[1] == '=' ? a >= b : a > b;
	case '=':
		return a == b;
	case '!':
		return a != b;
	default:
		if ((int64_t)b == 0)
			return 0;
		a = (double)((int64_t)a % (int64_t)b);
		return a != 0 && (a < 0) != ((int64_t)b < 0) ?
		    a + (double)(int64_t)b : a;
	}
}

static inline double
naive_of_tree(struct naive *naive, const struct dice_tree *tree)
{
	double left;

	if (tree->operator == NULL)
		return tree->rule >= 0 ? naive_value(naive, tree->rule) :
		    tree->rule == -1 ? tree->number : 0;
	left = naive_of_tree(naive, tree->left);
	if (tree->right == NULL)
		return left == 0;
	if (str_is(str_from(tree->operator), "&&"))
		return left == 0 ? 0 : naive_of_tree(naive, tree->right);
	if (str_is(str_from(tree->operator), "||"))
		return left != 0 ? left : naive_of_tree(naive, tree->right);
	return naive_of_two(tree->operator, left,
	    naive_of_tree(naive, tree->right));
}

static inline double
naive_value(struct naive *naive, int number)
{
	const struct dice_rule *rule = &naive->rules->rules[number];
	double value = 0;

	if (rule->draft->score[0] == 0)
		return 0;
	if (rule->draft->test.kind == DRAFT_EXISTS)
		return (view_texts(naive->view, &rule->draft->test.place)->
		    len == 0) == rule->draft->test.is_negated;
	if (rule->tree == NULL)
		return rule->pattern != NULL ?
		    naive_of_pattern(naive, rule) : 0;
	if (!naive_is_circular(naive->rules, number))
		value = naive_of_tree(naive, rule->tree);
	return value < 0 ? 1 : value;
}

/* "R1*2 R7 ...": all that hit, inner ones too. */
static inline struct str
naive_judge(struct naive *naive, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	for (int i = 0; i < DICE_RULES; i++) {
		double value = naive_value(naive, i);

		if (value != 0)
			buf_printf(&out, "R%d*%g ", i, value);
	}
	return buf_str(&out);
}

/* Do both have the same hits, with or without inner ones? */
static inline bool
naive_are_same(const struct rules_result *a, const struct rules_result *b)
{
	if (a->hits.len != b->hits.len)
		return false;
	for (size_t i = 0; i < a->hits.len; i++) {
		const struct rule_hit *one = vec_at(&a->hits, i);
		const struct rule_hit *other = vec_at(&b->hits, i);

		if (one->rule != other->rule || one->value != other->value ||
		    one->score != other->score ||
		    !str_eq(one->found, other->found))
			return false;
	}
	return true;
}

/* The same of the engine's result. */
static inline struct str
naive_write(const struct rules_result *result, struct arena *arena)
{
	double values[DICE_RULES] = { 0 };
	struct buf out;

	for (size_t i = 0; i < result->hits.len + result->inner.len; i++) {
		const struct rule_hit *hit = i < result->hits.len ?
		    vec_at(&result->hits, i) :
		    vec_at(&result->inner, i - result->hits.len);

		values[hit->rule->at] = hit->value;
	}
	buf_init(&out, arena);
	for (int i = 0; i < DICE_RULES; i++)
		if (values[i] != 0)
			buf_printf(&out, "R%d*%g ", i, values[i]);
	return buf_str(&out);
}

#endif
