/* SPDX-License-Identifier: ISC */
/* fold_letters.c - what each letter looks like, from ICU's tables, asked once. */
#include <pthread.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/uspoof.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

#include "rules/fold.h"
#include "rules/fold_private.h"

#define UNITS_MAX 32		/* of UTF-16, of one letter taken apart */

/* Where letters stand that look like others. */
static const struct span {
	UChar32 first, last;
} spans[] = {
	{ 0x80, 0x2fff },	/* all alphabets */
	{ 0xa640, 0xa7ff },	/* Cyrillic and Latin, extended */
	{ 0xab30, 0xabbf },	/* Latin extended E, Cherokee */
	{ 0xfb00, 0xfb06 },	/* ligatures */
	{ 0xff00, 0xffef },	/* full width */
	{ 0x1d400, 0x1d7ff },	/* mathematical letters */
	{ 0x1f100, 0x1f189 },	/* letters in brackets, circles, squares */
};
#define SPAN_LETTERS (0x2f80 + 0x1c0 + 0x90 + 7 + 0xf0 + 0x400 + 0x8a)

static struct letter letters[SPAN_LETTERS];
static pthread_once_t letters_once = PTHREAD_ONCE_INIT;

/* What of ICU is asked while the table is made. */
struct oracle {
	USpoofChecker *spoof;
	const UNormalizer2 *nfkd;
};

static bool
is_dropped(UChar32 c)
{
	return (U_GET_GC_MASK(c) & (U_GC_MN_MASK | U_GC_ME_MASK |
	    U_GC_CF_MASK)) != 0;
}

/* The letters of a short text when all of them are of ASCII, accents apart: in
 * lower case, FOLD_LOOK_MAX at most; else 0. */
static uint8_t
take_ascii(const UChar *units, int32_t len, char out[FOLD_LOOK_MAX])
{
	uint8_t count = 0;

	for (int32_t i = 0; i < len; i++) {
		UChar c = units[i];

		if (is_dropped(c))
			continue;
		if (c >= 0x80 || !char_is_alnum((char)c) ||
		    count == FOLD_LOOK_MAX)
			return 0;
		out[count++] = char_lower((char)c);
	}
	return count;
}

/* What a letter looks like: taken apart (NFKD), with its case folded ("ß"), or
 * by the confusables. 0: like none of ASCII. */
static uint8_t
look_of(const struct oracle *oracle, UChar32 c, char out[FOLD_LOOK_MAX])
{
	UErrorCode status = U_ZERO_ERROR;
	UChar one[2], units[UNITS_MAX];
	int32_t one_len = 0, len;
	uint8_t count;

	U16_APPEND_UNSAFE(one, one_len, c);
	len = unorm2_normalize(oracle->nfkd, one, one_len, units, UNITS_MAX,
	    &status);
	count = U_SUCCESS(status) ? take_ascii(units, len, out) : 0;
	if (count != 0)
		return count;
	status = U_ZERO_ERROR;
	len = u_strFoldCase(units, UNITS_MAX, one, one_len,
	    U_FOLD_CASE_DEFAULT, &status);
	count = U_SUCCESS(status) ? take_ascii(units, len, out) : 0;
	if (count != 0)
		return count;
	status = U_ZERO_ERROR;
	len = uspoof_getSkeleton(oracle->spoof, 0, one, one_len, units,
	    UNITS_MAX, &status);
	return U_SUCCESS(status) ? take_ascii(units, len, out) : 0;
}

static uint8_t
write_utf8(UChar32 c, char out[4])
{
	int32_t len = 0;

	U8_APPEND_UNSAFE((uint8_t *)out, len, (uint32_t)c);
	return (uint8_t)len;
}

static void
fill_letter(const struct oracle *oracle, UChar32 c, struct letter *letter)
{
	UChar32 small = u_tolower(c);
	char look[FOLD_LOOK_MAX];
	uint8_t len;

	if (is_dropped(c)) {
		letter->class = LETTER_DROPPED;
		return;
	}
	letter->own_len = look_of(oracle, c, letter->own);
	/* Letters in circles are symbols, but read as letters. */
	if (!u_isalnum(c) && letter->own_len == 0)
		return;
	letter->class = LETTER_KEPT;
	len = look_of(oracle, small, look);
	if (len == 0)
		len = look_of(oracle, u_toupper(small), look);
	letter->plain_len = len;
	memcpy(letter->plain, look, len);
	if (len == 0)
		letter->plain_len = write_utf8(small, letter->plain);
}

static void
make_letters(void)
{
	UErrorCode status = U_ZERO_ERROR;
	struct oracle oracle = { uspoof_open(&status), NULL };
	struct letter *letter = letters;

	oracle.nfkd = unorm2_getNFKDInstance(&status);
	for (size_t i = 0; i < ARRAY_LEN(spans) && U_SUCCESS(status); i++)
		for (UChar32 c = spans[i].first; c <= spans[i].last; c++)
			fill_letter(&oracle, c, letter++);
	uspoof_close(oracle.spoof);
}

struct letter
fold_letter(int32_t c)
{
	const struct letter *span = letters;
	struct letter other = { .class = LETTER_BREAK };

	if (c < 0)
		return other;
	pthread_once(&letters_once, make_letters);
	for (size_t i = 0; i < ARRAY_LEN(spans); i++) {
		if (c < spans[i].first)
			break;
		if (c <= spans[i].last)
			return span[c - spans[i].first];
		span += spans[i].last - spans[i].first + 1;
	}
	if (is_dropped(c))
		other.class = LETTER_DROPPED;
	else if (u_isalnum(c)) {
		other.class = LETTER_KEPT;
		other.plain_len = write_utf8(u_tolower(c), other.plain);
	}
	return other;
}

int32_t
fold_next_char(struct str text, size_t *len_r)
{
	int32_t at = 0;
	int32_t len = text.len < 4 ? (int32_t)text.len : 4;
	UChar32 c;

	U8_NEXT((const uint8_t *)text.data, at, len, c);
	*len_r = (size_t)at;
	return c;
}

bool
fold_is_letter(int32_t c)
{
	return u_isalpha(c) != 0;
}

int
fold_script_of(int32_t c)
{
	UErrorCode status = U_ZERO_ERROR;
	UScriptCode script = uscript_getScript(c, &status);

	return U_SUCCESS(status) ? (int)script : USCRIPT_UNKNOWN;
}

bool
fold_is_foreign(int32_t c)
{
	int script;

	if (fold_letter(c).own_len == 0)
		return false;
	script = fold_script_of(c);
	return script == USCRIPT_CYRILLIC || script == USCRIPT_GREEK ||
	    script == USCRIPT_ARMENIAN || script == USCRIPT_CHEROKEE;
}

int
fold_script(const char *name)
{
	int32_t script = u_getPropertyValueEnum(UCHAR_SCRIPT, name);

	return script == UCHAR_INVALID_CODE ? -1 : script;
}
