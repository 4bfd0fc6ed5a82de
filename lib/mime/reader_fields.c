/* SPDX-License-Identifier: ISC */
/* reader_fields.c - what the fields of a part say: its type, name, encoding.
 *
 * A field that stands there twice is read differently by different clients. What
 * shows most counts (see reader.c); a name that any of them gives is taken. */
#include "base/arena.h"
#include "base/utf8.h"
#include "mail/header.h"
#include "mime/params.h"
#include "mime/reader_private.h"

#define REPEATED_MAX 8		/* of one field are looked at */
#define BOUNDARY_USUAL 70	/* RFC 2046 5.1.1 */

/* --- Content-Type --------------------------------------------------------------- */

struct type {
	struct str type;
	struct str subtype;
	struct vec params;
};

static struct str
param_of(const struct vec *params, const char *name)
{
	for (size_t i = 0; i < params->len; i++) {
		const struct mime_param *param = vec_at(params, i);

		if (str_is(param->name, name))
			return param->value;
	}
	return STR("");
}

/* What cannot be read is text (RFC 2045 5.2); but who names a boundary means
 * it. */
static void
repair(struct type *type, struct mime_part *part)
{
	odd(part, MIME_ODD_bad_type);
	type->type = STR("text");
	type->subtype = STR("plain");
	if (param_of(&type->params, "boundary").len != 0) {
		type->type = STR("multipart");
		type->subtype = STR("mixed");
	}
}

static void
read_type(struct arena *arena, struct str value, struct mime_part *part,
    struct type *type_r)
{
	struct mime_value read;
	ptrdiff_t slash;

	params_parse(arena, value, &read, &part->oddities);
	type_r->params = read.params;
	slash = str_find(read.word, '/');
	if (slash > 0) {
		type_r->type = str_trim(str_sub(read.word, 0, (size_t)slash));
		type_r->subtype = str_trim(str_from_pos(read.word,
		    (size_t)slash + 1));
	}
	if (slash <= 0 || type_r->type.len == 0 || type_r->subtype.len == 0)
		repair(type_r, part);
}

/* How much of the content a client that believes this type shows. */
static int
rank(const struct type *type)
{
	if (str_is(type->type, "multipart"))
		return param_of(&type->params, "boundary").len != 0 ? 4 : 3;
	if (str_is(type->type, "message") && str_is(type->subtype, "rfc822"))
		return 2;
	return str_is(type->type, "text") && str_is(type->subtype, "html");
}

static bool
is_boundary(struct str text)
{
	if (text.len > BOUNDARY_USUAL)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < ' ' || text.data[i] > '~')
			return false;
	return true;
}

/* Blanks at its end cannot be told from those that a delimiter may have. */
static void
add_boundary(const struct type *type, struct mime_part *part,
    struct vec *boundaries)
{
	struct str boundary = param_of(&type->params, "boundary");

	while (boundary.len != 0 &&
	    char_is_space(boundary.data[boundary.len - 1]))
		boundary.len--;
	if (!str_is(type->type, "multipart") || boundary.len == 0)
		return;
	if (!is_boundary(boundary))
		odd(part, MIME_ODD_bad_boundary);
	for (size_t i = 0; i < boundaries->len; i++)
		if (str_eq(*(struct str *)vec_at(boundaries, i), boundary))
			return;
	*(struct str *)vec_push(boundaries) = boundary;
}

static void
take_type(struct arena *arena, struct str value, struct mime_part *part,
    struct type *best, struct vec *boundaries, size_t nth)
{
	struct type type;

	read_type(arena, value, part, &type);
	add_boundary(&type, part, boundaries);
	if (nth != 0)
		odd(part, MIME_ODD_duplicate_type);
	if (nth == 0 || rank(&type) > rank(best))
		*best = type;
}

/* --- names ------------------------------------------------------------------------ */

/* Characters that turn the direction of what follows: "exe.txt" for
 * "txt.exe". U+202A to U+202E, U+2066 to U+2069. */
static bool
is_turned(struct str name, size_t at)
{
	const unsigned char *c = (const unsigned char *)name.data + at;

	return at + 2 < name.len && c[0] == 0xe2 &&
	    ((c[1] == 0x80 && c[2] >= 0xaa && c[2] <= 0xae) ||
	    (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9));
}

void
fields_name(struct mime_part *part, struct str name)
{
	part->name = str_trim(name);
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.data[i];

		if (c < ' ' || c == 127 || c == '/' || c == '\\' ||
		    is_turned(name, i))
			odd(part, MIME_ODD_name_path);
	}
}

/* --- the other fields --------------------------------------------------------------- */

