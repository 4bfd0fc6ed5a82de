/* SPDX-License-Identifier: ISC */
/* output.c - what the commands print: trouble, colour, paragraphs, tables. */
#include "cli/output.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "base/arena.h"
#include "base/utf8.h"

/* One cell does not push what stands behind its column over the edge. */
#define COLUMN_MAX 40

void
cli_error(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("mailreeve: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

bool
output_has_colour(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && (no_color == NULL || *no_color == '\0')
	    && term != NULL && strcmp(term, "dumb") != 0;
}

static const char *const codes[] = {
	[STYLE_BOLD] = "1", [STYLE_DIM] = "2", [STYLE_GOOD] = "32",
	[STYLE_WARN] = "33", [STYLE_BAD] = "1;31",
};

void
output_print(enum output_style style, const char *format, ...)
{
	bool has_colour = style != STYLE_PLAIN && output_has_colour();
	va_list args;

	if (has_colour)
		printf("\033[%sm", codes[style]);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	if (has_colour)
		fputs("\033[0m", stdout);
}

const char *
output_style(struct arena *arena, bool has_colour, enum output_style style,
    const char *text)
{
	if (!has_colour || style == STYLE_PLAIN)
		return text;
	return arena_printf(arena, "\033[%sm%s\033[0m", codes[style], text);
}

/* Columns of a character: East Asian ones take two, marks none. One where the
 * C library does not know. */
static size_t
char_width(struct str c)
{
	mbstate_t state = { 0 };
	wchar_t wide;
	int columns;

	if (mbrtowc(&wide, c.data, c.len, &state) != c.len)
		return 1;
	columns = wcwidth(wide);
	return columns >= 0 ? (size_t)columns : 1;
}

/* Columns that a text takes, without the codes of output_style(); tabs stand at
 * the beginning only. */
static size_t
width(struct str text)
{
	bool is_code = false;
	size_t count = 0, len;

	for (size_t i = 0; i < text.len; i += len) {
		len = utf8_char_len(str_from_pos(text, i));
		if (len == 0)
			len = 1;
		if (is_code || text.data[i] == '\033')
			is_code = text.data[i] != 'm';
		else if (text.data[i] == '\t')
			count += 8;
		else
			count += char_width(str_sub(text, i, len));
	}
	return count;
}

/* The words of text from column at on; further lines begin with prefix. */
static void
wrap(struct buf *out, const char *prefix, size_t at, struct str text)
{
	bool is_first = true;

	while (text.len != 0) {
		struct str word = text;
		size_t len = 0;

		while (len < text.len && !char_is_space(text.data[len]))
			len++;
		word.len = len;
		text = str_from_pos(text, len + 1);
		if (len == 0)
			continue;
		if (!is_first && at + 1 + width(word) > OUTPUT_WIDTH) {
			buf_printf(out, "\n%s", prefix);
			at = width(str_from(prefix));
		} else if (!is_first) {
			buf_add_char(out, ' ');
			at++;
		}
		buf_add_str(out, word);
		at += width(word);
		is_first = false;
	}
	buf_add_char(out, '\n');
}

void
output_wrap(struct buf *out, const char *prefix, struct str text)
{
	buf_add_text(out, prefix);
	wrap(out, prefix, width(str_from(prefix)), text);
}

void
table_init(struct table *table, struct arena *arena, size_t columns)
{
	assert(columns >= 1 && columns <= TABLE_COLUMNS_MAX);
	*table = (struct table){ .arena = arena, .columns = columns };
	vec_init(&table->cells, arena, sizeof(const char *));
}

void
table_add(struct table *table, ...)
{
	va_list args;

	va_start(args, table);
	for (size_t i = 0; i < table->columns; i++)
		*(const char **)vec_push(&table->cells) =
		    va_arg(args, const char *);
	va_end(args);
}

static struct str
cell(const struct table *table, size_t i)
{
	return str_from(*(const char **)vec_at(&table->cells, i));
}

static void
add_blanks(struct buf *out, size_t count)
{
	while (count-- != 0)
		buf_add_char(out, ' ');
}

/* Blanks that nothing follows are not printed. */
static void
end_line(struct buf *out)
{
	while (out->len != 0 && (out->data[out->len - 1] == ' ' ||
	    out->data[out->len - 1] == '\n'))
		out->len--;
	buf_add_char(out, '\n');
}

/* The widths of all columns but the last; where the last begins. */
static size_t
measure(const struct table *table, size_t widths[TABLE_COLUMNS_MAX])
{
	size_t indent = 2;

	for (size_t i = 0; i < table->cells.len; i++) {
		size_t wide = width(cell(table, i));
		size_t *widest = &widths[i % table->columns];

		if (wide > *widest && wide <= COLUMN_MAX)
			*widest = wide;
	}
	for (size_t i = 0; i < table->columns - 1; i++)
		indent += widths[i] + 2;
	return indent;
}

/* One that is wider than its column has the rest of the line; the next one
 * stands below it, where it would stand anyway. */
static void
print_cell(struct buf *out, struct str text, size_t wide, size_t at)
{
	buf_add_str(out, text);
	if (width(text) <= wide) {
		add_blanks(out, wide - width(text) + 2);
		return;
	}
	buf_add_char(out, '\n');
	add_blanks(out, at + wide + 2);
}

void
table_print(const struct table *table, struct buf *out)
{
	size_t widths[TABLE_COLUMNS_MAX] = { 0 }, at = 2;
	size_t last = table->columns - 1, indent = measure(table, widths);
	struct buf prefix;

	buf_init(&prefix, table->arena);
	add_blanks(&prefix, indent);
	for (size_t i = 0; i < table->cells.len; i++) {
		size_t column = i % table->columns;
		struct str text = cell(table, i);

		if (column == 0) {
			buf_add_text(out, "  ");
			at = 2;
		}
		if (column == last && text.len == 0)
			end_line(out);
		else if (column == last)
			wrap(out, prefix.data, indent, text);
		else
			print_cell(out, text, widths[column], at);
		at += widths[column] + 2;
	}
}
