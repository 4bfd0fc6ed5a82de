/* SPDX-License-Identifier: ISC */
/* sa_read_value.c - settings that are one value each: checked, and kept for those
 * who read them. */
#include "rules/sa_read_private.h"

#include "base/arena.h"
#include "rules/place/sa_options.h"

/* The least that check dkim takes where nobody told it (RFC 8301 3.2). */
#define KEY_BITS_USUAL 1024

/* --- numbers ----------------------------------------------------------------------- */

/* "5", "+5", "5.", "5.0". */
static bool
is_number(struct str text)
{
	size_t at = text.len != 0 && text.data[0] == '+', begin = at;

	while (at < text.len && char_is_digit(text.data[at]))
		at++;
	if (at == begin)
		return false;
	if (at < text.len && text.data[at] == '.')
		at++;
	while (at < text.len && char_is_digit(text.data[at]))
		at++;
	return at == text.len;
}

void
sa_keep_number(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	if (is_number(value))
		sa_keep(reader, directive, value);
	else
		sa_note(reader, DRAFT_ERROR, reader->word,
		    "a number of 0 or more is wanted: \"%.*s\"",
		    STR_ARG(value));
}

/* How much of a part is looked at. */
void
sa_keep_size(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	double size;

	sa_keep_number(reader, directive, value);
	if (!is_number(value))
		return;
	size = draft_number(reader->draft, directive->name, 0);
	if (size < 1 || size > (double)SA_SCAN_MAX)
		sa_note(reader, DRAFT_APPROXIMATED, reader->word,
		    "no more than %zu MB of a part are looked at",
		    SA_SCAN_MAX >> 20);
}

/* How long a key must be that proves a domain. */
void
sa_keep_bits(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	sa_keep_number(reader, directive, value);
	if (is_number(value) &&
	    draft_number(reader->draft, directive->name, 0) < KEY_BITS_USUAL)
		sa_note(reader, DRAFT_APPROXIMATED, reader->word, "keys that "
		    "are too short for check dkim { minimum_bits } prove "
		    "nothing here");
}

/* --- yes or no --------------------------------------------------------------------- */

/* False: noted. */
static bool
read_yes(struct sa_reader *reader, struct str value, bool *is_yes_r)
{
	*is_yes_r = str_is_nocase(value, "yes") || str_is(value, "1");
	if (*is_yes_r || str_is_nocase(value, "no") || str_is(value, "0"))
		return true;
	sa_note(reader, DRAFT_ERROR, reader->word,
	    "yes or no (1 or 0) is wanted: \"%.*s\"", STR_ARG(value));
	return false;
}

/* Kept as 1 or 0. */
void
sa_keep_yes(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	bool is_yes;

	if (read_yes(reader, value, &is_yes))
		sa_keep(reader, directive, is_yes ? STR("1") : STR("0"));
}

/* What is done here in any case: the row says what. */
void
sa_always_yes(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	bool is_yes;

	if (read_yes(reader, value, &is_yes) && !is_yes)
		sa_note(reader, DRAFT_APPROXIMATED, reader->word, "%s",
		    directive->argument);
}

/* --- others ------------------------------------------------------------------------ */

/* The name of a field. */
void
sa_keep_field(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	struct str rest = value, name = sa_cut_word(&rest);

	if (name.len == 0 || rest.len != 0 || str_find(name, ':') >= 0) {
		sa_note(reader, DRAFT_ERROR, reader->word,
		    "the name of one header field is wanted: \"%.*s\"",
		    STR_ARG(value));
		return;
	}
	sa_keep(reader, directive, name);
	sa_note(reader, DRAFT_APPROXIMATED, reader->word, "it counts where no "
	    "SMTP client is known; else the sender at MAIL FROM does");
}

static size_t
count_words(struct str value)
{
	size_t count = 0;

	while (sa_cut_word(&value).len != 0)
		count++;
	return count;
}

/* Senders and the domain of a relay. */
void
sa_keep_pair(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	if (count_words(value) == 2)
		sa_keep(reader, directive, value);
	else
		sa_note(reader, DRAFT_ERROR, reader->word, "an address and "
		    "the domain of a relay are wanted: \"%.*s\"",
		    STR_ARG(value));
}

/* Senders, and perhaps the domain that signs. */
void
sa_keep_signer(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	size_t count = count_words(value);

	if (count == 1 || count == 2)
		sa_keep(reader, directive, value);
	else
		sa_note(reader, DRAFT_ERROR, reader->word, "an address is "
		    "wanted, and perhaps the domain that signs: \"%.*s\"",
		    STR_ARG(value));
}
