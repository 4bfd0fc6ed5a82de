/* SPDX-License-Identifier: ISC */
/* sa_locale.c - eval: tests of charsets of languages that nobody here reads
 * (Locales.pm, with Plugin/HeaderEval.pm and MIMEEval.pm).
 *
 * A charset is told by its letters and digits alone: "koi8-r" is KOI8R. Those of
 * all letters, and those that the West shares with its neighbours, are never far
 * away. */
#include "rules/call/sa_locale.h"

#include "base/arena.h"
#include "rules/call/sa_eval.h"
#include "rules/draft.h"

#define CYRILLIC "KOI8R KOI8U KOI8T ISOIR111 CP1251 GEORGIANPS PT154 CP866"
/* So many octets that are not ASCII make it a text of them. */
#define HIGH_MIN 4

struct sa_locales {
	struct vec charsets;	/* const char *: names in blanks */
	const struct pattern *encoded, *claimed;	/* see prepare() */
};

/* "windows-1251" is every Western reader's too. */
static const char *const near[] = { "USASCII", "ASCII", "IBM852", "XUNKNOWN",
	"ISO" };
static const char *const near_families[] = { "ISO8859", "ISO10646", "UTF", "UCS",
	"CP125", "WINDOWS", "UNICODE11UTF7", "UNICODE11UTF8" };

static const struct {
	const char *language, *charsets;
} languages[] = {
	{ "ja", "EUCJP JISX020119760 JISX020819830 JISX020819900 "
	    "JISX020819970 JISX021219900 JISX021320001 JISX021320002 "
	    "SHIFTJIS ISO2022JP SJIS JIS7 JISX0201 JISX0208 JISX0212" },
	{ "ko", "EUCKR KSC56011987" },
	{ "ru", CYRILLIC }, { "ka", CYRILLIC }, { "tg", CYRILLIC },
	{ "be", CYRILLIC }, { "uk", CYRILLIC }, { "bg", CYRILLIC },
	{ "th", "TIS620" },
	{ "zh", "GB1988 GB2312 GB231219800 GB18030 GBK BIG5HKSCS BIG5 EUCTW "
	    "ISO2022CN" },
};

/* --- while rules are loaded ---------------------------------------------------------- */

/* Of "zh_TW.Big5" the first two letters count. */
static void
add_language(struct sa_locales *locales, struct str word)
{
	for (size_t i = 0; i < ARRAY_LEN(languages); i++)
		if (word.len >= 2 &&
		    memcmp(word.data, languages[i].language, 2) == 0)
			*(const char **)vec_push(&locales->charsets) =
			    languages[i].charsets;
}

const struct sa_locales *
sa_locales_read(const struct call_setup *setup)
{
	const struct vec *lines = draft_lines(setup->draft, "ok_locales");
	struct sa_locales *locales;
	struct str rest, word;

	if (lines->len == 0)
		return NULL;
	locales = arena_zalloc(setup->arena, sizeof(*locales));
	vec_init(&locales->charsets, setup->arena, sizeof(const char *));
	rest = *(struct str *)vec_at(lines, lines->len - 1);
	while (str_cut(&rest, ' ', &word)) {
		word = str_trim(word);
		if (str_is(word, "all"))
			return NULL;
		add_language(locales, word);
	}
	return locales;
}

/* *prepared_r is NULL where all are wanted. */
static int
prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	struct sa_locales *locales = (struct sa_locales *)(uintptr_t)
	    sa_locales_read(setup);

	*prepared_r = locales;
	if (locales == NULL)
		return 0;
	/* "=?CHARSET?Q?...?=", and a field's parameter in quotes or bare. */
	locales->encoded = sa_pattern(setup, "=\\?(.+?)\\?.\\?.*?\\?=", 0,
	    error_r);
	locales->claimed = sa_pattern(setup, "charset=(?|\"([^\"]+)\"|"
	    "'([^']+)'|(\\S+))", PATTERN_CASELESS, error_r);
	return locales->encoded != NULL && locales->claimed != NULL ? 0 : -1;
}

