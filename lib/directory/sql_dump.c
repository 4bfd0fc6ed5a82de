/* SPDX-License-Identifier: ISC */
/* sql_dump.c - the rows of tables, out of a dump of a database. */
#include "directory/sql_dump.h"

#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "directory/db.h"

/* Columns of one table, or values of one row. */
#define COLUMNS_MAX 500

struct table {
	struct vec columns;	/* struct str */
	struct vec rows;	/* const struct str *: as many as columns */
};

struct sql_dump {
	struct map *tables;	/* those that are wanted */
};

enum kind { WORD, NAME, STRING, MARK, END };

struct token {
	enum kind kind;
	struct str text;	/* STRING: with its escapes */
	char quote;		/* of a NAME: ` or " */
	bool has_escapes;	/* or doubled quotes */
};

struct reader {
	struct arena *arena;
	const char *name;
	struct str text;
	size_t at;
	struct token token;	/* the next one */
	struct sql_dump *dump;
	const char **error_r;
};

static int
fail(struct reader *reader, const char *reason)
{
	size_t line = 1;

	for (size_t i = 0; i < reader->at && i < reader->text.len; i++)
		line += reader->text.data[i] == '\n';
	*reader->error_r = arena_printf(reader->arena, "%s:%zu: %s",
	    reader->name, line, reason);
	return -1;
}

/* --- tokens ---------------------------------------------------------------- */

static char
peek(const struct reader *reader, size_t ahead)
{
	size_t at = reader->at + ahead;

	return at < reader->text.len ? reader->text.data[at] : '\0';
}

static bool
is_at_end(const struct reader *reader)
{
	return reader->at >= reader->text.len;
}

static void
skip_line(struct reader *reader)
{
	while (!is_at_end(reader) && peek(reader, 0) != '\n')
		reader->at++;
}

static int
skip_comment(struct reader *reader)
{
	const char *from = reader->text.data + reader->at;
	const char *end = memmem(from, reader->text.len - reader->at, "*/", 2);

	if (end == NULL)
		return fail(reader, "a comment does not end");
	reader->at += (size_t)(end - from) + 2;
	return 0;
}

/* "-- ", "#", and all that MySQL alone would run, which is about how, not about
 * what. */
static int
skip_blanks(struct reader *reader)
{
	while (!is_at_end(reader)) {
		char c = peek(reader, 0);

		if (char_is_space(c))
			reader->at++;
		else if (c == '#' || (c == '-' && peek(reader, 1) == '-'))
			skip_line(reader);
		else if (c != '/' || peek(reader, 1) != '*')
			return 0;
		else if (skip_comment(reader) < 0)
			return -1;
	}
	return 0;
}

/* To the quote that ends it. What a backslash means is known later; where a
 * string ends depends on it, so MySQL's way is told by its backquotes. */
static int
read_quoted(struct reader *reader, bool has_backslash)
{
	struct token *token = &reader->token;
	char quote = peek(reader, 0);
	size_t begin = ++reader->at;

	for (;; reader->at++) {
		if (is_at_end(reader))
			return fail(reader, "a text in quotes does not end");
		if (peek(reader, 0) == '\\' && has_backslash) {
			token->has_escapes = true;
			reader->at++;
		} else if (peek(reader, 0) == quote) {
			if (peek(reader, 1) != quote)
				break;
			token->has_escapes = true;
			reader->at++;
		}
	}
	token->text = str_sub(reader->text, begin, reader->at - begin);
	reader->at++;
	return 0;
}

static bool
is_word(char c)
{
	return char_is_alnum(c) || c == '_' || c == '$' || c == '.' ||
	    c == '+' || c == '-' || c == '@' || (unsigned char)c >= 0x80;
}

