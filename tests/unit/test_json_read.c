/* SPDX-License-Identifier: ISC */
/* test_json_read.c - JSON from outside becomes a tree, or is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "json/node.h"
#include "json/read.h"

static void
every_kind_of_value_is_found(void **state)
{
	static const char text[] = "{\"t\": \"\\u00e4\\n\", \"i\": "
	    "9007199254740993, \"r\": 1.5, \"y\": true, \"n\": false, "
	    "\"x\": null, \"l\": [1, \"two\", []], \"o\": {\"a\": \"b\"}}";
	struct arena *arena = *state;
	const char *error;
	const struct node *tree = json_read(arena, str_from(text), &error);
	const struct node *list;

	assert_non_null(tree);
	assert_int_equal(tree->kind, NODE_OBJECT);
	assert_string_equal(node_text(tree, "t"), "\xc3\xa4\n");
	assert_string_equal(node_text(tree, "i"), "9007199254740993");
	assert_true(node_number(tree, "r") > 1.4);
	assert_string_equal(node_text(tree, "r"), "1.5");
	assert_true(node_is_true(tree, "y"));
	assert_false(node_is_true(tree, "n"));
	assert_int_equal(node_find(tree, "x")->kind, NODE_NULL);
	list = node_find(tree, "l");
	assert_int_equal(list->kind, NODE_LIST);
	assert_int_equal(list->count, 3);
	assert_string_equal(list->items[1].text, "two");
	assert_int_equal(list->items[2].count, 0);
	assert_string_equal(node_text(node_find(tree, "o"), "a"), "b");
}

static void
what_is_not_there_is_absent_and_harmless(void **state)
{
	struct arena *arena = *state;
	const char *error;
	const struct node *tree = json_read(arena, STR("[1]"), &error);

	assert_null(node_find(tree, "a"));
	assert_null(node_find(node_find(tree, "a"), "b"));
	assert_null(node_text(NULL, "a"));
	assert_true(node_number(tree, "a") < 0.5);
	assert_false(node_is_true(NULL, "a"));
}

static void
what_is_not_json_is_refused_with_the_reason(void **state)
{
	static const char *const texts[] = { "", "{", "{} x", "{\"a\":1,}",
		"{\"a\":1,\"a\":2}", "\"\xff\"", "\"\\ud800\"", "nul",
		"1e999", "'a'" };
	char nested[100001];

	(void)state;
	memset(nested, '[', sizeof(nested) - 1);
	nested[sizeof(nested) - 1] = '\0';
	for (size_t i = 0; i <= ARRAY_LEN(texts); i++) {
		struct arena *arena = arena_new(0);
		const char *error = NULL;

		assert_null(json_read(arena, str_from(i < ARRAY_LEN(texts)
		    ? texts[i] : nested), &error));
		assert_non_null(error);
		assert_non_null(strstr(error, "not JSON"));
		arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(every_kind_of_value_is_found),
		ARENA_TEST(what_is_not_there_is_absent_and_harmless),
		cmocka_unit_test(what_is_not_json_is_refused_with_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
