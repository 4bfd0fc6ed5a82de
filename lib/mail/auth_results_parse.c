/* SPDX-License-Identifier: ISC */
/* auth_results_parse.c - a foreign Authentication-Results field (RFC 8601 2.2). */
#include "mail/auth_results.h"

#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "mail/lexer.h"

/* A field of 100 kB would give 25,000 results. */
#define RESULTS_MAX 100

/*
 * Beyond the grammar: values are read unquoted up to a blank, ";" or a comment
 * (many write header.b=a/b= and policy.iprev=2001:db8::1), a ";" may stand at
 * the end. What else departs from the grammar is reported, but where the
 * meaning is plain the reading goes on.
 */
struct parser {
	struct lexer lexer;
	struct arena *arena;
	struct vec results;	/* struct auth_result */
	const char *fault;	/* the first one; NULL: none so far */
};

static void
note(struct parser *parser, const char *fault)
{
	if (parser->fault == NULL)
		parser->fault = fault;
}

static int
fail(struct parser *parser, const char *fault)
{
	note(parser, fault);
	return -1;
}

static int
skip_cfws(struct parser *parser, struct buf *comment)
{
	if (lexer_skip_cfws(&parser->lexer, comment) < 0)
		return fail(parser, "a comment does not end");
	return 0;
}

