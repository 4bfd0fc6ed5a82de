/* SPDX-License-Identifier: ISC */
/* output.h - what the commands print: trouble, colour, paragraphs, tables. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "base/vec.h"

struct arena;

#define OUTPUT_WIDTH 78

/* "mailreeve: …" on standard error. */
void cli_error(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

enum output_style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_GOOD, STYLE_WARN,
	STYLE_BAD };

/* Does standard output take colour: is it a terminal, and is NO_COLOR unset or
 * empty? */
bool output_has_colour(void);

/* Print to standard output, in the style where colour is taken. */
void output_print(enum output_style style, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same of a word without blanks, for a buf: text itself where has_colour is
 * false. Arena text; output_wrap() and tables know that it takes no room. */
const char *output_style(struct arena *arena, bool has_colour,
    enum output_style style, const char *text);

/* text as a paragraph of lines that begin with prefix; its own line ends are
 * blanks. */
void output_wrap(struct buf *out, const char *prefix, struct str text);

/* Rows of texts in aligned columns, the last of which wraps. */
struct table {
	struct arena *arena;
	size_t columns;
	struct vec cells;	/* const char *, row by row */
};

#define TABLE_COLUMNS_MAX 8

void table_init(struct table *table, struct arena *arena, size_t columns);
/* A row: as many texts as the table has columns. They are not copied. */
void table_add(struct table *table, ...);
void table_print(const struct table *table, struct buf *out);

#endif
