/* SPDX-License-Identifier: ISC */
/* params.c - a value and its parameters, as they stand in a field.
 *
 * The grammar is RFC 2045 5.1, but much that is sent does not follow it. A value
 * without quotes goes on over blanks and comments up to ';', for a file name,
 * unless "name=" comes behind a blank: then a ';' was forgotten. A comment that
 * does not end is none.
 */
#include "mime/params.h"

#include "base/arena.h"
#include "mail/lexer.h"
#include "mime/params_private.h"

#define PARAMS_MAX 64
#define BYTES_MAX 16384

struct reading {
	struct arena *arena;
	struct lexer lexer;
	struct vec pieces;
	mime_oddities oddities;
	size_t bytes;		/* of what was read so far */
	bool has_open_comment;	/* from some place on: looked for once only */
};

static void
add_oddity(struct reading *reading)
{
	reading->oddities |= mime_odd(MIME_ODD_bad_param);
}

/* Pass over blanks and comments. */
static void
skip(struct reading *reading)
{
	struct lexer *lexer = &reading->lexer;
	size_t start = lexer->at;

	if (!reading->has_open_comment &&
	    lexer_skip_cfws(lexer, NULL) == 0)
		return;
	if (!reading->has_open_comment)
		add_oddity(reading);
	reading->has_open_comment = true;
	lexer->at = start;
	lexer_run(lexer, char_is_space);
}

static bool
is_word_char(char c)
{
	return !char_is_space(c) && c != ';' && c != ',' && c != '(' &&
	    c != '=' && c != '"';
}

static bool
is_value_char(char c)
{
	return !char_is_space(c) && c != ';' && c != '(';
}

static bool
is_name_char(char c)
{
	return char_is_alnum(c) || c == '-' || c == '_' || c == '*' || c == '.';
}

/* "text/html", which may have blanks and comments around its slash. */
static struct str
read_word(struct reading *reading)
{
	struct lexer *lexer = &reading->lexer;
	struct buf word;

	buf_init(&word, reading->arena);
	skip(reading);
	if (lexer_peek(lexer) == '"' && lexer_quoted(lexer, &word) < 0)
		add_oddity(reading);
	for (;;) {
		size_t start = lexer->at;
		struct str run = lexer_run(lexer, is_word_char);

		if (run.len == 0)
			break;
		if (word.len != 0 && word.data[word.len - 1] != '/' &&
		    run.data[0] != '/') {
			lexer->at = start;
			break;
		}
		buf_add_str(&word, run);
		skip(reading);
	}
	return str_lower(reading->arena, str_trim(buf_str(&word)));
}

/* Does "name=" come next? */
static bool
is_param_next(const struct lexer *lexer)
{
	struct lexer ahead = *lexer;

	if (lexer_run(&ahead, is_name_char).len == 0)
		return false;
	lexer_run(&ahead, char_is_space);
	return lexer_peek(&ahead) == '=';
}

static struct str
read_plain(struct reading *reading)
{
	struct lexer *lexer = &reading->lexer;
	size_t start = lexer->at, end;

	for (;;) {
		lexer_run(lexer, is_value_char);
		end = lexer->at;
		skip(reading);
		if (lexer_peek(lexer) < 0 || lexer_peek(lexer) == ';')
			break;
		if (lexer->at == end) {
			lexer->at++;
			continue;
		}
		add_oddity(reading);
		if (is_param_next(lexer))
			break;
	}
	return str_sub(lexer->text, start, end - start);
}

static struct str
read_value(struct reading *reading)
{
	struct buf text;

	lexer_run(&reading->lexer, char_is_space);
	if (lexer_peek(&reading->lexer) != '"')
		return read_plain(reading);
	buf_init(&text, reading->arena);
	if (lexer_quoted(&reading->lexer, &text) < 0)
		add_oddity(reading);
	return buf_str(&text);
}

static void
keep(struct reading *reading, struct str name, struct str value)
{
	struct params_piece *piece;

	reading->bytes += name.len + value.len;
	if (reading->pieces.len == PARAMS_MAX || reading->bytes > BYTES_MAX) {
		reading->oddities |= mime_odd(MIME_ODD_limit_header);
		reading->lexer.at = reading->lexer.text.len;
		return;
	}
	piece = vec_push(&reading->pieces);
	params_name(reading->arena, name, piece);
	piece->value = value;
}

/* False: there is no more. */
static bool
read_param(struct reading *reading)
{
	struct lexer *lexer = &reading->lexer;
	struct str name;

	do
		skip(reading);
	while (lexer_take(lexer, ';') || lexer_take(lexer, ','));
	if (lexer_peek(lexer) < 0)
		return false;
	name = lexer_run(lexer, is_word_char);
	skip(reading);
	if (name.len != 0 && lexer_take(lexer, '=')) {
		keep(reading, name, read_value(reading));
		return true;
	}
	add_oddity(reading);
	if (name.len == 0)
		lexer->at++;
	return true;
}

void
params_parse(struct arena *arena, struct str value,
    struct mime_value *value_r, mime_oddities *oddities)
{
	struct reading reading = { .arena = arena };

	lexer_init(&reading.lexer, value);
	vec_init(&reading.pieces, arena, sizeof(struct params_piece));
	value_r->word = read_word(&reading);
	if (lexer_peek(&reading.lexer) == '=') {
		/* A parameter stands where the word should. */
		add_oddity(&reading);
		value_r->word = STR("");
		reading.lexer.at = 0;
	}
	while (read_param(&reading))
		;
	params_join(arena, &reading.pieces, &value_r->params,
	    &reading.oddities);
	if (oddities != NULL)
		*oddities |= reading.oddities;
}
