/* SPDX-License-Identifier: ISC */
/* setting.c - what stands in the configuration becomes a typed value. */
#include "base/setting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/setting_private.h"
#include "base/str.h"
#include "base/suggest.h"
#include "base/vec.h"

/* More digits than a double holds exactly would be a lie. */
#define REAL_DIGITS_MAX 15

/* A value that is being parsed. */
struct input {
	const struct setting *row;
	void *field;
	const char *const *texts;
	size_t count;
	struct arena *arena;
	const char **error_r;
};

static int
refuse(const struct input *in)
{
	*in->error_r = arena_printf(in->arena, "'%s' is not %s", in->texts[0],
	    setting_describe(in->row, in->arena));
	return -1;
}

static int
refuse_range(const struct input *in)
{
	*in->error_r = arena_printf(in->arena,
	    "'%s' is out of range, allowed is %s", in->texts[0],
	    setting_describe_range(in->row, in->arena));
	return -1;
}

static int
store_int(const struct input *in, int64_t value)
{
	const struct setting *row = in->row;

	if (row->max != 0 && (value < row->min || value > row->max))
		return refuse_range(in);
	*(int64_t *)in->field = value;
	return 0;
}

/* digits * factor. -1: no digits, or too large for int64_t. */
static int
scale(struct str digits, int64_t factor, int64_t *value_r)
{
	uint64_t value;

	if (str_to_u64(digits, (uint64_t)(INT64_MAX / factor), &value) < 0)
		return -1;
	*value_r = (int64_t)value * factor;
	return 0;
}

static int
parse_bool(const struct input *in)
{
	bool is_yes = strcmp(in->texts[0], "yes") == 0;

	if (!is_yes && strcmp(in->texts[0], "no") != 0)
		return refuse(in);
	*(bool *)in->field = is_yes;
	return 0;
}

static int
parse_int(const struct input *in)
{
	struct str text = str_from(in->texts[0]);
	bool is_negative = text.len != 0 && text.data[0] == '-';
	int64_t value;

	if (scale(str_from_pos(text, is_negative), 1, &value) < 0)
		return refuse(in);
	return store_int(in, is_negative ? -value : value);
}

/* A number with one of the units of the kind behind it. */
static int
parse_scaled(const struct input *in, const struct setting_unit *units)
{
	struct str text = str_from(in->texts[0]);
	size_t digits = 0;
	int64_t value;

	while (digits < text.len && char_is_digit(text.data[digits]))
		digits++;
	for (const struct setting_unit *u = units; u->suffix != NULL; u++) {
		if (!str_is_nocase(str_from_pos(text, digits), u->suffix))
			continue;
		if (scale(str_sub(text, 0, digits), u->factor, &value) < 0)
			return refuse(in);
		return store_int(in, value);
	}
	return refuse(in);
}

static int
parse_size(const struct input *in)
{
	return parse_scaled(in, setting_size_units);
}

static int
parse_duration(const struct input *in)
{
	/* Zero is the same in every unit. */
	if (strcmp(in->texts[0], "0") == 0)
		return store_int(in, 0);
	return parse_scaled(in, setting_duration_units);
}

/* Digits with at most one point among them. Not strtod(): it would take
 * infinities, hexadecimal, and the locale's idea of a point. */
static int
parse_decimal(struct str text, double *value_r)
{
	double value = 0, divisor = 1;
	bool has_point = false;
	size_t digits = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '.' && !has_point && digits != 0) {
			has_point = true;
			continue;
		}
		if (!char_is_digit(text.data[i]) || ++digits > REAL_DIGITS_MAX)
			return -1;
		value = value * 10 + (text.data[i] - '0');
		divisor *= has_point ? 10 : 1;
	}
	*value_r = value / divisor;
	return digits == 0 || text.data[text.len - 1] == '.' ? -1 : 0;
}

static int
parse_real(const struct input *in)
{
	const struct setting *row = in->row;
	struct str text = str_from(in->texts[0]);
	bool is_negative = text.len != 0 && text.data[0] == '-';
	double value;

	if (parse_decimal(str_from_pos(text, is_negative), &value) < 0)
		return refuse(in);
	if (is_negative)
		value = -value;
	if (row->max != 0 &&
	    (value < (double)row->min || value > (double)row->max))
		return refuse_range(in);
	*(double *)in->field = value;
	return 0;
}

static int
parse_text(const struct input *in)
{
	*(const char **)in->field = arena_strdup(in->arena, in->texts[0]);
	return 0;
}

static int
refuse_word(const struct input *in)
{
	struct suggest suggest;

	suggest_begin(&suggest, str_from(in->texts[0]));
	for (int i = 0; in->row->words[i] != NULL; i++)
		suggest_offer(&suggest, in->row->words[i]);
	refuse(in);
	if (suggest_best(&suggest) != NULL)
		*in->error_r = arena_printf(in->arena,
		    "%s, did you mean '%s'?", *in->error_r,
		    suggest_best(&suggest));
	return -1;
}

static int
parse_word(const struct input *in)
{
	for (int i = 0; in->row->words[i] != NULL; i++) {
		if (strcmp(in->row->words[i], in->texts[0]) != 0)
			continue;
		*(int *)in->field = i;
		return 0;
	}
	return refuse_word(in);
}

static int
parse_list(const struct input *in)
{
	const char **texts = arena_alloc(in->arena, in->count * sizeof(*texts));

	for (size_t i = 0; i < in->count; i++)
		texts[i] = arena_strdup(in->arena, in->texts[i]);
	*(struct setting_list *)in->field =
	    (struct setting_list){ in->count, texts };
	return 0;
}

static int (*const parsers[])(const struct input *in) = {
	[SETTING_BOOL] = parse_bool,
	[SETTING_INT] = parse_int,
	[SETTING_SIZE] = parse_size,
	[SETTING_DURATION] = parse_duration,
	[SETTING_REAL] = parse_real,
	[SETTING_TEXT] = parse_text,
	[SETTING_WORD] = parse_word,
	[SETTING_LIST] = parse_list,
};

int
setting_parse(const struct setting *row, void *values,
    const char *const *texts, size_t text_count, struct arena *arena,
    const char **error_r)
{
	struct input in = { row, (char *)values + row->offset, texts,
	    text_count, arena, error_r };

	if (text_count == 0) {
		*error_r = arena_printf(arena, "a value is missing: %s",
		    setting_describe(row, arena));
		return -1;
	}
	if (text_count > 1 && row->kind != SETTING_LIST) {
		*error_r = arena_printf(arena, "one value, not %zu: a text "
		    "with blanks stands in \"\"", text_count);
		return -1;
	}
	return parsers[row->kind](&in);
}

/* The words of a list's default, which are separated by blanks. */
static size_t
split(const char *text, struct arena *arena, const char *const **words_r)
{
	struct str rest = str_from(text), word;
	struct vec words;

	vec_init(&words, arena, sizeof(const char *));
	while (str_cut(&rest, ' ', &word))
		if (word.len != 0)
			*(const char **)vec_push(&words) = str_dup(arena, word);
	*words_r = words.items;
	return words.len;
}

void
setting_default(const struct setting *row, void *values, struct arena *arena)
{
	const char *const *texts = &row->default_text;
	const char *error = NULL;
	size_t count = 1;

	if (row->default_text == NULL)
		return;
	if (row->kind == SETTING_LIST)
		count = split(row->default_text, arena, &texts);
	if (setting_parse(row, values, texts, count, arena, &error) == 0)
		return;
	fprintf(stderr, "the default of setting '%s' is wrong: %s\n", row->key,
	    error);
	abort();
}
