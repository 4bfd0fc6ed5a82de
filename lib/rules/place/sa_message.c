/* SPDX-License-Identifier: ISC */
/* sa_message.c - the parts of a message, as SpamAssassin takes it apart.
 *
 * The parts are those of lib/mime; type, charset, name and content are read anew
 * from their fields and octets, for SpamAssassin takes them at their word where
 * a mail client would know better. */
#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "mail/header.h"
#include "mail/spool.h"
#include "mail/txn.h"
#include "mime/part.h"
#include "mime/transfer.h"
#include "rules/place/sa_private.h"

/* More lines without a word than this in a row are cut. */
#define BLANK_LINES_MAX 20

static bool
is_word(char c)
{
	return char_is_alnum(c) || c == '_';
}

/* Where word stands in text from `at` on, without regard to case; text.len: it
 * does not. */
static size_t
find_word(struct str text, size_t at, struct str word)
{
	for (; at + word.len <= text.len; at++)
		if (char_lower(text.data[at]) == word.data[0] &&
		    str_eq_nocase(str_sub(text, at, word.len), word))
			return at;
	return text.len;
}

static size_t
skip_space(struct str text, size_t at)
{
	while (at < text.len && char_is_space(text.data[at]))
		at++;
	return at;
}

/* The value of a parameter that is written `word =`, a quote at either end cut;
 * data NULL: there is none. bounded: the word begins there. */
static struct str
find_param(struct str type, struct str word, bool bounded)
{
	size_t at = 0, end;
	struct str value;

	for (; (at = find_word(type, at, word)) < type.len; at++) {
		if (bounded && at != 0 && is_word(type.data[at - 1]))
			continue;
		end = skip_space(type, at + word.len);
		if (end < type.len && type.data[end] == '=')
			break;
	}
	if (at >= type.len)
		return str_of(NULL, 0);
	value = str_from_pos(type, skip_space(type, end + 1));
	if (value.len != 0 && (value.data[0] == '"' || value.data[0] == '\''))
		value = str_from_pos(value, 1);
	if (str_find(value, ';') >= 0)
		value.len = (size_t)str_find(value, ';');
	if (value.len != 0 && (value.data[value.len - 1] == '"' ||
	    value.data[value.len - 1] == '\''))
		value.len--;
	return value;
}

/* What stands in front of ";" and blanks: "text/plain". */
static struct str
plain_type(struct arena *arena, struct str value)
{
	struct str type = str_trim(value);
	ptrdiff_t slash;

	if (str_find(type, ';') >= 0)
		type.len = (size_t)str_find(type, ';');
	slash = str_find(type, '/');
	if (slash > 0)
		for (size_t i = (size_t)slash + 1; i < type.len; i++)
			if (char_is_space(type.data[i]))
				type.len = i;
	type = str_lower(arena, type);
	if (type.len == 0 || (str_has_prefix_nocase(type, STR("text")) &&
	    (type.len == 4 || !is_word(type.data[4])) &&
	    !str_is(type, "text/x-vcard") && !str_is(type, "text/calendar") &&
	    !str_is(type, "text/html")))
		return STR("text/plain");
	return type;
}

static void
read_type(struct arena *arena, struct sa_part *part)
{
	const struct mime_part *above = part->part->above;
	struct str value = sa_field_last(arena, part->fields, "content-type");
	bool is_missing = value.len == 0;

	if (is_missing && above != NULL && mime_part_is(above, "multipart",
	    "digest")) {
		part->type = STR("message/rfc822");
	} else if (is_missing) {
		part->type = STR("text/plain");
		part->charset = STR("us-ascii");
	} else {
		part->type = plain_type(arena, value);
		part->charset = find_param(value, STR("charset"), true);
	}
	if (str_has_prefix_nocase(part->type, STR("multipart/")) &&
	    part->part->kind != MIME_CONTAINER)
		part->type = STR("text/plain");
	part->name = find_param(sa_field_last(arena, part->fields,
	    "content-disposition"), STR("name"), false);
	if (part->name.len == 0)
		part->name = find_param(value, STR("name"), true);
	if (part->name.len == 0)
		part->name = find_param(value, STR("filename"), true);
}

/* A part that has parts of its own, by the message's structure alone. */
static bool
has_parts(const struct mime_part *part)
{
	return (part->kind == MIME_CONTAINER || part->kind == MIME_MESSAGE) &&
	    part->below != NULL &&
	    part->below->source == MIME_FROM_STRUCTURE;
}

static void
read_part(struct view *view, const struct mime_part *part, struct sa_part *to)
{
	to->part = part;
	to->fields = part->above == NULL ? &view->txn->headers.fields
	    : &part->fields;
	to->is_leaf = !has_parts(part);
	read_type(view->arena, to);
}

const struct vec *
sa_parts(struct view *view)
{
	void **kept = view_kept(view, "sa_parts");
	struct vec *parts;

	if (*kept != NULL)
		return *kept;
	*kept = parts = arena_zalloc(view->arena, sizeof(*parts));
	vec_init(parts, view->arena, sizeof(struct sa_part));
	if (view->txn->mime == NULL)
		return parts;
	for (const struct mime_part *part = view->txn->mime->root;
	    part != NULL; part = mime_part_after(part))
		if (part->source == MIME_FROM_STRUCTURE)
			read_part(view, part, vec_push(parts));
	return parts;
}

/* --- contents ------------------------------------------------------------------- */