static int
next(struct reader *reader, bool has_backslash)
{
	struct token *token = &reader->token;
	size_t begin;
	char c;

	*token = (struct token){ .kind = END };
	if (skip_blanks(reader) < 0)
		return -1;
	if (is_at_end(reader))
		return 0;
	c = peek(reader, 0);
	if (c == '\'') {
		token->kind = STRING;
		return read_quoted(reader, has_backslash);
	}
	if (c == '`' || c == '"') {
		token->kind = NAME;
		token->quote = c;
		return read_quoted(reader, false);
	}
	begin = reader->at;
	token->kind = is_word(c) ? WORD : MARK;
	do
		reader->at++;
	while (token->kind == WORD && is_word(peek(reader, 0)));
	token->text = str_sub(reader->text, begin, reader->at - begin);
	return 0;
}

static bool
is_mark(const struct reader *reader, char mark)
{
	return reader->token.kind == MARK && reader->token.text.data[0] == mark;
}

static bool
is_keyword(const struct reader *reader, const char *word)
{
	return reader->token.kind == WORD &&
	    str_is_nocase(reader->token.text, word);
}

static char
unescape(char c)
{
	return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' :
	    c == '0' ? '\0' : c == 'b' ? '\b' : c == 'Z' ? '\x1a' : c;
}

/* NUL-terminated. */
static struct str
string_value(struct reader *reader, bool has_backslash)
{
	struct str text = reader->token.text;
	struct buf out;

	if (!reader->token.has_escapes)
		return str_copy(reader->arena, text);
	buf_init(&out, reader->arena);
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '\\' && has_backslash && i + 1 < text.len)
			c = unescape(text.data[++i]);
		else if (c == '\'' && i + 1 < text.len)
			i++;
		buf_add_char(&out, c);
	}
	return buf_str(&out);
}

/* --- statements ------------------------------------------------------------ */

static int
skip_statement(struct reader *reader, bool has_backslash)
{
	while (reader->token.kind != END && !is_mark(reader, ';'))
		if (next(reader, has_backslash) < 0)
			return -1;
	return 0;
}

/* The name of a table, without that of its schema; *table_r NULL: it is not
 * wanted. */
static int
read_table(struct reader *reader, struct table **table_r,
    bool *has_backslash_r)
{
	struct str name;
	ptrdiff_t dot;

	for (;;) {
		if (reader->token.kind != WORD && reader->token.kind != NAME)
			return fail(reader, "the name of a table is missing");
		name = reader->token.text;
		*has_backslash_r = reader->token.quote == '`';
		if (next(reader, *has_backslash_r) < 0)
			return -1;
		/* "public"."alias" */
		if (reader->token.kind != WORD ||
		    !str_is(reader->token.text, "."))
			break;
		if (next(reader, *has_backslash_r) < 0)
			return -1;
	}
	dot = *has_backslash_r ? -1 : str_find_last(name, '.');
	*table_r = map_find(reader->dump->tables,
	    str_from_pos(name, (size_t)(dot + 1)));
	return 0;
}

