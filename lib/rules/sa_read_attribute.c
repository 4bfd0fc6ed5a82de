/* SPDX-License-Identifier: ISC */
/* sa_read_attribute.c - what lines say about a rule besides its test: score,
 * description, flags. */
#include "rules/sa_read_private.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "base/vec.h"

#define NUMBER_MAX 32

/* --- score -------------------------------------------------------------------- */

/* -N, N.N; "(N)" is added to what was there. */
static bool
read_score(struct str word, double *score_r, bool *is_relative)
{
	char number[NUMBER_MAX];
	size_t at = 0, digits = 0;

	if (word.len >= 2 && word.data[0] == '(' &&
	    word.data[word.len - 1] == ')') {
		*is_relative = true;
		word = str_sub(word, 1, word.len - 2);
	}
	if (word.len == 0 || word.len >= sizeof(number))
		return false;
	if (word.data[at] == '-')
		at++;
	for (; at < word.len && char_is_digit(word.data[at]); at++)
		digits++;
	if (digits != 0 && at + 1 < word.len && word.data[at] == '.')
		for (at++; at < word.len && char_is_digit(word.data[at]);)
			at++;
	if (digits == 0 || at != word.len)
		return false;
	memcpy(number, word.data, word.len);
	number[word.len] = '\0';
	*score_r = strtod(number, NULL);
	return true;
}

static void
set_score(struct draft_rule *rule, const double *scores, bool is_relative)
{
	for (size_t i = 0; i < ARRAY_LEN(rule->score); i++)
		rule->score[i] = scores[i] +
		    (is_relative ? rule->score[i] : 0);
	rule->has_score = true;
}

void
sa_take_score(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	struct str name, word;
	bool is_relative = false;
	double scores[4] = { 0 };
	size_t count = 0;

	(void)directive;
	if (!sa_cut_rule(reader, &value, &name))
		return;
	for (; (word = sa_cut_word(&value)).len != 0; count++)
		if (count == ARRAY_LEN(scores) || !read_score(word,
		    &scores[count], &is_relative))
			break;
	if (word.len != 0 || (count != 1 && count != ARRAY_LEN(scores))) {
		sa_note(reader, DRAFT_ERROR, name, "a score is one number or "
		    "four, such as 1.5, -2 or (0.5)%s%.*s",
		    word.len != 0 ? ": " : "", STR_ARG(word));
		return;
	}
	for (; count < ARRAY_LEN(scores); count++)
		scores[count] = scores[0];
	if (is_relative && (draft_find(reader->draft, name) == NULL ||
	    !draft_find(reader->draft, name)->has_score)) {
		sa_note(reader, DRAFT_ERROR, name, "a score in parentheses "
		    "needs one before it that it is added to");
		return;
	}
	set_score(draft_rule(reader->draft, name), scores, is_relative);
}

/* --- describe ------------------------------------------------------------------ */

static bool
is_utf8(struct str text)
{
	size_t len = 1;

	for (; text.len != 0 && len != 0; text = str_from_pos(text, len))
		len = utf8_char_len(text);
	return len != 0;
}

/* Files are UTF-8 or ISO 8859-1. */
static struct str
as_utf8(struct arena *arena, struct str text)
{
	struct buf utf8;

	if (is_utf8(text))
		return text;
	buf_init(&utf8, arena);
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c >= 0x80)
			buf_add_char(&utf8, (char)(0xc0 | c >> 6));
		buf_add_char(&utf8, (char)(c < 0x80 ? c : 0x80 | (c & 0x3f)));
	}
	return buf_str(&utf8);
}

void
sa_take_describe(struct sa_reader *reader,
    const struct sa_directive *directive, struct str value)
{
	struct str name;

	(void)directive;
	if (sa_cut_rule(reader, &value, &name))
		draft_rule(reader->draft, name)->description =
		    as_utf8(reader->arena, value);
}

/* --- the others ----------------------------------------------------------------- */

/* Flags and tags are kept until all rules are there: the last line counts,
 * wherever the rule itself stands. */
void
sa_take_for_rule(struct sa_reader *reader,
    const struct sa_directive *directive, struct str value)
{
	struct str whole = value, name;

	(void)directive;
	if (sa_cut_rule(reader, &value, &name))
		draft_add_line(reader->draft, reader->word, whole);
}

/* Which rules are tried first changes nothing here: all are. */
void
sa_take_priority(struct sa_reader *reader,
    const struct sa_directive *directive, struct str value)
{
	struct str name;

	(void)directive;
	if (sa_cut_rule(reader, &value, &name))
		sa_note(reader, DRAFT_PASSED_OVER, name, "rules are not tried "
		    "in an order: all of them are");
}

/* "test NAME ok TEXT": for those who write rules. */
void
sa_take_test(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	struct str name, word;

	(void)directive;
	if (!sa_cut_rule(reader, &value, &name))
		return;
	word = sa_cut_word(&value);
	if (str_is(word, "ok") || str_is(word, "fail"))
		sa_note(reader, DRAFT_PASSED_OVER, name,
		    "an example for those who write rules");
	else
		sa_note(reader, DRAFT_ERROR, name, "ok or fail is wanted: "
		    "%.*s", STR_ARG(word));
}