/* Is it within a message that was encoded? Its octets are not in the body. */
static bool
is_within_encoded(const struct mime_part *part)
{
	for (part = part->above; part != NULL; part = part->above)
		if (part->kind == MIME_MESSAGE &&
		    (part->transfer == TRANSFER_BASE64 ||
		    part->transfer == TRANSFER_QUOTED))
			return true;
	return false;
}

static bool
is_blank_line(struct str line)
{
	for (size_t i = 0; i < line.len; i++)
		if (!char_is_space(line.data[i]) && line.data[i] != '\f' &&
		    line.data[i] != '\v')
			return false;
	return true;
}

/* The next line of *rest, CRLF as LF. */
static struct str
next_line(struct str *rest, bool *has_end_r)
{
	ptrdiff_t end = str_find(*rest, '\n');
	struct str line = *rest;

	*has_end_r = end >= 0;
	if (end >= 0)
		line.len = (size_t)end;
	*rest = str_from_pos(*rest, line.len + (end >= 0 ? 1 : 0));
	if (end >= 0 && line.len != 0 && line.data[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* Lines ended by LF, long runs of empty ones cut; those of parts of a multipart
 * in pieces of SA_LINE_MAX. */
static struct str
unify_lines(struct arena *arena, struct str content, bool is_below)
{
	size_t blank = 0;
	struct buf out;
	bool has_end;

	buf_init(&out, arena);
	buf_reserve(&out, content.len + 1);
	while (content.len != 0) {
		struct str line = next_line(&content, &has_end);

		blank = is_blank_line(line) ? blank + 1 : 0;
		if (blank > BLANK_LINES_MAX)
			continue;
		while (is_below && line.len >= SA_LINE_MAX) {
			buf_add_str(&out, str_sub(line, 0, SA_LINE_MAX));
			buf_add_char(&out, '\n');
			line = str_from_pos(line, SA_LINE_MAX);
		}
		buf_add_str(&out, line);
		if (has_end)
			buf_add_char(&out, '\n');
	}
	return buf_str(&out);
}

/* The octets of the body that are the part's. */
static struct str
raw_slice(struct view *view, const struct mime_part *part)
{
	struct str body = STR("");

	if (view->txn->body != NULL && spool_data(view->txn->body, &body) != 0)
		return STR("");
	return part->above == NULL ? body :
	    str_sub(body, part->raw_at, part->raw_size);
}

static struct str
stored_of(const struct mime_part *part)
{
	struct str data;

	if (part->text.len != 0)
		return part->text;
	if (part->content != NULL && spool_data(part->content, &data) == 0)
		return data;
	return STR("");
}

struct str
sa_part_raw(struct view *view, struct sa_part *part)
{
	if (!part->has_raw) {
		part->has_raw = true;
		part->raw = !part->is_leaf ? STR("") :
		    is_within_encoded(part->part) ? stored_of(part->part) :
		    unify_lines(view->arena, raw_slice(view, part->part),
		    part->part->above != NULL);
	}
	return part->raw;
}

static struct str
lf_only(struct str text, char *data)
{
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] != '\r' || i + 1 == text.len ||
		    text.data[i + 1] != '\n')
			data[len++] = text.data[i];
	return str_of(data, len);
}

/* Blanks at the ends of lines are no part of quoted-printable (RFC 2045 6.7,
 * rule 3). */
static struct str
without_trailing(struct arena *arena, struct str raw)
{
	struct buf out;
	bool has_end;

	buf_init(&out, arena);
	buf_reserve(&out, raw.len + 1);
	while (raw.len != 0) {
		struct str line = next_line(&raw, &has_end);

		while (has_end && line.len != 0 &&
		    char_is_blank(line.data[line.len - 1]))
			line.len--;
		buf_add_str(&out, line);
		if (has_end)
			buf_add_char(&out, '\n');
	}
	return buf_str(&out);
}

static struct str
decode(struct arena *arena, struct str raw, enum transfer transfer,
    bool is_text)
{
	char *out = arena_alloc(arena, transfer_room(raw.len) +
	    transfer_room(0));
	struct transfer_decoder decoder;
	size_t len;

	transfer_begin(&decoder, transfer);
	len = transfer_decode(&decoder, raw, out);
	len += transfer_end(&decoder, out + len);
	return is_text ? lf_only(str_of(out, len), out) : str_of(out, len);
}

struct str
sa_part_decoded(struct view *view, struct sa_part *part)
{
	struct str raw, encoding;

	if (part->has_decoded)
		return part->decoded;
	part->has_decoded = true;
	part->decoded = raw = sa_part_raw(view, part);
	if (!part->is_leaf || is_within_encoded(part->part))
		return raw;
	encoding = sa_field_last(view->arena, part->fields,
	    "content-transfer-encoding");
	if (str_is_nocase(encoding, "quoted-printable"))
		part->decoded = decode(view->arena, without_trailing(
		    view->arena, raw), TRANSFER_QUOTED, true);
	else if (str_is_nocase(encoding, "base64"))
		part->decoded = decode(view->arena, raw, TRANSFER_BASE64,
		    str_has_prefix_nocase(part->type, STR("text/")) ||
		    str_has_prefix_nocase(part->type, STR("message/")));
	return part->decoded;
}

struct str
sa_part_effective_type(const struct sa_part *part)
{
	static const struct str names[] = { STR(".htm"), STR(".html"),
		STR(".shtm"), STR(".shtml") };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_has_suffix_nocase(part->name, names[i]))
			return STR("text/html");
	return part->type;
}
