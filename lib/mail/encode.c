/* SPDX-License-Identifier: ISC */
/* encode.c - a body made 7-bit clean and short-lined (RFC 2045 6).
 *
 * One walk from top to bottom: the text up to the next delimiter is looked at
 * (is it wide or long?), then written, as it is or encoded. Open multiparts
 * stand on a stack. Whatever two readers could take for different things ends
 * the walk: this is no reader of all mail that there is, and mail that it does
 * not understand loses nothing but a signature. */
#include "mail/encode.h"

#include <string.h>

#include "base/arena.h"
#include "mail/encode_private.h"
#include "mail/header.h"
#include "mail/spool.h"

#define DEPTH_MAX 32
#define PARTS_MAX 1000
/* Of one part. */
#define HEADER_MAX (16 * 1024)

/* A multipart that is open. */
struct level {
	struct str boundary;
	bool is_digest;
	bool has_part;
};

struct walk {
	struct arena *arena;
	struct str rest;	/* of the body */
	struct level levels[DEPTH_MAX];
	size_t depth;
	size_t part_count;
	struct writer writer;
	struct encoded *encoded;
	const char *reason;	/* why not; NULL: all is well so far */
};

/* The header of a part with its CRLFs, and in it the place of its
 * Content-Transfer-Encoding (or its end). data is NULL: the message's own,
 * which is not in the body. */
struct head {
	struct str above;
	struct str transfer;
	struct str below;
};

/* What stands between two delimiters. */
struct run {
	struct str content;
	bool is_clean;		/* 7-bit, and no line too long */
	struct str delimiter;	/* its CRLFs included; "": the body is over */
	size_t level;
	bool is_close;
};

static bool
refuse(struct walk *walk, const char *reason)
{
	walk->reason = reason;
	return false;
}

/* --- lines and delimiters ----------------------------------------------------- */

/* The line at the beginning of text, without its CRLF. */
static bool
get_line(struct walk *walk, struct str text, struct str *line_r)
{
	const char *lf = memchr(text.data, '\n', text.len);
	size_t len = lf == NULL ? text.len : (size_t)(lf - text.data);
	const char *cr = memchr(text.data, '\r', len);

	if (lf == NULL || cr == NULL || cr + 1 != lf)
		return refuse(walk, "a line does not end with CRLF");
	*line_r = str_of(text.data, len - 1);
	return true;
}

/* Is this line, which begins with "--", a delimiter of an open multipart? Some
 * readers take every line for one that begins like it (RFC 2046 5.1.1), others
 * do not: such a line ends the walk. */
static bool
find_delimiter(struct walk *walk, struct str line, struct run *run)
{
	bool is_doubtful = false;

	line = str_from_pos(line, 2);
	for (size_t i = walk->depth; i-- > 0; ) {
		struct str boundary = walk->levels[i].boundary;
		struct str rest = str_from_pos(line, boundary.len);

		if (!str_eq(str_sub(line, 0, boundary.len), boundary))
			continue;
		run->is_close = str_eq(str_sub(rest, 0, 2), STR("--"));
		if (run->is_close)
			rest = str_from_pos(rest, 2);
		if (str_trim(rest).len == 0 && line.len <= ENCODE_LINE_MAX) {
			run->level = i;
			return true;
		}
		is_doubtful = true;
	}
	if (is_doubtful)
		refuse(walk, "a line begins like a boundary, and is none");
	return false;
}

/* Take everything up to the next delimiter, and that too. */
static bool
take_run(struct walk *walk, struct run *run_r)
{
	const char *start = walk->rest.data;
	struct run run = { .is_clean = true };
	bool is_over = false;
	struct str line;
	size_t len = 0;

	while (walk->rest.len != 0 && !is_over) {
		if (!get_line(walk, walk->rest, &line))
			return false;
		is_over = str_eq(str_sub(line, 0, 2), STR("--")) &&
		    find_delimiter(walk, line, &run);
		if (walk->reason != NULL)
			return false;
		walk->rest = str_from_pos(walk->rest, line.len + 2);
		if (is_over)
			break;
		run.is_clean = run.is_clean && line.len <= ENCODE_LINE_MAX;
		len += line.len + 2;
	}
	/* The CRLF in front of a delimiter is part of it (RFC 2046 5.1.1). */
	if (is_over && len != 0)
		len -= 2;
	run.content = str_of(start, len);
	run.delimiter = is_over ? str_of(start + len,
	    (size_t)(line.data + line.len + 2 - start) - len) : STR("");
	run.is_clean = run.is_clean && str_is_ascii(run.content);
	*run_r = run;
	return true;
}

/* --- headers of parts ------------------------------------------------------------ */

/* One field with its folds and last CRLF. */
static bool
take_field(struct walk *walk, struct str *field_r)
{
	struct str rest = walk->rest, line;

	do {
		if (!get_line(walk, rest, &line))
			return false;
		if (line.len > ENCODE_LINE_MAX)
			return refuse(walk, "a part's header has a long line");
		rest = str_from_pos(rest, line.len + 2);
	} while (rest.len != 0 && char_is_blank(rest.data[0]));
	*field_r = str_of(walk->rest.data, walk->rest.len - rest.len);
	walk->rest = rest;
	return true;
}

