/* SPDX-License-Identifier: ISC */
/* sa_body.c - the text of a message as SpamAssassin's rules for bodies see it: the
 * subject, then the parts rendered, a text a paragraph. */
#include "base/arena.h"
#include "base/vec.h"
#include "mail/txn.h"
#include "mime/charset.h"
#include "rules/place.h"
#include "rules/place/sa_html.h"
#include "rules/place/sa_options.h"
#include "rules/place/sa_private.h"

/* Where a part is cut, so many characters more are looked at to find a line end or
 * a blank. */
#define SLACK ((size_t)1024)

/* --- white space of Unicode --------------------------------------------------------------- */

/* The length of the white space at the start of text; 0: it is none. */
static size_t
space_len(struct str text)
{
	unsigned char a = (unsigned char)text.data[0], b, c;

	if (a < 0x80)
		return a == ' ' || (a >= '\t' && a <= '\r');
	if (text.len < 2)
		return 0;
	b = (unsigned char)text.data[1];
	if (a == 0xc2)
		return b == 0x85 || b == 0xa0 ? 2 : 0;
	if (text.len < 3)
		return 0;
	c = (unsigned char)text.data[2];
	if (a == 0xe1)
		return b == 0x9a && c == 0x80 ? 3 : 0;
	if (a == 0xe2)
		return (b == 0x80 && (c <= 0x8a || c == 0xa8 || c == 0xa9 ||
		    c == 0xaf)) || (b == 0x81 && c == 0x9f) ? 3 : 0;
	return a == 0xe3 && b == 0x80 && c == 0x80 ? 3 : 0;
}

/* Of octets that are no characters only those of ASCII are white space. */
static size_t
space_at(struct str text, bool is_wide)
{
	if (!is_wide && (unsigned char)text.data[0] >= 0x80)
		return 0;
	return space_len(text);
}

/* --- parts --------------------------------------------------------------------------------- */

static bool
shows_text(const struct sa_part *part, bool *is_html_r)
{
	struct str type = sa_part_effective_type(part);

	*is_html_r = str_is(type, "text/html");
	return part->is_leaf && (*is_html_r || str_is(type, "text/plain"));
}

static void
render(struct view *view, struct sa_part *part, bool is_html)
{
	struct str text = sa_part_decoded(view, part);
	struct charset_reading reading;

	part->is_wide = !str_is_ascii(text);
	charset_read(view->arena, part->charset.data != NULL ? part->charset :
	    STR("us-ascii"), text, &reading);
	part->is_wide |= !str_eq(reading.text, text);
	part->rendered = reading.text;
	if (!is_html || reading.text.len == 0)
		return;
	part->page = sa_html_render(view->arena, reading.text, part->is_wide);
	part->is_wide = part->page->is_wide;
	part->rendered = part->page->text;
}

bool
sa_part_rendered(struct view *view, struct sa_part *part, struct str *text_r)
{
	bool is_html;

	if (!part->has_rendered) {
		part->has_rendered = true;
		part->is_rendered = shows_text(part, &is_html);
		if (part->is_rendered)
			render(view, part, is_html);
	}
	*text_r = part->rendered;
	return part->is_rendered;
}

const struct vec *
sa_pages(struct view *view)
{
	void **kept = view_kept(view, "sa_pages");
	const struct vec *parts = sa_parts(view);
	struct vec *pages;
	struct str text;

	if (*kept != NULL)
		return *kept;
	*kept = pages = arena_zalloc(view->arena, sizeof(*pages));
	vec_init(pages, view->arena, sizeof(struct sa_page *));
	for (size_t i = 0; i < parts->len; i++) {
		struct sa_part *part = vec_at(parts, i);

		if (sa_part_rendered(view, part, &text) && part->page != NULL)
			*(struct sa_page **)vec_push(pages) = part->page;
	}
	return pages;
}

/* --- the whole ------------------------------------------------------------------------------- */

/* Where character number `count` begins. */
static size_t
place_of(struct str text, size_t count)
{
	size_t at = 0;

	if (text.len <= count)
		return text.len;
	for (; at < text.len; at++)
		if (((unsigned char)text.data[at] & 0xc0) != 0x80 &&
		    count-- == 0)
			break;
	return at;
}

static struct str
cut_to_scan(struct str text, size_t scan)
{
	static const char ends[] = { '\n', ' ' };
	size_t from = place_of(text, scan);
	ptrdiff_t end;

	if (from == text.len)
		return text;
	for (size_t i = 0; i < sizeof(ends); i++) {
		end = str_find(str_sub(text, from, SLACK + 1), ends[i]);
		if (end >= 0)
			return str_sub(text, 0, from + (size_t)end + 1);
	}
	return str_sub(text, 0, from);
}

/* White space at `at`: where it ends, and how many line ends are in it with white
 * space between them at most. */
static size_t
skip_space(struct str text, size_t at, bool is_wide, size_t *lines_r)
{
	size_t len;

	*lines_r = 0;
	while (at < text.len &&
	    (len = space_at(str_from_pos(text, at), is_wide)) != 0) {
		*lines_r += text.data[at] == '\n';
		at += len;
	}
	return at;
}

