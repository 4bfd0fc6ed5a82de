/* SPDX-License-Identifier: ISC */
/* reader_text.c - the octets of a text part as a person reads them. */
#include "base/arena.h"
#include "mime/charset.h"
#include "mime/reader_private.h"

#define META_MAX 1024	/* WHATWG HTML 13.2.3.2 */

struct str
text_line_ends(char *data, size_t len)
{
	const char *end = data + len, *from = memchr(data, '\r', len);
	char *to = data + (from != NULL ? from - data : 0);

	while (from != NULL && from < end) {
		const char *cr = memchr(from, '\r', (size_t)(end - from));
		size_t run = (size_t)((cr != NULL ? cr : end) - from);

		memmove(to, from, run);
		to += run;
		if (cr == NULL)
			return str_of(data, (size_t)(to - data));
		*to++ = '\n';
		from = cr + (cr + 1 < end && cr[1] == '\n' ? 2 : 1);
	}
	return str_of(data, from != NULL ? (size_t)(to - data) : len);
}

/* --- format=flowed ----------------------------------------------------------------- */

static size_t
quote_depth(struct str line)
{
	size_t depth = 0;

	while (depth < line.len && line.data[depth] == '>')
		depth++;
	return depth;
}

/* What stands behind the quote marks, without the blank that was stuffed
 * (RFC 3676 4.4). */
static struct str
unstuffed(struct str line, size_t depth)
{
	line = str_from_pos(line, depth);
	return line.len != 0 && line.data[0] == ' ' ? str_from_pos(line, 1)
	    : line;
}

/* Does the paragraph go on in the next line (RFC 3676 4.1, 4.3)? */
static bool
is_flowed(struct str line)
{
	return line.len != 0 && line.data[line.len - 1] == ' ' &&
	    !str_is(line, "-- ");
}

struct str
text_unfold(char *data, size_t len, bool has_delsp)
{
	struct str rest = { data, len }, line;
	size_t to = 0, last_depth = 0;
	bool was_flowed = false, has_lf = false;

	while (rest.len != 0 && str_cut(&rest, '\n', &line)) {
		size_t depth = quote_depth(line);
		struct str words = unstuffed(line, depth);
		bool joins = was_flowed && depth == last_depth;
		struct str kept = joins || depth == 0 ? words : line;
		bool flows = is_flowed(words);

		/* Nothing before it is longer than it was. */
		has_lf = line.data + line.len < data + len;
		if (was_flowed && !joins)
			data[to++] = '\n';
		memmove(data + to, kept.data, kept.len);
		to += kept.len;
		was_flowed = flows;
		last_depth = depth;
		if (was_flowed && has_delsp)
			to--;
		if (!was_flowed && has_lf)
			data[to++] = '\n';
	}
	if (was_flowed && has_lf)
		data[to++] = '\n';
	return str_of(data, to);
}

/* --- what the page itself says --------------------------------------------------------- */

/* The charset of a meta element, for a page whose header names none: clients
 * take it (WHATWG HTML 13.2.3.2). */
static struct str
meta_charset(struct str page)
{
	const struct str word = STR("charset");
	struct str head = str_sub(page, 0, META_MAX);
	size_t at, end;

	for (at = 0; at + word.len < head.len; at++)
		if (str_has_prefix_nocase(str_from_pos(head, at), word))
			break;
	at += word.len;
	while (at < head.len && (char_is_space(head.data[at]) ||
	    head.data[at] == '=' || head.data[at] == '"' ||
	    head.data[at] == '\''))
		at++;
	for (end = at; end < head.len; end++)
		if (!char_is_alnum(head.data[end]) &&
		    str_find(STR("-_.:"), head.data[end]) < 0)
			break;
	return at < head.len ? str_sub(head, at, end - at) : STR("");
}

static struct str
charset_of(const struct mime_reader *reader, const struct mime_part *part,
    struct str octets)
{
	if (part->charset.len == 0 && mime_part_is(part, "text", "html"))
		return str_lower(reader->arena, meta_charset(octets));
	return part->charset;
}

void
text_read(struct mime_reader *reader, struct mime_part *part,
    struct str octets)
{
	struct charset_reading read;

	if (mime_part_is(part, "text", "plain"))
		octets = inline_take(reader, part, octets);
	charset_read(reader->arena, charset_of(reader, part, octets), octets,
	    &read);
	part->charset_used = str_from(read.used);
	if (read.is_unknown)
		odd(part, MIME_ODD_charset_unknown);
	if (read.is_wrong)
		odd(part, MIME_ODD_charset_wrong);
	if (str_find(read.text, '\0') >= 0)
		odd(part, MIME_ODD_nul);
	/* It lies in our buffer or in the arena: ours to change. */
	part->text = text_line_ends((char *)read.text.data, read.text.len);
	if (mime_part_is(part, "text", "plain") &&
	    str_is_nocase(mime_part_param(part, "format"), "flowed"))
		part->text = text_unfold((char *)part->text.data,
		    part->text.len,
		    str_is_nocase(mime_part_param(part, "delsp"), "yes"));
}