static bool
note_field(struct walk *walk, struct str field, struct entity *entity,
    struct head *head)
{
	ptrdiff_t colon = str_find(field, ':');
	struct str name = str_sub(field, 0, colon < 0 ? 0 : (size_t)colon);
	const char *reason;

	if (!header_name_is_valid(name) ||
	    str_eq(str_sub(name, 0, 2), STR("--")))
		return refuse(walk, "a part's header is malformed");
	if (!str_is_ascii(field))
		return refuse(walk, "a part's header has 8-bit octets");
	reason = entity_take(entity, walk->arena, name,
	    str_from_pos(field, (size_t)colon + 1));
	if (reason != NULL)
		return refuse(walk, reason);
	if (entity->has_transfer && head->transfer.len == 0)
		head->transfer = field;
	return true;
}

/* Take the header of a part and the empty line behind it; the latter is not in
 * *head_r. */
static bool
take_head(struct walk *walk, struct entity *entity_r, struct head *head_r)
{
	const char *start = walk->rest.data, *end;
	struct head head = { .transfer = STR("") };
	struct str field;

	entity_init(entity_r, walk->levels[walk->depth - 1].is_digest);
	if (++walk->part_count > PARTS_MAX)
		return refuse(walk, "it has too many parts");
	while (!str_eq(str_sub(walk->rest, 0, 2), STR("\r\n"))) {
		if (walk->rest.len == 0 ||
		    walk->rest.data - start > HEADER_MAX)
			return refuse(walk, "a part's header does not end");
		if (!take_field(walk, &field) ||
		    !note_field(walk, field, entity_r, &head))
			return false;
	}
	end = walk->rest.data;
	walk->rest = str_from_pos(walk->rest, 2);
	if (head.transfer.len == 0)
		head.transfer = str_of(end, 0);
	head.above = str_of(start, (size_t)(head.transfer.data - start));
	start = head.transfer.data + head.transfer.len;
	head.below = str_of(start, (size_t)(end - start));
	*head_r = head;
	return true;
}

/* Write the header with another Content-Transfer-Encoding; NULL: its own. */
static void
write_head(struct walk *walk, const struct head *head, const char *transfer)
{
	struct writer *writer = &walk->writer;

	if (head->above.data == NULL) {
		walk->encoded->transfer = transfer;
		return;
	}
	writer_add(writer, head->above);
	if (transfer != NULL) {
		walk->encoded->has_new_body = true;
		writer_add(writer, STR("Content-Transfer-Encoding: "));
		writer_add(writer, str_from(transfer));
		writer_add(writer, STR("\r\n"));
	} else {
		writer_add(writer, head->transfer);
	}
	writer_add(writer, head->below);
	writer_add(writer, STR("\r\n"));
}

/* --- parts ------------------------------------------------------------------------ */

/* Why this content must stay as it is, or NULL. */
static const char *
find_obstacle(struct walk *walk, const struct entity *entity,
    struct str content)
{
	static const char pgp[] = "-----BEGIN PGP SIGNED MESSAGE-----";

	if (entity_is_fixed(entity))
		return arena_printf(walk->arena, "%.*s/%.*s must stay as it is",
		    STR_ARG(str_sub(entity->type, 0, 40)),
		    STR_ARG(str_sub(entity->subtype, 0, 40)));
	if (entity->transfer == TRANSFER_ENCODED)
		return arena_printf(walk->arena, "content that says it is "
		    "%.*s has 8-bit octets or long lines",
		    STR_ARG(str_sub(entity->transfer_text, 0, 40)));
	if (str_is(entity->type, "text") && memmem(content.data, content.len,
	    pgp, sizeof(pgp) - 1) != NULL)
		return "text with a PGP signature must stay as it is";
	return NULL;
}

static bool
write_encoded(struct walk *walk, const struct head *head,
    const struct entity *entity, struct run *run)
{
	const char *obstacle = find_obstacle(walk, entity, run->content);

	if (obstacle != NULL)
		return refuse(walk, obstacle);
	walk->encoded->has_new_body = true;
	if (str_is(entity->type, "text")) {
		write_head(walk, head, "quoted-printable");
		writer_add_quoted(&walk->writer, run->content);
		walk->encoded->quoted++;
		return true;
	}
	/* Whose is the last CRLF? Readers disagree. */
	if (run->delimiter.len == 0 && head->above.data != NULL)
		return refuse(walk, "a multipart's end is missing");
	write_head(walk, head, "base64");
	writer_add_base64(&walk->writer, run->content);
	if (run->delimiter.len == 0)
		writer_add(&walk->writer, STR("\r\n"));
	walk->encoded->base64++;
	return true;
}

