/* SPDX-License-Identifier: ISC */
/* reader_line.c - chunks taken apart into content and the lines that may matter.
 *
 * Of content only lines that begin with "-" can be delimiters; all others go on
 * in spans as long as the chunk has them, without a copy. Lines of headers, and
 * those that may be delimiters, are seen whole: in the chunk where they lie in
 * it, else gathered in held.
 *
 * The line end in front of a delimiter belongs to that (RFC 2046 5.1.1), so the
 * last one waits in end until the next line is known. A line ends with CRLF, LF
 * or a CR alone: clients differ about the latter two, and whoever takes them for
 * an end sees parts and fields there that must be seen here too.
 *
 * Time: each octet is looked at twice by memchr(), for LF and for CR. */
#include "mime/reader_private.h"

#define LINE_USUAL ((size_t)998)	/* RFC 5322 2.1.1 */

/* Not all at once: no line end, or a CR that the chunk ends with. */
enum line_end { END_NONE, END_OPEN, END_FOUND };

/* Where the first line end at or behind at is. The first LF is kept from call to
 * call, so that each octet is searched for it once. */
static enum line_end
find_end(struct mime_reader *reader, struct str s, size_t at, size_t *end_r,
    size_t *len_r)
{
	const char *start = s.data + at, *stop = s.data + s.len, *found;

	if (reader->lf < start) {
		found = memchr(start, '\n', s.len - at);
		reader->lf = found != NULL ? found : stop;
	}
	found = memchr(start, '\r', (size_t)(reader->lf - start));
	*end_r = (size_t)((found != NULL ? found : reader->lf) - s.data);
	*len_r = 1;
	if (found == NULL)
		return reader->lf < stop ? END_FOUND : END_NONE;
	if (found + 1 == stop)
		return END_OPEN;
	if (found[1] == '\n')
		*len_r = 2;
	return END_FOUND;
}

static void
note_end(struct mime_reader *reader, struct str end)
{
	if (end.len == 2)
		reader->has_crlf = true;
	else if (end.len == 1 && end.data[0] == '\n')
		reader->has_lf = true;
	else if (end.len == 1 && reader->part->transfer != TRANSFER_BINARY)
		odd(reader->part, MIME_ODD_bare_cr);
}

static void
note_line(struct mime_reader *reader, size_t more)
{
	reader->line_len += more;
	if (reader->line_len > LINE_USUAL &&
	    reader->part->transfer != TRANSFER_BINARY)
		odd(reader->part, MIME_ODD_long_line);
}

static void
keep_end(struct mime_reader *reader, struct str end)
{
	memcpy(reader->end, end.data, end.len);
	reader->end_len = (unsigned char)end.len;
	reader->is_start = true;
	reader->line_len = 0;
}

/* Behind the parts there should be nothing but blanks. */
static void
look_behind(struct mime_reader *reader, struct str octets)
{
	if (!mime_has(reader->part->oddities, MIME_ODD_text_outside) &&
	    str_trim(octets).len != 0)
		odd(reader->part, MIME_ODD_text_outside);
}

static void
give(struct mime_reader *reader, struct str octets)
{
	if (octets.len == 0)
		return;
	if (reader->reading == READ_BEHIND)
		look_behind(reader, octets);
	else if (reader->reading != READ_NOTHING)
		sink_add(reader, octets);
}

/* The line end that waits is content after all. */
static void
give_end(struct mime_reader *reader)
{
	give(reader, str_of(reader->end, reader->end_len));
	reader->end_len = 0;
}

static bool
wants_whole(const struct mime_reader *reader, char first)
{
	return reader->reading == READ_HEADER || first == '-' ||
	    reader->has_guess;
}

void
lines_take(struct mime_reader *reader, struct str line, struct str end)
{
	bool is_dashed = line.len >= 2 && line.data[0] == '-' &&
	    line.data[1] == '-' && line.len <= HELD_MAX;
	bool has_guess = reader->has_guess;

	reader->has_guess = false;
	note_end(reader, end);
	note_line(reader, line.len);
	reader->line_len = 0;
	if (is_dashed && reader_delimiter(reader, line))
		return;
	if (has_guess && line.len <= HELD_MAX)
		reader_guess(reader, line);
	if (reader->reading == READ_HEADER) {
		header_line(reader, line);
		return;
	}
	give_end(reader);
	give(reader, line);
	keep_end(reader, end);
}

