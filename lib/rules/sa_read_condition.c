/* SPDX-License-Identifier: ISC */
/* sa_read_condition.c - what stands behind if: an expression over versions,
 * plugin(), can() and has(). Those are put in as numbers, the rest is expr.h. */
#include "rules/sa_read_private.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "rules/expr.h"

#define CONDITION_MAX ((size_t)4096)

/* What rules are written for that this reader takes. No test here asks the
 * network by itself. */
static const struct {
	const char *word, *value;
} words[] = {
	{ "version", "4.000001" },
	{ "perl_version", "5.036" },
	{ "local_tests_only", "1" },
};

static bool
is_word(char c)
{
	return char_is_alnum(c) || c == '_' || c == ':';
}

/* "(NAME)" off *rest; data NULL: it is none. */
static struct str
cut_argument(struct str *rest)
{
	struct str inner = str_trim(*rest);
	ptrdiff_t end = str_find(inner, ')');

	if (end < 0 || inner.data[0] != '(')
		return (struct str){ NULL, 0 };
	*rest = str_from_pos(inner, (size_t)end + 1);
	return str_trim(str_sub(inner, 1, (size_t)end - 1));
}

static int
add_function(struct sa_reader *reader, struct str word, struct str *rest,
    struct buf *expression, const char **error_r)
{
	struct str argument = cut_argument(rest);
	bool holds;

	if (argument.len == 0) {
		*error_r = arena_printf(reader->arena,
		    "%.*s needs a name in parentheses", STR_ARG(word));
		return -1;
	}
	holds = str_is(word, "plugin") ? sa_plugin_is_loaded(reader, argument) :
	    sa_can(reader, argument);
	buf_add_text(expression, holds ? " 1 " : " 0 ");
	return 0;
}

static int
add_word(struct sa_reader *reader, struct str word, struct str *rest,
    struct buf *expression, const char **error_r)
{
	if (str_is(word, "plugin") || str_is(word, "can") ||
	    str_is(word, "has"))
		return add_function(reader, word, rest, expression, error_r);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_is(word, words[i].word)) {
			buf_add_text(expression, words[i].value);
			return 0;
		}
	*error_r = arena_printf(reader->arena, "\"%.*s\" is not known",
	    STR_ARG(word));
	return -1;
}

static int
put_in(struct sa_reader *reader, struct str text, struct buf *expression,
    const char **error_r)
{
	while (text.len > 0) {
		size_t len = 0;
		struct str word;

		if (!char_is_alpha(text.data[0]) && text.data[0] != '_') {
			/* A number goes through whole. */
			do
				buf_add_char(expression, text.data[len++]);
			while (len < text.len && (char_is_digit(text.data[len])
			    || text.data[len] == '.'));
			text = str_from_pos(text, len);
			continue;
		}
		while (len < text.len && is_word(text.data[len]))
			len++;
		word = str_sub(text, 0, len);
		text = str_from_pos(text, len);
		if (add_word(reader, word, &text, expression, error_r) < 0)
			return -1;
	}
	return 0;
}

static double
no_value(void *arg, size_t number)
{
	(void)arg;
	(void)number;
	return 0;
}

int
sa_condition(struct sa_reader *reader, struct str text, bool *holds_r,
    const char **error_r)
{
	struct buf expression;
	struct expr *expr;
	struct vec names;

	if (text.len > CONDITION_MAX) {
		*error_r = "it is too long";
		return -1;
	}
	buf_init(&expression, reader->arena);
	vec_init(&names, reader->arena, sizeof(struct str));
	if (put_in(reader, text, &expression, error_r) < 0 ||
	    expr_parse(reader->arena, buf_str(&expression), &names, &expr,
	    error_r) < 0)
		return -1;
	*holds_r = expr_value(expr, no_value, NULL) != 0;
	return 0;
}
