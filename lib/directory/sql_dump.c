/* SPDX-License-Identifier: ISC */
/* sql_dump.c - the rows of tables, out of a dump of a database. */
#include "directory/sql_dump.h"

#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "directory/db.h"
#include "directory/sql_lex.h"

/* Columns of one table, or values of one row. */
#define COLUMNS_MAX 500

struct table {
	struct vec columns;	/* struct str */
	struct vec rows;	/* const struct str *: as many as columns */
};

struct sql_dump {
	struct map *tables;	/* those that are wanted */
};

struct reader {
	struct sql_lexer lexer;
	struct arena *arena;
	struct sql_dump *dump;
};

static int
fail(struct reader *reader, const char *reason)
{
	return sql_fail(&reader->lexer, reason);
}

static int
next(struct reader *reader, bool has_backslash)
{
	return sql_next(&reader->lexer, has_backslash);
}

static bool
is_mark(const struct reader *reader, char mark)
{
	return sql_is_mark(&reader->lexer, mark);
}

static bool
is_keyword(const struct reader *reader, const char *word)
{
	return sql_is_keyword(&reader->lexer, word);
}

static bool
is_name(const struct reader *reader)
{
	return reader->lexer.token.kind == SQL_WORD ||
	    reader->lexer.token.kind == SQL_NAME;
}

/* --- statements ------------------------------------------------------------ */

static int
skip_statement(struct reader *reader, bool has_backslash)
{
	while (reader->lexer.token.kind != SQL_END && !is_mark(reader, ';'))
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
		if (!is_name(reader))
			return fail(reader, "the name of a table is missing");
		name = reader->lexer.token.text;
		*has_backslash_r = reader->lexer.token.quote == '`';
		if (next(reader, *has_backslash_r) < 0)
			return -1;
		/* "public"."alias" */
		if (reader->lexer.token.kind != SQL_WORD ||
		    !str_is(reader->lexer.token.text, "."))
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
		if (reader->lexer.token.kind == SQL_END)
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
		if (!is_name(reader))
			return fail(reader, "the name of a column is missing");
		if (columns->len == COLUMNS_MAX)
			return fail(reader, "more than 500 columns");
		if (!is_constraint(reader))
			*(struct str *)vec_push(columns) = reader->lexer.token.text;
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
	const struct sql_token *token = &reader->lexer.token;

	/* _utf8mb4'…', _binary '…' */
	if (token->kind == SQL_WORD && token->text.data[0] == '_' &&
	    next(reader, has_backslash) < 0)
		return -1;
	*value_r = (struct str){ 0 };
	if (reader->lexer.token.kind == SQL_STRING)
		*value_r = sql_string(&reader->lexer, has_backslash);
	else if (is_keyword(reader, "true"))
		*value_r = STR("1");
	else if (is_keyword(reader, "false"))
		*value_r = STR("0");
	else if (reader->lexer.token.kind != SQL_WORD)
		return fail(reader, "a value is missing");
	else if (!is_keyword(reader, "null"))
		*value_r = str_copy(reader->arena, reader->lexer.token.text);
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
	const char *from = reader->lexer.text.data + reader->lexer.at;
	const char *found = memmem(from, reader->lexer.text.len - reader->lexer.at, end,
	    sizeof(end) - 1);

	if (found == NULL)
		return fail(reader, "a DELIMITER does not end");
	reader->lexer.at += (size_t)(found - from) + sizeof(end) - 1;
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
	struct reader reader = { .lexer = { .arena = arena, .name = name,
	    .text = text, .error_r = error_r }, .arena = arena,
	    .dump = dump };

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
	while (!sql_is_at_end(&reader.lexer));
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