/* The whole line is there. */
static void
whole_done(struct mime_reader *reader, struct str line, struct str end)
{
	reader->is_whole = false;
	reader->is_start = true;
	lines_take(reader, line, end);
	buf_clear(&reader->held);
}

/* Gather; a line that is too long is content, or in a header cut. */
static void
hold(struct mime_reader *reader, struct str piece)
{
	size_t max = HELD_MAX;

	if (reader->reading == READ_HEADER)
		max += (size_t)reader->limits->max_header_bytes;
	if (reader->held.len + piece.len <= max ||
	    reader->reading == READ_HEADER) {
		buf_add_str(&reader->held,
		    str_sub(piece, 0, max - reader->held.len));
		return;
	}
	reader->is_whole = reader->is_start = reader->has_guess = false;
	give_end(reader);
	give(reader, buf_str(&reader->held));
	give(reader, piece);
	note_line(reader, reader->held.len + piece.len);
	buf_clear(&reader->held);
}

static size_t
take_whole(struct mime_reader *reader, struct str s)
{
	size_t end, len;
	enum line_end found = find_end(reader, s, 0, &end, &len);

	if (!reader->is_whole)
		reader->line_at = reader->at;
	reader->is_whole = true;
	if (found == END_FOUND && reader->held.len == 0) {
		reader->at += end + len;
		whole_done(reader, str_of(s.data, end),
		    str_of(s.data + end, len));
		return end + len;
	}
	hold(reader, str_of(s.data, end));
	if (!reader->is_whole) {
		reader->at += end;
		return end;
	}
	if (found == END_OPEN)
		reader->is_cr = true;
	reader->at += found == END_NONE ? end : end + len;
	if (found == END_FOUND)
		whole_done(reader, buf_str(&reader->held),
		    str_of(s.data + end, len));
	return found == END_NONE ? end : end + len;
}

/* As much content as there is before a line that is wanted whole. */
static size_t
take_span(struct mime_reader *reader, struct str s)
{
	size_t at = 0, end, len;
	enum line_end found;

	if (reader->is_start)
		give_end(reader);
	for (;;) {
		reader->is_start = false;
		found = find_end(reader, s, at, &end, &len);
		note_line(reader, end - at);
		if (found == END_NONE) {
			give(reader, s);
			reader->at += s.len;
			return s.len;
		}
		at = end + len;
		if (found == END_OPEN || at == s.len ||
		    wants_whole(reader, s.data[at]))
			break;
		note_end(reader, str_of(s.data + end, len));
		reader->line_len = 0;
	}
	give(reader, str_of(s.data, end));
	keep_end(reader, str_of(s.data + end, len));
	if (found == END_OPEN)
		reader->is_cr = true;
	else
		note_end(reader, str_of(s.data + end, len));
	reader->at += at;
	return at;
}

/* The chunk before ended with a CR. Did a LF follow? */
static size_t
take_after_cr(struct mime_reader *reader, struct str s)
{
	bool is_crlf = s.len != 0 && s.data[0] == '\n';
	struct str end = is_crlf ? STR("\r\n") : STR("\r");

	reader->is_cr = false;
	reader->at += is_crlf;
	if (reader->is_whole) {
		whole_done(reader, buf_str(&reader->held), end);
	} else {
		note_end(reader, end);
		keep_end(reader, end);
	}
	return is_crlf;
}

void
lines_begin(struct mime_reader *reader)
{
	reader->is_start = true;
	reader->is_whole = reader->is_cr = reader->has_guess = false;
	reader->end_len = 0;
	reader->line_len = 0;
	buf_clear(&reader->held);
}

void
lines_feed(struct mime_reader *reader, struct str chunk)
{
	if (reader->is_cr && chunk.len != 0)
		chunk = str_from_pos(chunk, take_after_cr(reader, chunk));
	reader->lf = NULL;
	while (chunk.len != 0 && reader->reading != READ_NOTHING) {
		bool is_whole = reader->is_whole || (reader->is_start &&
		    wants_whole(reader, chunk.data[0]));

		chunk = str_from_pos(chunk, is_whole
		    ? take_whole(reader, chunk) : take_span(reader, chunk));
	}
	reader->at += chunk.len;
}

void
lines_end(struct mime_reader *reader)
{
	if (reader->is_cr)
		take_after_cr(reader, STR(""));
	if (reader->is_whole)
		whole_done(reader, buf_str(&reader->held), STR(""));
	give_end(reader);
}
