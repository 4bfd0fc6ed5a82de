/* SPDX-License-Identifier: ISC */
/* test_rules_draft.c - rules, options and notes as readers gather them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "fixture.h"
#include "rules/draft.h"

static void
rules_stand_in_the_order_of_first_mention(void **state)
{
	struct arena *arena = *state;
	struct draft *draft = draft_new(arena);
	char name[] = "B";
	struct draft_rule *b = draft_rule(draft, str_from(name));
	struct draft_rule *a = draft_rule(draft, STR("A"));

	name[0] = 'X';		/* the reader's buffer goes on */
	assert_ptr_equal(draft_rule(draft, STR("B")), b);
	assert_ptr_equal(draft_find(draft, STR("A")), a);
	assert_null(draft_find(draft, STR("X")));
	assert_null(draft_find(draft, STR("a")));
	assert_int_equal(draft->rules.len, 2);
	assert_int_equal(b->at, 0);
	assert_int_equal(a->at, 1);
	assert_true(str_is(b->name, "B"));
}

static void
a_new_rule_has_nothing(void **state)
{
	struct arena *arena = *state;
	const struct draft_rule *rule = draft_rule(draft_new(arena),
	    STR("A"));

	assert_int_equal(rule->test.kind, DRAFT_NONE);
	assert_false(rule->has_score);
	assert_int_equal(rule->flags, 0);
	assert_int_equal(rule->directions, 0);
	assert_int_equal(rule->domains.len, 0);
	assert_true(str_is(rule->description, ""));
	assert_true(str_is(rule->group, ""));
	assert_true(str_is(rule->language, ""));
}

/* What was said of the rule besides stays, as in SpamAssassin. */
static void
the_last_test_of_a_rule_counts(void **state)
{
	static const struct draft_test first = { .kind = DRAFT_META,
		.expression = { "A", 1 } }, last = { .kind = DRAFT_CALL,
		.call = { "list", 4 } };
	struct arena *arena = *state;
	struct draft_rule *rule = draft_rule(draft_new(arena), STR("A"));

	rule->description = STR("a rule");
	draft_set_test(rule, &first, (struct draft_origin){ "one", 1 });
	draft_set_test(rule, &last, (struct draft_origin){ "two", 2 });
	assert_int_equal(rule->test.kind, DRAFT_CALL);
	assert_int_equal(rule->test.expression.len, 0);
	assert_string_equal(rule->origin.file, "two");
	assert_int_equal(rule->origin.line, 2);
	assert_true(str_is(rule->description, "a rule"));
}

static void
options_keep_all_their_lines(void **state)
{
	struct arena *arena = *state;
	struct draft *draft = draft_new(arena);
	char words[] = "b.example";
	const struct vec *lines;

	assert_int_equal(draft_lines(draft, "freemail_domains")->len, 0);
	draft_add_line(draft, STR("freemail_domains"), STR("a.example"));
	draft_add_line(draft, STR("freemail_domains"), str_from(words));
	draft_add_line(draft, STR("other"), STR(""));
	words[0] = 'x';
	lines = draft_lines(draft, "freemail_domains");
	assert_int_equal(lines->len, 2);
	assert_true(str_is(*(struct str *)vec_at(lines, 0), "a.example"));
	assert_true(str_is(*(struct str *)vec_at(lines, 1), "b.example"));
	assert_int_equal(draft_lines(draft, "other")->len, 1);
	draft_option(draft, STR("other"))->len = 0;
	assert_int_equal(draft_lines(draft, "other")->len, 0);
}

static void
notes_say_where_and_what(void **state)
{
	struct arena *arena = *state;
	struct draft *draft = draft_new(arena);
	const struct draft_note *note;

	draft_note(draft, DRAFT_UNSUPPORTED, (struct draft_origin){ "f", 7 },
	    STR("A"), "no %s here", "such test");
	assert_int_equal(draft->notes.len, 1);
	note = vec_at(&draft->notes, 0);
	assert_int_equal(note->kind, DRAFT_UNSUPPORTED);
	assert_string_equal(note->origin.file, "f");
	assert_int_equal(note->origin.line, 7);
	assert_true(str_is(note->rule, "A"));
	assert_string_equal(note->reason, "no such test here");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(rules_stand_in_the_order_of_first_mention),
		ARENA_TEST(a_new_rule_has_nothing),
		ARENA_TEST(the_last_test_of_a_rule_counts),
		ARENA_TEST(options_keep_all_their_lines),
		ARENA_TEST(notes_say_where_and_what),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
