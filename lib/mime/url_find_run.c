/* SPDX-License-Identifier: ISC */
/* url_find_run.c - the characters of which links in text are made. */
#include "mime/url_find_private.h"

#include <string.h>

#include "base/arena.h"

/* "[word]", with any of the brackets, at position at, where one stands: its
 * length, or 0. */
static size_t
bracketed_len(const struct finder *finder, size_t at, const char *word)
{
	struct str inside = str_sub(finder->text, at + 1, strlen(word));
	char end = finder_closing(finder_byte(finder, at));

	return str_is_nocase(inside, word) &&
	    finder_byte(finder, at + 1 + inside.len) == end
	    ? inside.len + 2 : 0;
}

size_t
finder_bracketed_dot_len(const struct finder *finder, size_t at)
{
	size_t len = bracketed_len(finder, at, ".");

	return len != 0 ? len : bracketed_len(finder, at, "dot");
}

size_t
finder_mark_len(const struct finder *finder, size_t at, char mark)
{
	const char text[2] = { mark, '\0' };
	size_t len;

	if (finder_byte(finder, at) == mark)
		return 1;
	if (finder_closing(finder_byte(finder, at)) == '\0')
		return 0;
	len = bracketed_len(finder, at, text);
	return len != 0 || mark != '@' ? len : bracketed_len(finder, at, "at");
}

/* Blanks, quotes, dashes and dots of other scripts, and what stands full-width
 * for them. */
bool
finder_is_foreign_end(struct str rest)
{
	const unsigned char *in = (const unsigned char *)rest.data;

	if (in[0] < 0x80)
		return false;
	if (rest.len > 1 && in[0] == 0xc2)	/* U+0080 to U+00BF */
		return (in[1] >= 0x80 && in[1] <= 0xa0) || in[1] == 0xab ||
		    in[1] == 0xbb;
	if (rest.len < 3)
		return false;
	if (in[0] == 0xe2 && in[1] == 0x80)	/* U+2000 to U+203F */
		return true;
	if (in[0] == 0xe3 && in[1] == 0x80)	/* U+3000 to U+303F */
		return in[2] <= 0x84 || (in[2] >= 0x88 && in[2] <= 0x9f);
	return in[0] == 0xef && in[1] == 0xbc &&	/* U+FF01, ... */
	    (in[2] == 0x81 || in[2] == 0x88 || in[2] == 0x89 ||
	    in[2] == 0x8c || in[2] == 0x9a || in[2] == 0x9b || in[2] == 0x9f);
}

struct run
finder_run(const struct finder *finder, size_t at)
{
	struct run run = { .start = at };

	for (;;) {
		size_t dot;

		while (at < finder->text.len &&
		    finder_is_name(finder->text.data[at]) &&
		    ((unsigned char)finder->text.data[at] < 0x80 ||
		    !finder_is_foreign_end(str_from_pos(finder->text, at))))
			at++;
		dot = at == run.start ? 0 : finder_dot_len(finder, at);
		if (dot == 0)
			break;
		run.is_defanged = true;
		at += dot;
	}
	run.end = at;
	return run;
}

struct str
finder_run_text(const struct finder *finder, const struct run *run)
{
	return str_sub(finder->text, run->start, run->end - run->start);
}

struct str
finder_refang(const struct finder *finder, struct str text)
{
	struct finder inside = { .text = text };
	struct buf out;

	if (str_find(text, '[') < 0 && str_find(text, '(') < 0 &&
	    str_find(text, '{') < 0)
		return text;
	buf_init(&out, finder->reader->arena);
	for (size_t at = 0; at < text.len;) {
		size_t dot = finder_dot_len(&inside, at);

		buf_add_char(&out, dot != 0 ? '.' : text.data[at]);
		at += dot != 0 ? dot : 1;
	}
	return buf_str(&out);
}