static bool
write_part(struct walk *walk, const struct head *head,
    const struct entity *entity, struct run *run)
{
	if (!run->is_clean)
		return write_encoded(walk, head, entity, run);
	write_head(walk, head, entity->transfer == TRANSFER_WIDE ? "7bit"
								 : NULL);
	writer_add(&walk->writer, run->content);
	return true;
}

/* Preambles and epilogues. */
static bool
write_outside(struct walk *walk, const struct run *run)
{
	if (!run->is_clean)
		return refuse(walk, "8-bit octets or long lines stand outside "
		    "of the parts");
	writer_add(&walk->writer, run->content);
	return true;
}

static bool
open_multipart(struct walk *walk, const struct head *head,
    const struct entity *entity)
{
	/* RFC 2045 6.4. */
	if (entity->transfer == TRANSFER_ENCODED)
		return refuse(walk, "a multipart says that it is encoded");
	if (walk->depth == DEPTH_MAX)
		return refuse(walk, "its parts are nested too deep");
	for (size_t i = 0; i < walk->depth; i++)
		if (str_eq(walk->levels[i].boundary, entity->boundary))
			return refuse(walk, "two multiparts have one boundary");
	walk->levels[walk->depth++] = (struct level){
		.boundary = entity->boundary,
		.is_digest = str_is(entity->subtype, "digest"),
	};
	write_head(walk, head, entity->transfer == TRANSFER_WIDE ? "7bit"
								 : NULL);
	return true;
}

/* Leave all multiparts below depth. A missing end is no fault, a missing
 * beginning is. */
static bool
close_multiparts(struct walk *walk, size_t depth)
{
	while (walk->depth > depth)
		if (!walk->levels[--walk->depth].has_part)
			return refuse(walk, "a multipart's boundary is "
			    "not found");
	return true;
}

static bool
pass_delimiter(struct walk *walk, const struct run *run)
{
	writer_add(&walk->writer, run->delimiter);
	if (!run->is_close)
		walk->levels[run->level].has_part = true;
	return close_multiparts(walk, run->level + !run->is_close);
}

static bool
walk_body(struct walk *walk, struct entity *entity)
{
	struct head head = { .above = { NULL, 0 } };
	bool is_in_part = true;
	struct run run;

	for (;;) {
		if (is_in_part && entity_is_multipart(entity)) {
			if (!open_multipart(walk, &head, entity))
				return false;
			is_in_part = false;
		}
		if (!take_run(walk, &run) || !(is_in_part
		    ? write_part(walk, &head, entity, &run)
		    : write_outside(walk, &run)))
			return false;
		if (run.delimiter.len == 0)
			return close_multiparts(walk, 0);
		if (!pass_delimiter(walk, &run))
			return false;
		is_in_part = !run.is_close;
		if (is_in_part && !take_head(walk, entity, &head))
			return false;
	}
}

/* What the message's own header says. */
static bool
take_fields(struct walk *walk, const struct header_list *headers,
    struct entity *entity_r)
{
	bool has_version = header_count(headers, "MIME-Version") != 0;

	entity_init(entity_r, false);
	for (size_t i = 0; i < headers->fields.len; i++) {
		const struct header *field = vec_at(&headers->fields, i);
		const char *reason = field->is_removed ? NULL
		    : entity_take(entity_r, walk->arena, field->name,
		    field->value);

		if (reason != NULL)
			return refuse(walk, reason);
	}
	walk->encoded->lacks_version = !has_version;
	walk->encoded->lacks_type = !has_version && !entity_r->has_type &&
	    !entity_r->has_transfer;
	return true;
}

enum encode_outcome
encode_body(struct arena *arena, const struct header_list *headers,
    struct str body, struct spool *out, struct encoded *encoded_r,
    const char **reason_r)
{
	struct walk walk = { .arena = arena, .rest = body,
	    .encoded = encoded_r, .writer.spool = out };
	struct entity entity;
	struct str written;

	*encoded_r = (struct encoded){ .transfer = NULL };
	if (!take_fields(&walk, headers, &entity) ||
	    !walk_body(&walk, &entity)) {
		*reason_r = walk.reason;
		return ENCODE_UNABLE;
	}
	writer_flush(&walk.writer);
	return spool_data(out, &written) == 0 ? ENCODE_DONE : ENCODE_FAILED;
}

/* --- is there anything to do? -------------------------------------------------- */

static bool
is_wide_value(struct str value)
{
	value = str_trim(value);
	return str_has_prefix_nocase(value, STR("8bit")) ||
	    str_has_prefix_nocase(value, STR("binary"));
}

bool
encode_finds_label(const struct header_list *headers, struct str body)
{
	struct str name = STR("Content-Transfer-Encoding:"), line;
	const struct header *field = header_first(headers,
	    "Content-Transfer-Encoding");

	if (field != NULL && is_wide_value(field->value))
		return true;
	while (str_cut(&body, '\n', &line))
		if (str_has_prefix_nocase(line, name) &&
		    is_wide_value(str_from_pos(line, name.len)))
			return true;
	return false;
}
