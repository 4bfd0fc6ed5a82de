/* SPDX-License-Identifier: ISC */
/* conf_lex.c - the text of a configuration file as words and marks. */
#include <string.h>

#include "base/arena.h"
#include "base/conf_private.h"
#include "base/utf8.h"

void
conf_source_init(struct conf_source *source, const char *file, struct str text,
    struct arena *arena)
{
	*source = (struct conf_source){
		.arena = arena,
		.rest = text,
		.place = { file, 1, 1 },
		.last_line = 1,
	};
	/* A byte order mark, as some editors write it. */
	if (text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
		source->rest = str_from_pos(text, 3);
}

static char
peek(const struct conf_source *source)
{
	return source->rest.len != 0 ? source->rest.data[0] : '\0';
}

/* Step over a character; 0 when it is not one that a text file has. */
static size_t
step(struct conf_source *source)
{
	unsigned char c = (unsigned char)peek(source);
	size_t len = utf8_char_len(source->rest);

	if (len == 0 || c == 0x7f ||
	    (c < 0x20 && c != '\t' && c != '\r' && c != '\n'))
		return 0;
	source->rest = str_from_pos(source->rest, len);
	source->place.column++;
	if (c == '\n') {
		source->place.line++;
		source->place.column = 1;
	}
	return len;
}

static int
refuse_byte(const struct conf_source *source, struct conf_place *place_r,
    const char **error_r)
{
	unsigned c = (unsigned char)peek(source);

	*place_r = source->place;
	*error_r = arena_printf(source->arena, c < 0x80
	    ? "control character 0x%02x, this is not a text file"
	    : "byte 0x%02x is not UTF-8", c);
	return -1;
}

static int
skip_blanks(struct conf_source *source, struct conf_place *place_r,
    const char **error_r)
{
	bool is_comment = false;

	while (source->rest.len != 0) {
		if (peek(source) == '#')
			is_comment = true;
		else if (peek(source) == '\n')
			is_comment = false;
		else if (!is_comment && !char_is_space(peek(source)))
			break;
		if (step(source) == 0)
			return refuse_byte(source, place_r, error_r);
	}
	return 0;
}

static int
unescape(struct conf_source *source, struct buf *out,
    struct conf_place *place_r, const char **error_r)
{
	char c;

	*place_r = source->place;
	step(source);
	c = peek(source);
	if (c != '"' && c != '\\' && c != 'n' && c != 't') {
		*error_r = "unknown escape: \\\" \\\\ \\n and \\t are known, a "
		    "backslash is written \\\\";
		return -1;
	}
	buf_add_char(out, c == 'n' ? '\n' : c == 't' ? '\t' : c);
	step(source);
	return 0;
}

/* A text in "" or, where the format has them, a raw one in '', where every
 * character stands for itself. */
static int
lex_quoted(struct conf_source *source, struct conf_token *token,
    struct conf_place *place_r, const char **error_r)
{
	const char quote = peek(source);
	struct buf text;

	buf_init(&text, source->arena);
	step(source);
	while (peek(source) != quote) {
		const char *at = source->rest.data;
		size_t len;

		if (source->rest.len == 0 || peek(source) == '\n') {
			*place_r = token->place;
			*error_r = arena_printf(source->arena, "the closing "
			    "%s of this text is missing on its line",
			    quote == '"' ? "'\"'" : "\"'\"");
			return -1;
		}
		if (peek(source) == '\\' && quote == '"') {
			if (unescape(source, &text, place_r, error_r) < 0)
				return -1;
			continue;
		}
		len = step(source);
		if (len == 0)
			return refuse_byte(source, place_r, error_r);
		buf_add(&text, at, len);
	}
	step(source);
	token->text = text.data;
	token->is_quoted = true;
	return 0;
}

static bool
ends_word(char c)
{
	return char_is_space(c) || c == ';' || c == '{' || c == '}';
}

static int
lex_plain(struct conf_source *source, struct conf_token *token,
    struct conf_place *place_r, const char **error_r)
{
	const char *begin = source->rest.data;

	while (source->rest.len != 0 && !ends_word(peek(source))) {
		char c = peek(source);

		if (c == '"' || c == '\\' ||
		    (c == '\'' && source->rest.data == begin)) {
			*place_r = source->place;
			*error_r = arena_printf(source->arena,
			    "%c in a text without quotes: put the whole text "
			    "in \"\"", c);
			return -1;
		}
		if (step(source) == 0)
			return refuse_byte(source, place_r, error_r);
	}
	token->text = arena_strndup(source->arena, begin,
	    (size_t)(source->rest.data - begin));
	return 0;
}

static int
lex_word(struct conf_source *source, struct conf_token *token,
    struct conf_place *place_r, const char **error_r)
{
	token->kind = CONF_WORD;
	if (peek(source) != '"' && (peek(source) != '\'' || !source->has_raw))
		return lex_plain(source, token, place_r, error_r);
	if (lex_quoted(source, token, place_r, error_r) < 0)
		return -1;
	if (source->rest.len != 0 && !ends_word(peek(source))) {
		*place_r = source->place;
		*error_r = arena_printf(source->arena, "a blank or ';' is "
		    "missing behind the closing %s",
		    source->rest.data[-1] == '"' ? "'\"'" : "\"'\"");
		return -1;
	}
	return 0;
}

int
conf_lex(struct conf_source *source, struct conf_token *token_r,
    struct conf_place *place_r, const char **error_r)
{
	static const char marks[] = {
		[CONF_SEMICOLON] = ';', [CONF_OPEN] = '{', [CONF_CLOSE] = '}',
	};
	int result = 0;

	if (skip_blanks(source, place_r, error_r) < 0)
		return -1;
	*token_r = (struct conf_token){ .kind = CONF_END,
	    .place = source->place,
	    .begins_line = source->place.line != source->last_line };
	if (source->rest.len == 0)
		return 0;
	for (int kind = CONF_SEMICOLON; kind <= CONF_CLOSE; kind++)
		if (peek(source) == marks[kind])
			token_r->kind = (enum conf_token_kind)kind;
	if (token_r->kind == CONF_END)
		result = lex_word(source, token_r, place_r, error_r);
	else
		step(source);
	source->last_line = source->place.line;
	return result;
}