/* RFC 2045 5.1 token; bytes above 127 by RFC 6532. */
static bool
is_token_char(char c)
{
	return (unsigned char)c > ' ' && c != 0x7f &&
	    strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

/* RFC 5321 4.1.2 Keyword; some write an underscore. */
static bool
is_keyword_char(char c)
{
	return char_is_alnum(c) || c == '-' || c == '_';
}

static bool
is_value_char(char c)
{
	return (unsigned char)c > ' ' && c != 0x7f &&
	    strchr("();\"", c) == NULL;
}

/* [CFWS] Keyword [CFWS] */
static int
read_keyword(struct parser *parser, const char **word_r)
{
	struct str word;

	if (skip_cfws(parser, NULL) < 0)
		return -1;
	word = lexer_run(&parser->lexer, is_keyword_char);
	if (word.len == 0)
		return fail(parser, "no keyword where one must stand");
	*word_r = str_dup_lower(parser->arena, word);
	return skip_cfws(parser, NULL);
}

/* "=" pvalue. A quoted string in front of "@" is a local part and keeps its
 * quotes; alone it is a value and loses them. */
static int
read_value(struct parser *parser, const char **value_r)
{
	struct lexer *lexer = &parser->lexer;
	struct buf value;
	size_t start;

	buf_init(&value, parser->arena);
	if (!lexer_take(lexer, '='))
		return fail(parser, "no \"=\" where one must stand");
	if (skip_cfws(parser, NULL) < 0)
		return -1;
	start = lexer->at;
	if (lexer_peek(lexer) == '"') {
		if (lexer_quoted(lexer, &value) < 0)
			return fail(parser, "a quoted string does not end");
		if (lexer_peek(lexer) == '@') {
			buf_clear(&value);
			buf_add_str(&value, str_sub(lexer->text, start,
			    lexer->at - start));
		}
	}
	buf_add_str(&value, lexer_run(lexer, is_value_char));
	*value_r = buf_str(&value).data;
	return 0;
}

static int
read_property(struct parser *parser, struct auth_result *result,
    const char *ptype)
{
	struct auth_property property = { .ptype = ptype };

	if (read_keyword(parser, &property.property) < 0 ||
	    read_value(parser, &property.value) < 0)
		return -1;
	if (result->property_count < AUTH_PROPERTIES_MAX)
		result->properties[result->property_count++] = property;
	return 0;
}

/* What stands behind method=result: comments, a reason, properties. */
static int
read_details(struct parser *parser, struct auth_result *result)
{
	struct buf comment;

	buf_init(&comment, parser->arena);
	for (;;) {
		const char *word, *value;
		int status;

		if (skip_cfws(parser, &comment) < 0)
			return -1;
		if (comment.len != 0)
			result->comment = comment.data;
		if (lexer_peek(&parser->lexer) < 0 ||
		    lexer_peek(&parser->lexer) == ';')
			return 0;
		if (read_keyword(parser, &word) < 0)
			return -1;
		if (lexer_take(&parser->lexer, '.')) {
			status = read_property(parser, result, word);
		} else if (strcmp(word, "reason") == 0) {
			status = read_value(parser, &result->reason);
		} else {
			/* "action=none", as Exchange writes it. */
			note(parser, "a property without its type");
			status = read_value(parser, &value);
		}
		if (status < 0)
			return -1;
	}
}

/* [CFWS] "none", or [CFWS] methodspec and its details. Behind ";". */
static int
read_result(struct parser *parser, bool *is_none_r)
{
	struct auth_result result = { .method = NULL };

	if (read_keyword(parser, &result.method) < 0)
		return -1;
	if (strcmp(result.method, "none") == 0 &&
	    lexer_peek(&parser->lexer) < 0) {
		*is_none_r = true;
		return 0;
	}
	if (lexer_take(&parser->lexer, '/')) {
		const char *version;

		if (read_keyword(parser, &version) < 0)
			return -1;
		if (strcmp(version, "1") != 0)
			note(parser, "a method of another version");
	}
	if (!lexer_take(&parser->lexer, '='))
		return fail(parser, "no \"=\" behind a method");
	if (skip_cfws(parser, NULL) < 0)
		return -1;
	result.result = str_dup_lower(parser->arena,
	    lexer_run(&parser->lexer, is_keyword_char));
	if (result.result[0] == '\0')
		return fail(parser, "a method without result");
	if (parser->results.len == RESULTS_MAX)
		return fail(parser, "too many results");
	if (read_details(parser, &result) < 0)
		return -1;
	*(struct auth_result *)vec_push(&parser->results) = result;
	return 0;
}

/* authserv-id and version (RFC 8601 2.2, 2.5). Exchange leaves both out and
 * begins with the first result: then nothing is passed. */
static int
read_id(struct parser *parser, struct str *id_r)
{
	struct lexer *lexer = &parser->lexer;
	struct str version;
	struct buf id;

	buf_init(&id, parser->arena);
	if (skip_cfws(parser, NULL) < 0)
		return -1;
	if (lexer_peek(lexer) == '"') {
		if (lexer_quoted(lexer, &id) < 0)
			return fail(parser, "a quoted string does not end");
	} else {
		buf_add_str(&id, lexer_run(lexer, is_token_char));
	}
	*id_r = buf_str(&id);
	if (skip_cfws(parser, NULL) < 0)
		return -1;
	if (lexer_peek(lexer) == '=') {
		*id_r = STR("");
		lexer->at = 0;
	}
	if (id_r->len == 0) {
		note(parser, "no authserv-id");
		return 0;
	}
	version = lexer_run(lexer, char_is_digit);
	if (version.len != 0 && !str_is(version, "1"))
		note(parser, "another version than 1");
	return skip_cfws(parser, NULL);
}

static void
read_field(struct parser *parser, struct str *id_r)
{
	struct lexer *lexer = &parser->lexer;
	bool is_none = false;

	if (read_id(parser, id_r) < 0)
		return;
	if (!lexer_take(lexer, ';') && lexer->at != 0) {
		note(parser, "no \";\" behind the authserv-id");
		return;
	}
	do {
		if (skip_cfws(parser, NULL) < 0 ||
		    (lexer_peek(lexer) >= 0 &&
		    read_result(parser, &is_none) < 0))
			return;
	} while (lexer_take(lexer, ';'));
	if (lexer_peek(lexer) >= 0)
		note(parser, "something behind the last result");
	else if (is_none ? parser->results.len != 0 : parser->results.len == 0)
		note(parser, "neither a result nor \"none\" alone");
}

static bool
has_control(struct str value)
{
	for (size_t i = 0; i < value.len; i++)
		if (lexer_is_control(value.data[i]) &&
		    !char_is_space(value.data[i]))
			return true;
	return false;
}

int
auth_results_parse(struct arena *arena, struct str value,
    struct auth_results *results_r, const char **error_r)
{
	struct parser parser = { .arena = arena };

	*results_r = (struct auth_results){ .authserv_id = STR("") };
	lexer_init(&parser.lexer, value);
	vec_init(&parser.results, arena, sizeof(struct auth_result));
	read_field(&parser, &results_r->authserv_id);
	results_r->count = parser.results.len;
	results_r->results = parser.results.items;
	if (has_control(value))
		note(&parser, "a control character");
	*error_r = parser.fault;
	return parser.fault == NULL ? 0 : -1;
}
