/* SPDX-License-Identifier: ISC */
/* reader_header.c - the lines of a part's header, and where it ends.
 *
 * An empty line ends it. When that is missing clients differ: Thunderbird and
 * GMime pass over lines that are no fields, Python's email ends the header at
 * the first of them. Here one such line alone is passed over, and stands in
 * front of the text, so that it is seen; two of them end the header, and so does
 * one before any field, or one that is a delimiter of the multipart that the
 * header announces. A header is never ended by a line of blanks alone, which is
 * a fold (RFC 5322 4.2), but where it would be its first line. */
#include "base/arena.h"
#include "base/utf8.h"
#include "mail/header.h"
#include "mime/reader_private.h"

#define PART_FIELDS_MAX 1000	/* kept, of one part */

void
header_begin(struct mime_reader *reader)
{
	buf_clear(&reader->head);
	reader->has_field = reader->was_bad = reader->has_bad = false;
}

/* Where the value begins: behind the colon; 0: this is no field. Blanks before
 * the colon are obsolete (RFC 5322 4.5), but read by all. */
static size_t
value_at(struct str line, size_t *name_len_r)
{
	size_t at = 0;

	while (at < line.len && line.data[at] > ' ' && line.data[at] != ':' &&
	    line.data[at] != 127)
		at++;
	*name_len_r = at;
	while (at < line.len && char_is_blank(line.data[at]))
		at++;
	if (*name_len_r == 0 || at == line.len || line.data[at] != ':')
		return 0;
	return at + 1;
}

/* --- fields ------------------------------------------------------------------- */

static bool
is_utf8(struct str text)
{
	if (str_is_ascii(text))
		return true;
	while (text.len != 0) {
		size_t len = utf8_char_len(text);

		if (len == 0)
			return false;
		text = str_from_pos(text, len);
	}
	return true;
}

static void
note_octets(struct mime_part *part, struct str head)
{
	if (!is_utf8(head))
		odd(part, MIME_ODD_header_8bit);
	if (str_find(head, '\0') >= 0)
		odd(part, MIME_ODD_header_nul);
}

/* Fields of the lines; folds stay in the values, as LF. */
static void
split(struct mime_reader *reader, struct str head, struct vec *fields)
{
	struct header *field = NULL;
	struct str line;
	size_t at, name_len;

	while (head.len != 0 && str_cut(&head, '\n', &line)) {
		if (field != NULL && line.len != 0 &&
		    char_is_blank(line.data[0])) {
			field->value.len = (size_t)(line.data + line.len -
			    field->value.data);
			continue;
		}
		at = value_at(line, &name_len);
		field = NULL;
		if (at == 0)
			continue;
		if (fields->len == PART_FIELDS_MAX ||
		    reader->fields_left == 0) {
			odd(reader->part, MIME_ODD_limit_header);
			return;
		}
		reader->fields_left--;
		field = vec_push(fields);
		field->name = str_sub(line, 0, name_len);
		field->value = str_from_pos(line, at);
	}
}

static bool
is_in_digest(const struct mime_part *part)
{
	return part->above != NULL &&
	    mime_part_is(part->above, "multipart", "digest");
}

static void
read_fields(struct mime_reader *reader, struct str head,
    struct vec *boundaries)
{
	struct mime_part *part = reader->part;

	vec_init(boundaries, reader->arena, sizeof(struct str));
	vec_init(&part->fields, reader->arena, sizeof(struct header));
	split(reader, head, &part->fields);
	fields_read(reader->arena, &part->fields, is_in_digest(part), part,
	    boundaries);
}

/* --- lines -------------------------------------------------------------------- */

static void
keep_line(struct mime_reader *reader, struct str line)
{
	if (reader->head.len + line.len >=
	    (size_t)reader->limits->max_header_bytes) {
		odd(reader->part, MIME_ODD_limit_header);
		return;
	}
	buf_add_str(&reader->head, line);
	buf_add_char(&reader->head, '\n');
}