static void
take_transfer(struct str value, struct mime_part *part, size_t nth)
{
	enum transfer transfer = transfer_parse(value);

	if (nth != 0)
		odd(part, MIME_ODD_duplicate_transfer);
	if (transfer == TRANSFER_UNKNOWN)
		odd(part, MIME_ODD_bad_transfer);
	/* The one that decodes something counts. */
	if (nth == 0 || part->transfer <= TRANSFER_BINARY ||
	    part->transfer == TRANSFER_UNKNOWN)
		part->transfer = transfer;
}

static void
take_disposition(struct arena *arena, struct str value,
    struct mime_part *part, struct str *name, size_t nth)
{
	struct mime_value read;

	params_parse(arena, value, &read, &part->oddities);
	if (name->len == 0)
		*name = param_of(&read.params, "filename");
	if (nth != 0 || read.word.len == 0)
		odd(part, MIME_ODD_bad_disposition);
	/* An unknown word is an attachment (RFC 2183 2.8). */
	if (nth == 0 && read.word.len != 0 && !str_is(read.word, "inline"))
		part->disposition = MIME_ATTACHED;
}

static struct str
trim_id(struct arena *arena, struct str value)
{
	struct str id = header_unfold(arena, value);

	if (id.len != 0 && id.data[0] == '<')
		id = str_from_pos(id, 1);
	if (id.len != 0 && id.data[id.len - 1] == '>')
		id.len--;
	return id;
}

/* --- what the part is ----------------------------------------------------------------- */

/* Reports are text for whoever reads them (RFC 3464 2.1, RFC 8098 3.1, RFC 5965
 * 2). */
static bool
is_text(const struct mime_part *part)
{
	static const char *const reports[] = { "delivery-status",
	    "disposition-notification", "feedback-report",
	    "global-delivery-status", "global-disposition-notification" };

	if (str_is(part->type, "text"))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(reports); i++)
		if (mime_part_is(part, "message", reports[i]))
			return true;
	return false;
}

static enum mime_kind
kind_of(const struct mime_part *part)
{
	if (str_is(part->type, "multipart"))
		return MIME_CONTAINER;
	if (mime_part_is(part, "message", "rfc822") ||
	    mime_part_is(part, "message", "global") ||
	    mime_part_is(part, "message", "news"))
		return MIME_MESSAGE;
	return is_text(part) && part->disposition == MIME_SHOWN ? MIME_TEXT
	    : MIME_FILE;
}

static void
note_kind(struct mime_part *part, const struct vec *boundaries)
{
	bool is_container = part->kind == MIME_CONTAINER ||
	    part->kind == MIME_MESSAGE;

	if (is_container && part->transfer >= TRANSFER_QUOTED &&
	    part->transfer <= TRANSFER_YENC)
		odd(part, MIME_ODD_encoded_container);
	if (part->kind == MIME_CONTAINER && boundaries->len == 0)
		odd(part, MIME_ODD_no_boundary);
	if (mime_part_is(part, "message", "partial"))
		odd(part, MIME_ODD_partial);
	if (mime_part_is(part, "message", "external-body"))
		odd(part, MIME_ODD_external_body);
	if (mime_part_is(part, "multipart", "encrypted") ||
	    mime_part_is(part, "application", "pgp-encrypted") ||
	    str_is_nocase(param_of(&part->params, "smime-type"),
	    "enveloped-data"))
		odd(part, MIME_ODD_encrypted);
}

void
fields_read(struct arena *arena, const struct vec *fields, bool is_in_digest,
    struct mime_part *part, struct vec *boundaries)
{
	size_t types = 0, transfers = 0, dispositions = 0;
	struct type best = { STR("text"), STR("plain"), part->params };
	struct str name = STR("");

	if (is_in_digest)
		best = (struct type){ STR("message"), STR("rfc822"),
		    part->params };
	for (size_t i = 0; i < fields->len; i++) {
		const struct header *field = vec_at(fields, i);

		if (str_is_nocase(field->name, "Content-Type") &&
		    types < REPEATED_MAX)
			take_type(arena, field->value, part, &best,
			    boundaries, types++);
		else if (str_is_nocase(field->name,
		    "Content-Transfer-Encoding"))
			take_transfer(field->value, part, transfers++);
		else if (str_is_nocase(field->name, "Content-Disposition") &&
		    dispositions < REPEATED_MAX)
			take_disposition(arena, field->value, part, &name,
			    dispositions++);
		else if (str_is_nocase(field->name, "Content-ID"))
			part->content_id = trim_id(arena, field->value);
	}
	part->type = best.type;
	part->subtype = best.subtype;
	part->params = best.params;
	part->charset = str_lower(arena, param_of(&best.params, "charset"));
	fields_name(part, name.len != 0 ? name
	    : param_of(&best.params, "name"));
	part->kind = kind_of(part);
	note_kind(part, boundaries);
}