/* --- one charset --------------------------------------------------------------------- */

/* Its letters, large ones, and digits. */
static struct str
bare_name(struct arena *arena, struct str charset)
{
	struct buf name;

	buf_init(&name, arena);
	buf_reserve(&name, charset.len + 1);
	for (size_t i = 0; i < charset.len; i++) {
		char c = charset.data[i];

		if (char_is_alnum(c))
			buf_add_char(&name, c >= 'a' && c <= 'z' ?
			    (char)(c - 'a' + 'A') : c);
	}
	/* "=3D" that was left of quoted-printable. */
	if (name.len >= 2 && memcmp(name.data, "3D", 2) == 0)
		return str_from_pos(buf_str(&name), 2);
	return buf_str(&name);
}

static bool
is_near(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(near); i++)
		if (str_is(name, near[i]))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(near_families); i++)
		if (str_has_prefix_nocase(name, str_from(near_families[i])))
			return true;
	return false;
}

static bool
is_far(struct view *view, const struct sa_locales *locales,
    struct str charset)
{
	struct str name = bare_name(view->arena, charset), one;

	if (is_near(name))
		return false;
	for (size_t i = 0; i < locales->charsets.len; i++) {
		struct str rest = str_from(*(const char *const *)
		    vec_at(&locales->charsets, i));

		while (str_cut(&rest, ' ', &one))
			if (str_eq(one, name))
				return false;
	}
	return true;
}

/* --- tests --------------------------------------------------------------------------- */

/* Are at least half of the octets of the text none of ASCII? Charsets such as
 * koi8-r have those of ASCII too. */
static bool
is_high(struct view *view)
{
	const struct vec *body = sa_body(view);
	size_t high = 0, all = body->len == 0 ? 0 : body->len - 1;

	for (size_t i = 0; i < body->len; i++) {
		struct str text = *(struct str *)vec_at(body, i);

		all += text.len;
		for (size_t j = 0; j < text.len; j++)
			high += (unsigned char)text.data[j] >= 0x80;
	}
	return high >= HIGH_MIN && all - high <= high;
}

static double
run_message(struct view *view, const void *prepared)
{
	const struct sa_locales *locales = prepared;
	struct str charset;

	return locales != NULL && sa_catches(view, locales->claimed,
	    sa_get_text(view, "content-type"), &charset) &&
	    is_far(view, locales, charset) && is_high(view);
}

static bool
has_far_word(struct view *view, const struct sa_locales *locales,
    struct str value)
{
	size_t at = 0;

	while (at <= value.len && pattern_match(locales->encoded,
	    sa_scratch(view), value, &at, NULL) == PATTERN_YES)
		if (is_far(view, locales,
		    pattern_caught(sa_scratch(view), 1)))
			return true;
	return false;
}

static double
run_headers(struct view *view, const void *prepared)
{
	static const char *const fields[] = { "from:raw", "subject:raw" };

	for (size_t i = 0; prepared != NULL && i < ARRAY_LEN(fields); i++) {
		const struct vec *values = sa_get_all(view, fields[i]);

		for (size_t j = 0; j < values->len; j++)
			if (has_far_word(view, prepared,
			    *(struct str *)vec_at(values, j)))
				return 1;
	}
	return 0;
}

static bool
has_letter(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (char_is_alpha(text.data[i]))
			return true;
	return false;
}

bool
sa_has_far_part(struct view *view, const struct sa_locales *locales)
{
	const struct vec *parts = sa_parts(view);

	for (size_t i = 0; locales != NULL && i < parts->len; i++) {
		const struct sa_part *part = vec_at(parts, i);

		if (has_letter(part->charset) &&
		    is_far(view, locales, part->charset))
			return true;
	}
	return false;
}

const struct call call_check_for_faraway_charset = {
	"check_for_faraway_charset", NULL, prepare, run_message };
const struct call call_check_for_faraway_charset_in_headers = {
	"check_for_faraway_charset_in_headers", NULL, prepare, run_headers };
