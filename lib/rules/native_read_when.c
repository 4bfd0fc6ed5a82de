/* SPDX-License-Identifier: ISC */
/* native_read_when.c - the expression of a rule over its own tests and other
 * rules. */
#include <string.h>

#include "base/arena.h"
#include "rules/expr.h"
#include "rules/native_read_private.h"

static struct native_test *
find_test(const struct native_rule *rule, struct str name)
{
	for (size_t i = 0; i < rule->tests.len; i++) {
		struct native_test *test = vec_at(&rule->tests, i);

		if (str_eq(test->name, name))
			return test;
	}
	return NULL;
}

static bool
begins_name(char c)
{
	return char_is_alpha(c) || c == '_';
}

/* The word at the start of text: a name, or a number with its letters. */
static size_t
word_len(struct str text)
{
	size_t len = 0;

	while (len < text.len && (char_is_alnum(text.data[len]) ||
	    text.data[len] == '_' || text.data[len] == '.'))
		len++;
	return len;
}

static struct str
with_full_names(struct native *native, struct native_rule *rule,
    struct str text)
{
	struct buf out;

	buf_init(&out, native->arena);
	while (text.len != 0) {
		size_t len = word_len(text);
		struct str word = str_sub(text, 0, len == 0 ? 1 : len);
		struct native_test *test = begins_name(word.data[0]) ?
		    find_test(rule, word) : NULL;

		if (test != NULL) {
			test->is_used = true;
			buf_add_str(&out, rule->name);
			buf_add_char(&out, '.');
		}
		buf_add_str(&out, word);
		text = str_from_pos(text, word.len);
	}
	return buf_str(&out);
}

int
native_read_when(struct native *native, struct native_rule *rule,
    const struct conf_line *line)
{
	struct expr *expr;
	struct vec names;
	const char *error;

	if (native_check_count(native, line, 1, 1) < 0)
		return -1;
	rule->when = with_full_names(native, rule, str_from(line->words[1]));
	vec_init(&names, native->arena, sizeof(struct str));
	if (expr_parse(native->arena, rule->when, &names, &expr, &error) < 0)
		return native_fail(native, line->place, "when \"%s\": %s",
		    line->words[1], error);
	for (size_t i = 0; i < rule->tests.len; i++) {
		const struct native_test *test = vec_at(&rule->tests, i);

		/* Of one without a name the rule's check tells more. */
		if (!test->is_used && test->name.len > 0)
			return native_fail(native, line->place, "the test "
			    "'%.*s' does not stand in it",
			    STR_ARG(test->name));
	}
	return 0;
}
