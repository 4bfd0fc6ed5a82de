/* SPDX-License-Identifier: ISC */
/* fold.c - what each letter looks like, from ICU's tables, asked once. */
#include "rules/fold.h"

#include <pthread.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/uspoof.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

#include "base/arena.h"

#define TEXT_MAX ((size_t)16 << 20)
#define SHARE_MAX ((size_t)64 << 10)
#define LOOK_MAX 3		/* letters of ASCII that one letter looks like */
#define UNITS_MAX 32		/* of UTF-16, of one letter taken apart */

enum letter_class {
	LETTER_BREAK,		/* ends a word */
	LETTER_DROPPED,		/* accents, invisible ones */
	LETTER_KEPT,
};

/* One character beyond ASCII. */
struct letter {
	uint8_t class;
	uint8_t own_len, plain_len;
	char own[LOOK_MAX];	/* in a word that has letters of ASCII */
	char plain[4];		/* in one that has none */
};

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
 * lower case, LOOK_MAX at most; else 0. */
static uint8_t
take_ascii(const UChar *units, int32_t len, char out[LOOK_MAX])
{
	uint8_t count = 0;

	for (int32_t i = 0; i < len; i++) {
		UChar c = units[i];

		if (is_dropped(c))
			continue;
		if (c >= 0x80 || !char_is_alnum((char)c) || count == LOOK_MAX)
			return 0;
		out[count++] = char_lower((char)c);
	}
	return count;
}

/* What a letter looks like: taken apart (NFKD), with its case folded ("ß"), or
 * by the confusables. 0: like none of ASCII. */
static uint8_t
look_of(const struct oracle *oracle, UChar32 c, char out[LOOK_MAX])
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
	char look[LOOK_MAX];
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

static struct letter
letter_of(UChar32 c)
{
	const struct letter *span = letters;
	struct letter other = { .class = LETTER_BREAK };

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

/* c < 0: no UTF-8. */
static enum letter_class
class_of(UChar32 c)
{
	return c < 0 ? LETTER_BREAK : (enum letter_class)letter_of(c).class;
}

/* i, l and 1 are one letter to the eye, o and 0 one. */
static char
fold_ascii(char c)
{
	c = char_lower(c);
	return c == 'i' || c == '1' ? 'l' : c == '0' ? 'o' : c;
}

/* The character at the start of text; octets that are no UTF-8 end words. */
static UChar32
next_char(struct str text, size_t *len_r)
{
	int32_t at = 0;
	int32_t len = text.len < 4 ? (int32_t)text.len : 4;
	UChar32 c;

	U8_NEXT((const uint8_t *)text.data, at, len, c);
	*len_r = (size_t)at;
	return c;
}

/* What stands at the start of text up to what ends words. */
struct run {
	size_t len;
	bool has_letter;	/* else: only what is dropped, no word */
	bool has_ascii;
};

static struct run
run_of(struct str text)
{
	struct run run = { 0 };
	size_t at = 0, len;

	while (at < text.len) {
		char byte = text.data[at];
		enum letter_class class;

		if ((unsigned char)byte < 0x80) {
			if (!char_is_alnum(byte))
				break;
			run.has_ascii |= char_is_alpha(byte);
			run.has_letter = true;
			at++;
			continue;
		}
		class = class_of(next_char(str_from_pos(text, at), &len));
		if (class == LETTER_BREAK)
			break;
		run.has_letter |= class == LETTER_KEPT;
		at += len;
	}
	run.len = at;
	return run;
}

static void
add_folded(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_add_char(out, fold_ascii(text[i]));
}

static void
fold_word(struct buf *out, struct str word, bool has_ascii)
{
	while (word.len != 0) {
		struct letter letter;
		size_t len = 1;

		if ((unsigned char)word.data[0] < 0x80) {
			buf_add_char(out, fold_ascii(word.data[0]));
			word = str_from_pos(word, 1);
			continue;
		}
		letter = letter_of(next_char(word, &len));
		if (has_ascii && letter.own_len != 0)
			add_folded(out, letter.own, letter.own_len);
		else if (letter.class == LETTER_KEPT)
			add_folded(out, letter.plain, letter.plain_len);
		word = str_from_pos(word, len);
	}
}

/* FNV-1a: for a filter, not for a table that a stranger could fill. */
static uint32_t
hash_of(const char *data, size_t len)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)data[i]) * 16777619u;
	return hash ^ hash >> 16;
}