/* What may begin white space, and a NUL. */
static const bool is_odd[256] = {
	['\0'] = true, ['\t' ... '\r'] = true, [' '] = true, [0xc2] = true,
	[0xe1] = true, [0xe2] = true, [0xe3] = true,
};

/* White space becomes one blank; two line ends and what is between them become
 * one line end, blanks around it stay blanks. A NUL is a line end too. */
static void
squeeze(struct buf *out, struct str text, bool is_wide)
{
	size_t at = 0, end, lines;

	while (at < text.len) {
		for (end = at; end < text.len &&
		    !is_odd[(unsigned char)text.data[end]];)
			end++;
		buf_add_str(out, str_sub(text, at, end - at));
		if ((at = end) == text.len)
			break;
		end = skip_space(text, at, is_wide, &lines);
		if (end == at) {
			char c = text.data[at++];

			buf_add_char(out, c == '\0' ? '\n' : c);
			continue;
		}
		if (lines < 2) {
			buf_add_char(out, ' ');
		} else {
			if (text.data[at] != '\n')
				buf_add_char(out, ' ');
			buf_add_char(out, '\n');
			if (text.data[end - 1] != '\n')
				buf_add_char(out, ' ');
		}
		at = end;
	}
}

/* Characters up to U+00FF as one octet each. */
static struct str
as_octets(struct str text)
{
	char *data = (char *)(uintptr_t)text.data;
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c >= 0xc2 && c <= 0xc3 && i + 1 < text.len)
			c = (unsigned char)((c & 3) << 6 |
			    ((unsigned char)text.data[++i] & 0x3f));
		data[len++] = (char)c;
	}
	return str_of(data, len);
}

/* Lines, in pieces of SA_LINE_MAX at most, cut at blanks. */
static void
split(struct str text, struct vec *texts)
{
	while (text.len != 0) {
		ptrdiff_t end = str_find(text, '\n');
		struct str line = str_sub(text, 0,
		    end < 0 ? text.len : (size_t)end + 1);

		text = str_from_pos(text, line.len);
		while (line.len > SA_LINE_MAX) {
			size_t len = (size_t)(str_find_last(
			    str_sub(line, 0, SA_LINE_MAX + 1), ' ') + 1);

			if (len == 0)
				len = SA_LINE_MAX;
			*(struct str *)vec_push(texts) = str_sub(line, 0, len);
			line = str_from_pos(line, len);
		}
		*(struct str *)vec_push(texts) = line;
	}
}

/* All parts, one behind the other. True: there are characters in it. */
static bool
gather(struct view *view, struct buf *out)
{
	const struct vec *parts = sa_parts(view);
	bool is_wide = false;
	struct str text;

	for (size_t i = 0; i < parts->len; i++) {
		struct sa_part *part = vec_at(parts, i);

		if (!part->is_leaf)
			continue;
		if (out->len != 0)
			buf_add_char(out, '\n');
		if (!sa_part_rendered(view, part, &text))
			continue;
		buf_add_str(out, cut_to_scan(text,
		    sa_options_of(view)->body_scan));
		is_wide |= part->is_wide;
	}
	return is_wide;
}

const struct vec *
sa_body(struct view *view)
{
	void **kept = view_kept(view, "sa_body");
	struct buf whole, out;
	struct vec *texts;
	struct str subject;
	bool is_wide;

	if (*kept != NULL)
		return *kept;
	*kept = texts = arena_zalloc(view->arena, sizeof(*texts));
	vec_init(texts, view->arena, sizeof(struct str));
	if (sa_parts(view)->len == 0)
		return texts;
	buf_init(&whole, view->arena);
	buf_init(&out, view->arena);
	subject = sa_field_last(view->arena, &view->txn->headers.fields,
	    "subject");
	buf_add_str(&out, subject);
	buf_add_char(&out, '\n');
	is_wide = gather(view, &whole);
	buf_reserve(&out, whole.len + 1);
	if (is_wide || str_is_ascii(buf_str(&whole))) {
		squeeze(&out, buf_str(&whole), is_wide);
	} else {
		struct buf octets;

		buf_init(&octets, view->arena);
		buf_reserve(&octets, whole.len + 1);
		squeeze(&octets, buf_str(&whole), false);
		buf_add_str(&out, as_octets(buf_str(&octets)));
	}
	split(buf_str(&out), texts);
	return texts;
}

/* The form "nosubject" is all but the first text. */
static void
read_body(struct view *view, const struct place *place, struct vec *texts)
{
	const struct vec *body = sa_body(view);
	size_t first = str_is(place->form, "nosubject") ? 1 : 0;

	for (size_t i = first; i < body->len; i++)
		*(struct str *)vec_push(texts) =
		    *(struct str *)vec_at(body, i);
}

const struct place_row place_sa_body = {
	.name = "sa_body",
	.words = "the subject and the text as SpamAssassin renders it",
	.read = read_body,
};
