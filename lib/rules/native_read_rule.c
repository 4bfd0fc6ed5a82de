/* SPDX-License-Identifier: ISC */
/* native_read_rule.c - the section of one rule. */
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "rules/native_read_private.h"

#define TESTS_MAX 200
#define DOMAINS_MAX 10000

/* An option of the section. */
struct option {
	const char *key;
	bool may_repeat;
	int (*read)(struct native *native, struct native_rule *rule,
	    const struct conf_line *line);
};

static int
read_describe(struct native *native, struct native_rule *rule,
    const struct conf_line *line)
{
	if (native_check_count(native, line, 1, 1) < 0)
		return -1;
	rule->description = str_from(line->words[1]);
	return 0;
}

static int
read_group(struct native *native, struct native_rule *rule,
    const struct conf_line *line)
{
	if (native_check_count(native, line, 1, 1) < 0)
		return -1;
	if (!native_is_name(line->words[1]))
		return native_fail(native, line->place, "'%s' is no name of "
		    "a group: letters, digits and '_'", line->words[1]);
	rule->group = str_from(line->words[1]);
	return 0;
}

static int
read_score(struct native *native, struct native_rule *rule,
    const struct conf_line *line)
{
	if (native_check_count(native, line, 1, 2) < 0)
		return -1;
	rule->has_score = true;
	return native_read_scores(native, line, 1, rule->score);
}

static bool
has_test(const struct native_rule *rule, struct str name)
{
	for (size_t i = 0; i < rule->tests.len; i++)
		if (str_eq(((struct native_test *)vec_at(&rule->tests,
		    i))->name, name))
			return true;
	return false;
}

static int
read_test(struct native *native, struct native_rule *rule,
    const struct conf_line *line)
{
	static const char *const words[] = { "and", "or", "not" };
	struct native_test test;

	if (native_read_test(native, line, &test) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_is(test.name, words[i]))
			return native_fail(native, line->place, "no test can "
			    "have the name '%s'", words[i]);
	if (has_test(rule, test.name))
		return native_fail(native, line->place, "a test '%.*s' "
		    "stands there already", STR_ARG(test.name));
	if (rule->tests.len == TESTS_MAX)
		return native_fail(native, line->place, "more than %d tests "
		    "in one rule", TESTS_MAX);
	*(struct native_test *)vec_push(&rule->tests) = test;
	return 0;
}

static int
read_direction(struct native *native, struct native_rule *rule,
    const struct conf_line *line)
{
	const char *known[DIRECTION_FORWARDED + 2] = { NULL };

	if (native_check_count(native, line, 1, DIRECTION_FORWARDED + 1) < 0)
		return -1;
	for (unsigned d = 0; d <= DIRECTION_FORWARDED; d++)
		known[d] = direction_text(d);
	for (size_t i = 1; i < line->count; i++) {
		unsigned d = 0;

		while (known[d] != NULL && strcmp(known[d],
		    line->words[i]) != 0)
			d++;
		if (known[d] == NULL)
			return native_refuse(native, line->place,
			    "direction", line->words[i], known);
		rule->directions |= 1u << d;
	}
	return 0;
}

static int
read_domain(struct native *native, struct native_rule *rule,
    const struct conf_line *line)
{
	if (native_check_count(native, line, 1, DOMAINS_MAX) < 0)
		return -1;
	for (size_t i = 1; i < line->count; i++)
		*(struct str *)vec_push(&rule->domains) = str_lower(
		    native->arena, str_from(line->words[i]));
	return 0;
}

static int
read_flag(struct native *native, struct native_rule *rule,
    const struct conf_line *line)
{
	bool is_yes = line->count == 2 && strcmp(line->words[1], "yes") == 0;

	if (native_check_count(native, line, 1, 1) < 0)
		return -1;
	if (!is_yes && strcmp(line->words[1], "no") != 0)
		return native_fail(native, line->place,
		    "'%s' is yes or no", line->words[0]);
	if (is_yes)
		rule->flags |= strcmp(line->words[0], "inner") == 0 ?
		    RULE_INNER : RULE_DRY_RUN;
	return 0;
}