static void
add_word(struct buf *out, struct vec *items, struct str word, bool is_exact,
    bool has_ascii)
{
	struct fold_word *item = vec_push(items);

	if (out->len != 0)
		buf_add_char(out, ' ');
	item->at = (uint32_t)out->len;
	if (is_exact)
		buf_add_str(out, word);
	else
		fold_word(out, word, has_ascii);
	item->len = (uint32_t)(out->len - item->at);
	item->hash = hash_of(out->data + item->at, item->len);
}

void
fold_words(struct arena *arena, struct str text, bool is_exact,
    struct fold_words *words_r)
{
	struct buf out;

	pthread_once(&letters_once, make_letters);
	buf_init(&out, arena);
	vec_init(&words_r->items, arena, sizeof(struct fold_word));
	text = str_sub(text, 0, TEXT_MAX);
	buf_reserve(&out, text.len + 1);
	while (text.len != 0) {
		struct run run = run_of(text);

		if (run.has_letter)
			add_word(&out, &words_r->items, str_sub(text, 0,
			    run.len), is_exact, run.has_ascii);
		if (run.len == 0)
			next_char(text, &run.len);
		text = str_from_pos(text, run.len);
	}
	words_r->text = buf_str(&out);
}

struct str
fold_slice(const struct fold_words *words, size_t n, size_t count)
{
	const struct fold_word *first = vec_at(&words->items, n);
	const struct fold_word *last = vec_at(&words->items, n + count - 1);

	return str_sub(words->text, first->at,
	    last->at + last->len - first->at);
}

struct str
fold_text(struct arena *arena, struct str text)
{
	struct fold_words words;

	fold_words(arena, text, false, &words);
	return words.text;
}

/* Two letters that together look like another one. */
static char
pair_of(char a, char b)
{
	return a == 'r' && b == 'n' ? 'm' : a == 'v' && b == 'v' ? 'w' :
	    a == 'c' && b == 'l' ? 'd' : '\0';
}

struct str
fold_label(struct arena *arena, struct str label)
{
	struct str text = fold_text(arena, label);
	char *out = arena_alloc(arena, text.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		char pair = i + 1 < text.len ? pair_of(text.data[i],
		    text.data[i + 1]) : '\0';

		if (text.data[i] != ' ')
			out[len++] = pair != '\0' ? pair : text.data[i];
		i += pair != '\0';
	}
	out[len] = '\0';
	return str_of(out, len);
}

static int
script_of(UChar32 c)
{
	UErrorCode status = U_ZERO_ERROR;
	UScriptCode script = uscript_getScript(c, &status);

	return U_SUCCESS(status) ? (int)script : USCRIPT_UNKNOWN;
}

/* Does a letter of the word look like one of ASCII, and is of a script that has
 * no business beside those? */
static bool
has_foreign(struct str word)
{
	size_t len;

	for (; word.len != 0; word = str_from_pos(word, len)) {
		UChar32 c = next_char(word, &len);
		int script;

		if (c < 0x80 || letter_of(c).own_len == 0)
			continue;
		script = script_of(c);
		if (script == USCRIPT_CYRILLIC || script == USCRIPT_GREEK ||
		    script == USCRIPT_ARMENIAN || script == USCRIPT_CHEROKEE)
			return true;
	}
	return false;
}

size_t
fold_mixed(struct str text)
{
	size_t count = 0;

	pthread_once(&letters_once, make_letters);
	text = str_sub(text, 0, TEXT_MAX);
	/* Most mail has none, and many rules ask. */
	if (str_is_ascii(text))
		return 0;
	while (text.len != 0) {
		struct run run = run_of(text);

		if (run.has_ascii && has_foreign(str_sub(text, 0, run.len)))
			count++;
		if (run.len == 0)
			next_char(text, &run.len);
		text = str_from_pos(text, run.len);
	}
	return count;
}

int
fold_script(const char *name)
{
	int32_t script = u_getPropertyValueEnum(UCHAR_SCRIPT, name);

	return script == UCHAR_INVALID_CODE ? -1 : script;
}

unsigned
fold_script_share(struct str text, int script)
{
	size_t letters_seen = 0, of_script = 0, len;

	text = str_sub(text, 0, SHARE_MAX);
	if (str_is_ascii(text))
		return 0;
	for (; text.len != 0; text = str_from_pos(text, len)) {
		UChar32 c = next_char(text, &len);

		if (c < 0x80) {
			letters_seen += c >= 0 && char_is_alpha((char)c);
			continue;
		}
		letters_seen += u_isalpha(c) != 0;
		of_script += u_isalpha(c) && script_of(c) == script;
	}
	return letters_seen == 0 ? 0 :
	    (unsigned)(of_script * 100 / letters_seen);
}