/* What begins a part of a table that is no column. */
static bool
is_constraint(const struct reader *reader)
{
	static const char *const words[] = { "key", "primary", "unique",
	    "constraint", "index", "fulltext", "spatial", "foreign", "check",
	    "exclude", "period" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (is_keyword(reader, words[i]))
			return true;
	return false;
}

/* Up to the ',' or ')' that ends this part. */
static int
skip_part(struct reader *reader, bool has_backslash)
{
	size_t depth = 0;

	while (depth != 0 || (!is_mark(reader, ',') && !is_mark(reader, ')'))) {
		if (reader->token.kind == END)
			return fail(reader, "a statement does not end");
		if (is_mark(reader, '('))
			depth++;
		else if (is_mark(reader, ')'))
			depth--;
		if (next(reader, has_backslash) < 0)
			return -1;
	}
	return 0;
}

/* '(' and the names of columns, with whatever stands behind each. */
static int
read_columns(struct reader *reader, struct vec *columns, bool has_backslash)
{
	do {
		if (next(reader, has_backslash) < 0)
			return -1;
		if (reader->token.kind != WORD && reader->token.kind != NAME)
			return fail(reader, "the name of a column is missing");
		if (columns->len == COLUMNS_MAX)
			return fail(reader, "more than 500 columns");
		if (!is_constraint(reader))
			*(struct str *)vec_push(columns) = reader->token.text;
		if (skip_part(reader, has_backslash) < 0)
			return -1;
	} while (is_mark(reader, ','));
	return next(reader, has_backslash);
}

static int
read_create(struct reader *reader)
{
	struct table *table;
	bool has_backslash;

	if (next(reader, false) < 0)
		return -1;
	if (!is_keyword(reader, "table"))
		return 0;
	do
		if (next(reader, false) < 0)
			return -1;
	while (is_keyword(reader, "if") || is_keyword(reader, "not") ||
	    is_keyword(reader, "exists"));
	if (read_table(reader, &table, &has_backslash) < 0)
		return -1;
	if (table == NULL || !is_mark(reader, '('))
		return skip_statement(reader, has_backslash);
	if (table->columns.len != 0)
		return fail(reader, "this table was made before");
	return read_columns(reader, &table->columns, has_backslash) < 0 ? -1 :
	    skip_statement(reader, has_backslash);
}

/* NULL: data NULL. */
static int
read_value(struct reader *reader, bool has_backslash, struct str *value_r)
{
	/* _utf8mb4'…', _binary '…' */
	if (reader->token.kind == WORD && reader->token.text.data[0] == '_' &&
	    next(reader, has_backslash) < 0)
		return -1;
	*value_r = (struct str){ 0 };
	if (reader->token.kind == STRING)
		*value_r = string_value(reader, has_backslash);
	else if (is_keyword(reader, "true"))
		*value_r = STR("1");
	else if (is_keyword(reader, "false"))
		*value_r = STR("0");
	else if (reader->token.kind != WORD)
		return fail(reader, "a value is missing");
	else if (!is_keyword(reader, "null"))
		*value_r = str_copy(reader->arena, reader->token.text);
	if (next(reader, has_backslash) < 0)
		return -1;
	return is_mark(reader, ',') || is_mark(reader, ')') ? 0 :
	    fail(reader, "this is no plain value");
}

static int
read_row(struct reader *reader, struct table *table,
    const struct vec *columns, bool has_backslash)
{
	struct str *values = arena_zalloc(reader->arena,
	    (table->columns.len + 1) * sizeof(*values));
	const size_t *places = columns->items;
	size_t count = 0;

	if (!is_mark(reader, '('))
		return fail(reader, "the '(' of a row is missing");
	do {
		struct str value;

		if (next(reader, has_backslash) < 0 || read_value(reader,
		    has_backslash, &value) < 0)
			return -1;
		if (count == columns->len)
			return fail(reader, "a row has more values than the "
			    "table has columns");
		values[places[count++]] = value;
	} while (is_mark(reader, ','));
	if (count != columns->len)
		return fail(reader, "a row has fewer values than the table has "
		    "columns");
	*(const struct str **)vec_push(&table->rows) = values;
	return next(reader, has_backslash);
}

static ptrdiff_t
find_column(const struct table *table, struct str name)
{
	for (size_t i = 0; i < table->columns.len; i++)
		if (str_eq_nocase(*(struct str *)vec_at(&table->columns, i),
		    name))
			return (ptrdiff_t)i;
	return -1;
}

/* Where in a row the values stand; without a list: one after another. */
static int
read_places(struct reader *reader, const struct table *table,
    struct vec *places, bool has_backslash)
{
	struct vec names;

	vec_init(&names, reader->arena, sizeof(struct str));
	if (is_mark(reader, '(') && read_columns(reader, &names,
	    has_backslash) < 0)
		return -1;
	for (size_t i = 0; i < names.len; i++) {
		ptrdiff_t place = find_column(table,
		    *(struct str *)vec_at(&names, i));

		if (place < 0)
			return fail(reader, "the table has no such column");
		*(size_t *)vec_push(places) = (size_t)place;
	}
	for (size_t i = 0; names.len == 0 && i < table->columns.len; i++)
		*(size_t *)vec_push(places) = i;
	return 0;
}

static int
read_rows(struct reader *reader, struct table *table, bool has_backslash)
{
	struct vec places;

	if (table->columns.len == 0)
		return fail(reader, "which columns this table has is not said: "
		    "a dump with CREATE TABLE is needed");
	vec_init(&places, reader->arena, sizeof(size_t));
	if (read_places(reader, table, &places, has_backslash) < 0)
		return -1;
	if (!is_keyword(reader, "values"))
		return fail(reader, "VALUES is missing");
	do
		if (next(reader, has_backslash) < 0 || read_row(reader, table,
		    &places, has_backslash) < 0)
			return -1;
	while (is_mark(reader, ','));
	return is_mark(reader, ';') ? 0 : fail(reader, "a ';' is missing");
}

static int
read_insert(struct reader *reader)
{
	struct table *table;
	bool has_backslash;

	do
		if (next(reader, false) < 0)
			return -1;
	while (is_keyword(reader, "into") || is_keyword(reader, "ignore"));
	if (read_table(reader, &table, &has_backslash) < 0)
		return -1;
	return table == NULL ? skip_statement(reader, has_backslash) :
	    read_rows(reader, table, has_backslash);
}

/* DELIMITER ;; is for the client: what follows, up to DELIMITER ; again, is
 * code. */
static int
skip_code(struct reader *reader)
{
	static const char end[] = "\nDELIMITER ;\n";
	const char *from = reader->text.data + reader->at;
	const char *found = memmem(from, reader->text.len - reader->at, end,
	    sizeof(end) - 1);

	if (found == NULL)
		return fail(reader, "a DELIMITER does not end");
	reader->at += (size_t)(found - from) + sizeof(end) - 1;
	return 0;
}

static int
read_statement(struct reader *reader)
{
	if (is_keyword(reader, "create"))
		return read_create(reader) < 0 ? -1 :
		    skip_statement(reader, false);
	if (is_keyword(reader, "insert") || is_keyword(reader, "replace"))
		return read_insert(reader);
	if (is_keyword(reader, "delimiter"))
		return skip_code(reader);
	if (is_keyword(reader, "copy"))
		return fail(reader, "COPY: make the dump with pg_dump "
		    "--inserts, or name the database itself "
		    "(pgsql:dbname=NAME)");
	return skip_statement(reader, false);
}

struct sql_dump *
sql_dump_read(const char *name, struct str text, const char *const *tables,
    struct arena *arena, const char **error_r)
{
	struct sql_dump *dump = arena_zalloc(arena, sizeof(*dump));
	struct reader reader = { .arena = arena, .name = name, .text = text,
	    .dump = dump, .error_r = error_r };

	dump->tables = map_new(arena);
	for (; *tables != NULL; tables++) {
		struct table *table = arena_zalloc(arena, sizeof(*table));

		vec_init(&table->columns, arena, sizeof(struct str));
		vec_init(&table->rows, arena, sizeof(const struct str *));
		map_put(dump->tables, str_from(*tables), table);
	}
	do
		if (next(&reader, false) < 0 || read_statement(&reader) < 0)
			return NULL;
	while (!is_at_end(&reader));
	return dump;
}

bool
sql_dump_rows(const struct sql_dump *dump, const char *table_name,
    const char *const *columns, size_t count, struct arena *arena,
    struct db_rows *rows_r)
{
	const struct table *table = map_find(dump->tables,
	    str_from(table_name));
	struct str *values;

	*rows_r = (struct db_rows){ 0 };
	if (table == NULL || table->columns.len == 0)
		return false;
	values = arena_zalloc(arena,
	    (table->rows.len * count + 1) * sizeof(*values));
	for (size_t i = 0; i < count; i++) {
		ptrdiff_t place = find_column(table, str_from(columns[i]));

		for (size_t row = 0; place >= 0 && row < table->rows.len;
		    row++)
			values[row * count + i] = (*(const struct str **)
			    vec_at(&table->rows, row))[place];
	}
	*rows_r = (struct db_rows){ table->rows.len, count, values };
	return true;
}
