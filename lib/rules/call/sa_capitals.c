/* SPDX-License-Identifier: ISC */
/* sa_capitals.c - eval: tests of capital letters (Plugin/MIMEEval.pm,
 * Plugin/HeaderEval.pm). */
#include "rules/call/sa_eval.h"

#include "base/arena.h"
#include "mime/part.h"

/* Charsets whose encoded form is full of capitals. */
static bool
has_capitals(struct str charset)
{
	static const char *const names[] = { "koi", "jp", "jis", "euc", "gb",
		"big5", "isoir", "cp1251", "windows-1251", "georgianps",
		"pt154", "tis" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (sa_has(charset, names[i]))
			return true;
	return false;
}

/* Is a part in such a charset? */
static bool
is_in_capitals(struct view *view)
{
	const struct vec *parts = sa_parts(view);

	for (size_t i = 0; i < parts->len; i++)
		if (has_capitals(str_lower(view->arena,
		    ((struct sa_part *)vec_at(parts, i))->charset)))
			return true;
	return false;
}

/* Two words of 60 to 76 characters each, as lines of base64 are. */
static bool
is_base64(struct str line)
{
	for (unsigned word = 0; word < 2; word++) {
		size_t len = 0;

		while (len < line.len && len < 77 &&
		    (char_is_alnum(line.data[len]) || line.data[len] == '+' ||
		    line.data[len] == '/' || line.data[len] == '='))
			len++;
		if (len < 60 || len > 76 || len >= line.len ||
		    line.data[len] != ' ')
			return false;
		line = str_from_pos(line, len + 1);
	}
	return true;
}

/* Two words at least, and no lines of base64. */
static bool
counts(struct str line)
{
	size_t at = 0, words = 0;

	if (is_base64(line))
		return false;
	while (at < line.len && words < 2) {
		while (at < line.len && char_is_space(line.data[at]))
			at++;
		words += at < line.len;
		while (at < line.len && !char_is_space(line.data[at]))
			at++;
	}
	return words == 2;
}

static double
percent_of_capitals(struct view *view)
{
	const struct vec *body = sa_body(view);
	size_t length = 0, lower = 0, upper = 0;

	for (size_t i = 0; i < body->len; i++) {
		struct str line = *(struct str *)vec_at(body, i);

		if (!counts(line))
			continue;
		length += line.len;
		/* Without branches, so that it goes many octets at a time. */
		for (size_t j = 0; j < line.len; j++) {
			unsigned char c = (unsigned char)line.data[j];

			lower += (unsigned char)(c - 'a') < 26;
			lower += (unsigned char)(c - '0') < 10;
			upper += (unsigned char)(c - 'A') < 26;
		}
	}
	return length < 200 || upper + lower == 0 ? 0 :
	    (double)upper * 100 / (double)(upper + lower);
}

static double
run_uppercase(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	void **kept = view_kept(view, "sa_capitals");
	double percent;

	if (*kept == NULL) {
		*kept = arena_alloc(view->arena, sizeof(percent));
		*(double *)*kept = is_in_capitals(view) ? -1 :
		    percent_of_capitals(view);
	}
	percent = *(double *)*kept;
	return percent >= 0 && percent > args->least[0] && percent <= args->most[1];
}

/* --- the subject ------------------------------------------------------------------- */

/* "Re: ", "Fwd: " and what other languages have for them. */
static struct str
without_prefixes(struct str subject)
{
	static const struct str prefixes[] = { STR("Re:"), STR("Fwd:"),
		STR("Fw:"), STR("Aw:"), STR("Antwort:"), STR("WG:"), STR("SV:"),
		STR("VB:"), STR("VS:"), STR("VL:") };

	for (size_t i = 0; i < ARRAY_LEN(prefixes);) {
		if (!str_has_prefix_nocase(subject, prefixes[i])) {
			i++;
			continue;
		}
		subject = str_trim(str_from_pos(subject, prefixes[i].len));
		i = 0;
	}
	return subject;
}

/* Does an encoded word name such a charset? */
static bool
is_encoded_in_capitals(struct view *view)
{
	struct str raw = str_lower(view->arena,
	    sa_get_text(view, "subject:raw")), charset;
	ptrdiff_t at;

	while ((at = str_find(raw, '=')) >= 0) {
		raw = str_from_pos(raw, (size_t)at + 1);
		if (raw.len == 0 || raw.data[0] != '?')
			continue;
		charset = str_from_pos(raw, 1);
		if (str_find(charset, '?') < 0)
			return false;
		charset.len = (size_t)str_find(charset, '?');
		if (has_capitals(charset))
			return true;
	}
	return false;
}

static double
run_subject(struct view *view, const void *prepared)
{
	struct str subject = without_prefixes(str_trim(
	    sa_get_text(view, "subject")));
	bool has_blank = false;
	size_t upper = 0;

	(void)prepared;
	if (subject.len < 10)
		return 0;
	for (size_t i = 0; i < subject.len; i++) {
		if (subject.data[i] >= 'a' && subject.data[i] <= 'z')
			return 0;
		upper += subject.data[i] >= 'A' && subject.data[i] <= 'Z';
		has_blank |= char_is_space(subject.data[i]);
	}
	return has_blank && upper != 0 && !is_encoded_in_capitals(view);
}

const struct call call_check_for_uppercase = { "check_for_uppercase", NULL,
	sa_prepare_args, run_uppercase };
const struct call call_subject_is_all_caps = { "subject_is_all_caps", NULL,
	NULL, run_subject };
