/* SPDX-License-Identifier: ISC */
/* setting_print.c - settings for people: values as in the file, kinds, ranges. */
#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/setting.h"
#include "base/setting_private.h"
#include "base/str.h"

const struct setting_unit setting_size_units[] = {
	{ "t", INT64_C(1) << 40 },
	{ "g", INT64_C(1) << 30 },
	{ "m", INT64_C(1) << 20 },
	{ "k", INT64_C(1) << 10 },
	{ "", 1 },
	{ NULL, 0 },
};

const struct setting_unit setting_duration_units[] = {
	{ "d", INT64_C(86400000) },
	{ "h", 3600000 },
	{ "m", 60000 },
	{ "s", 1000 },
	{ "ms", 1 },
	{ NULL, 0 },
};

/* In the largest unit that leaves no rest. */
static void
add_scaled(struct buf *out, const struct setting_unit *units, int64_t value)
{
	if (value == 0) {
		buf_add_char(out, '0');
		return;
	}
	while (value % units->factor != 0)
		units++;
	buf_printf(out, "%" PRId64 "%s", value / units->factor, units->suffix);
}

/* Never with an exponent, which the parser does not take. */
static void
add_real(struct buf *out, double value)
{
	bool is_tiny = value > -0.0001 && value < 0.0001 && value != 0;

	buf_printf(out, is_tiny ? "%.14f" : "%.15g", value);
	while (is_tiny && out->data[out->len - 1] == '0')
		out->data[--out->len] = '\0';
}

static bool
wants_quotes(const char *text)
{
	return text[0] == '\0' || text[0] == '#' || text[0] == '\'' ||
	    strcmp(text, "=") == 0 || strpbrk(text, " \t\r\n;{}\"\\") != NULL;
}

void
setting_quote(struct buf *out, const char *text)
{
	if (!wants_quotes(text)) {
		buf_add_text(out, text);
		return;
	}
	buf_add_char(out, '"');
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '\n' || *c == '\t' || *c == '"' || *c == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, *c == '\n' ? 'n' : *c == '\t' ? 't' : *c);
	}
	buf_add_char(out, '"');
}

static void
add_list(struct buf *out, const struct setting_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (i != 0)
			buf_add_char(out, ' ');
		setting_quote(out, list->texts[i]);
	}
}

const char *
setting_print(const struct setting *row, const void *values,
    struct arena *arena)
{
	const void *field = (const char *)values + row->offset;
	struct buf out;

	buf_init(&out, arena);
	switch (row->kind) {
	case SETTING_BOOL:
		buf_add_text(&out, *(const bool *)field ? "yes" : "no");
		break;
	case SETTING_INT:
		buf_printf(&out, "%" PRId64, *(const int64_t *)field);
		break;
	case SETTING_SIZE:
		add_scaled(&out, setting_size_units, *(const int64_t *)field);
		break;
	case SETTING_DURATION:
		add_scaled(&out, setting_duration_units,
		    *(const int64_t *)field);
		break;
	case SETTING_REAL:
		add_real(&out, *(const double *)field);
		break;
	case SETTING_TEXT:
		if (*(const char *const *)field != NULL)
			setting_quote(&out, *(const char *const *)field);
		break;
	case SETTING_WORD:
		buf_add_text(&out, row->words[*(const int *)field]);
		break;
	case SETTING_LIST:
		add_list(&out, field);
		break;
	}
	return out.data;
}

static void
add_bound(struct buf *out, const struct setting *row, int64_t bound)
{
	if (row->kind == SETTING_SIZE)
		add_scaled(out, setting_size_units, bound);
	else if (row->kind == SETTING_DURATION)
		add_scaled(out, setting_duration_units, bound);
	else
		buf_printf(out, "%" PRId64, bound);
}

static bool
has_range(const struct setting *row)
{
	return row->max != 0 &&
	    (row->kind == SETTING_INT || row->kind == SETTING_SIZE ||
	    row->kind == SETTING_DURATION || row->kind == SETTING_REAL);
}

const char *
setting_describe_range(const struct setting *row, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	if (has_range(row)) {
		add_bound(&out, row, row->min);
		buf_add_text(&out, " to ");
		add_bound(&out, row, row->max);
	}
	return out.data;
}

/* What a value is, and what it looks like where no range shows it. */
static const struct {
	const char *name, *examples;
} kinds[] = {
	[SETTING_BOOL] = { "yes or no", "" },
	[SETTING_INT] = { "a whole number", "" },
	[SETTING_SIZE] = { "a size", " such as 512, 64k, 10m or 1g" },
	[SETTING_DURATION] = { "a duration", " such as 250ms, 10s, 2h or 1d" },
	[SETTING_REAL] = { "a number", "" },
	[SETTING_TEXT] = { "a text", "" },
	[SETTING_WORD] = { "one of ", "" },
	[SETTING_LIST] = { "one or more texts", "" },
};

const char *
setting_describe(const struct setting *row, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add_text(&out, kinds[row->kind].name);
	if (row->kind == SETTING_WORD)
		for (size_t i = 0; row->words[i] != NULL; i++)
			buf_printf(&out, "%s%s", i != 0 ? ", " : "",
			    row->words[i]);
	if (has_range(row))
		buf_printf(&out, " from %s",
		    setting_describe_range(row, arena));
	else
		buf_add_text(&out, kinds[row->kind].examples);
	return out.data;
}