static int
read_multiple(struct native *native, struct native_rule *rule,
    const struct conf_line *line)
{
	uint64_t most;

	if (native_check_count(native, line, 1, 1) < 0)
		return -1;
	if (str_to_u64(str_from(line->words[1]), 1000, &most) < 0 || most == 0)
		return native_fail(native, line->place, "'multiple' is the "
		    "most that is counted: 1 to 1000");
	rule->flags |= RULE_MULTIPLE;
	rule->max_hits = (unsigned)most;
	return 0;
}

static const struct option options[] = {
	{ "describe", false, read_describe },
	{ "group", false, read_group },
	{ "score", false, read_score },
	{ "if", false, read_test },
	{ "test", true, read_test },
	{ "each", true, read_test },
	{ "when", false, native_read_when },
	{ "direction", false, read_direction },
	{ "domain", false, read_domain },
	{ "dry_run", false, read_flag },
	{ "inner", false, read_flag },
	{ "multiple", false, read_multiple },
};

static int
refuse_option(struct native *native, const struct conf_line *line)
{
	const char *known[ARRAY_LEN(options) + 1] = { NULL };

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		known[i] = options[i].key;
	return native_refuse(native, line->place, "option", line->words[0],
	    known);
}

static int
read_option(struct native *native, struct native_rule *rule,
    const struct conf_line *line, unsigned *seen)
{
	size_t i = 0;

	while (i < ARRAY_LEN(options) &&
	    strcmp(options[i].key, line->words[0]) != 0)
		i++;
	if (i == ARRAY_LEN(options))
		return refuse_option(native, line);
	if ((*seen & 1u << i) != 0 && !options[i].may_repeat)
		return native_fail(native, line->place, "'%s' stands there "
		    "twice", line->words[0]);
	*seen |= 1u << i;
	return options[i].read(native, rule, line);
}

/* Options in any order; but `when` is read last, for it names the tests. */
static int
read_options(struct native *native, struct native_rule *rule,
    const struct conf_plain *section)
{
	unsigned seen = 0;

	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < section->option_count; i++) {
			const struct conf_line *line = &section->options[i];
			bool is_when = strcmp(line->words[0], "when") == 0;

			if (is_when == (pass == 1) &&
			    read_option(native, rule, line, &seen) < 0)
				return -1;
		}
	return 0;
}

static int
check_rule(struct native *native, const struct native_rule *rule)
{
	const struct native_test *first = rule->tests.len == 0 ? NULL :
	    vec_at(&rule->tests, 0);
	bool has_if = has_test(rule, STR(""));

	if (first == NULL && rule->when.len == 0)
		return native_fail(native, rule->place, "the rule '%.*s' has "
		    "no test: 'if', or tests and 'when'",
		    STR_ARG(rule->name));
	if (has_if && (rule->tests.len > 1 || rule->when.len != 0))
		return native_fail(native, rule->place, "the rule '%.*s' has "
		    "'if' and other tests: give all of them names by 'test', "
		    "and say in 'when' how they go together",
		    STR_ARG(rule->name));
	if (rule->tests.len > 1 && rule->when.len == 0)
		return native_fail(native, rule->place, "the rule '%.*s' has "
		    "%zu tests: say in 'when' how they go together",
		    STR_ARG(rule->name), rule->tests.len);
	return 0;
}

int
native_read_rule(struct native *native, const struct conf_plain *section)
{
	struct native_rule *rule = arena_zalloc(native->arena, sizeof(*rule));
	const struct native_rule *old;

	rule->name = str_from(section->head.words[1]);
	rule->place = section->head.place;
	rule->origin = native_origin(native, rule->place);
	vec_init(&rule->domains, native->arena, sizeof(struct str));
	vec_init(&rule->tests, native->arena, sizeof(struct native_test));
	old = map_find(native->by_name, rule->name);
	if (old != NULL)
		return native_fail(native, rule->place, "the rule '%.*s' "
		    "stands already at %s", STR_ARG(rule->name), old->place);
	if (read_options(native, rule, section) < 0 ||
	    check_rule(native, rule) < 0)
		return -1;
	map_put(native->by_name, rule->name, rule);
	*(struct native_rule **)vec_push(&native->rules) = rule;
	return 0;
}