/* The lines from at on are content: take them again. */
static void
take_again(struct mime_reader *reader, struct str lines)
{
	struct str line;

	if (lines.len == 0)
		return;
	lines.len--;	/* the last LF */
	while (str_cut(&lines, '\n', &line))
		lines_take(reader, line, STR("\r\n"));
}

/* The header ended where a line stood that is no field. */
static void
end_at_bad(struct mime_reader *reader)
{
	struct mime_part *part = reader->part;
	struct str head = buf_str(&reader->head);
	struct str again = str_copy(reader->arena,
	    str_from_pos(head, reader->bad_at));

	reader->head.len = reader->bad_at;
	reader->has_bad = false;
	header_end(reader, false);
	if (reader->part == part && reader->outer == NULL)
		part->raw_at = reader->bad_line_at;
	take_again(reader, again);
}

/* Is the line a delimiter of what the fields before it announce? Then they are
 * the header. */
static bool
is_own_delimiter(struct mime_reader *reader, struct str line)
{
	struct mime_part before = *reader->part;
	struct vec boundaries;

	if (reader->has_bad || !str_has_prefix_nocase(line, STR("--")))
		return false;
	line = str_trim(str_from_pos(line, 2));
	read_fields(reader, buf_str(&reader->head), &boundaries);
	*reader->part = before;
	for (size_t i = 0; i < boundaries.len; i++)
		if (str_eq(*(struct str *)vec_at(&boundaries, i), line))
			return true;
	return false;
}

static void
bad_line(struct mime_reader *reader, struct str line)
{
	bool was_bad = reader->was_bad;

	if (!was_bad && is_own_delimiter(reader, line)) {
		header_end(reader, false);
		if (reader->outer == NULL)
			reader->part->raw_at = reader->line_at;
		lines_take(reader, line, STR("\r\n"));
		return;
	}
	if (!was_bad) {
		reader->bad_at = reader->head.len;
		reader->bad_line_at = reader->line_at;
	}
	reader->was_bad = reader->has_bad = true;
	keep_line(reader, line);
	if (was_bad || !reader->has_field)
		end_at_bad(reader);
}

void
header_line(struct mime_reader *reader, struct str line)
{
	bool is_first = reader->head.len == 0;
	size_t name_len;

	if (line.len == 0 || (is_first && str_trim(line).len == 0)) {
		header_end(reader, true);
	} else if (char_is_blank(line.data[0]) && reader->has_field) {
		keep_line(reader, line);
	} else if (value_at(line, &name_len) != 0) {
		reader->has_field = true;
		reader->was_bad = false;
		keep_line(reader, line);
	} else if (!is_first || (!str_has_prefix_nocase(line, STR("From ")) &&
	    !str_has_prefix_nocase(line, STR(">From ")))) {
		/* But a line of an mbox is passed over. */
		bad_line(reader, line);
	}
}

/* --- the end of a header -------------------------------------------------------- */

/* Lines that clients show, who end the header there. */
static void
show_bad_lines(struct mime_reader *reader, struct str head)
{
	struct str line;
	bool is_bad = false;
	size_t name_len;

	while (head.len != 0 && str_cut(&head, '\n', &line)) {
		if (line.len == 0 || !char_is_blank(line.data[0]))
			is_bad = value_at(line, &name_len) == 0;
		if (is_bad)
			lines_take(reader, line, STR("\r\n"));
	}
}

void
header_end(struct mime_reader *reader, bool has_end)
{
	struct mime_part *part = reader->part;
	struct str head = reader_carve(&reader->head);
	struct vec boundaries;

	note_octets(part, head);
	if (!has_end)
		odd(part, MIME_ODD_no_header_end);
	read_fields(reader, head, &boundaries);
	if (reader->has_bad)
		odd(part, MIME_ODD_bad_header_line);
	reader_content(reader, &boundaries);
	if (reader->has_bad && part->kind == MIME_TEXT)
		show_bad_lines(reader, head);
}
