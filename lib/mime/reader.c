/* SPDX-License-Identifier: ISC */
/* reader.c - the structure of a message, as clients show it.
 *
 * A push parser: lines (reader_line.c) come with the chunks; those that are
 * delimiters move reader_part.c from part to part; those of headers go to
 * reader_header.c; all else is content and goes to reader_sink.c, decoded on
 * its way. Nothing recurses: what stands within content that must be decoded
 * first waits in a list until all else was read.
 *
 * Clients differ about broken messages. The rule is that nothing which one of
 * the common ones shows is missed, so of two readings that one counts which
 * shows more:
 * - A delimiter is "--", a boundary, perhaps "--", blanks, line end. RFC 2046
 *   5.1.1 allows more behind; mime4j takes it, Thunderbird, GMime and Python's
 *   email do not. Text behind a blank is taken when a field follows.
 * - Of two open multiparts with one boundary the inner one has it, until it is
 *   closed: so what stands behind is read too, as part of the outer one.
 * - Behind the last delimiter of a multipart another one begins a part again.
 * - A multipart without boundary, or whose boundary never comes, has the one that
 *   a line "--..." seems to be, when a field "Content-..." stands below it. When
 *   there is none, what stands there is read as text; clients that show nothing
 *   there are no reason to see nothing.
 * - Of several Content-Types a multipart counts, then a message, then HTML, then
 *   the first one. Two boundaries are both good.
 * - multipart and message are decoded, though RFC 2045 6.4 forbids to encode
 *   them, when they make no sense as they stand.
 * - A part within a multipart/digest is a message (RFC 2046 5.1.5).
 *
 * Time is in proportion to the octets and the parts. Memory: the parts and their
 * headers, texts and what waits up to the limits. */
#include "mime/reader.h"

#include "base/arena.h"
#include "mail/header.h"
#include "mime/reader_private.h"

#define FIELDS_MAX 100000	/* kept, of all parts */
#define OPENED_MAX 6		/* contents around one another */

struct mime_reader *
mime_reader_new(struct arena *arena, const struct mime_limits *limits,
    const struct spool *like)
{
	struct mime_reader *reader = arena_zalloc(arena, sizeof(*reader));

	reader->arena = arena;
	reader->limits = limits;
	reader->message.limits = limits;
	reader->like = like;
	reader->fields_left = FIELDS_MAX;
	reader->text_left = 4 * (size_t)limits->max_text_bytes;
	reader->content_left = (size_t)limits->max_content_bytes;
	vec_init(&reader->root_fields, arena, sizeof(struct header));
	vec_init(&reader->pending, arena, sizeof(struct pending));
	opens_init(&reader->opens, arena);
	buf_init(&reader->held, arena);
	buf_init(&reader->head, arena);
	buf_init(&reader->text, arena);
	buf_init(&reader->guess, arena);
	return reader;
}

void
mime_reader_field(struct mime_reader *reader, struct str name,
    struct str value)
{
	struct header *field;

	if (!str_has_prefix_nocase(name, STR("Content-")))
		return;
	field = vec_push(&reader->root_fields);
	field->name = name;
	field->value = value;
}

/* Content within content within ... is not taken apart to any depth: each level
 * may have all the octets of those within it. */
static bool
may_be_opened(const struct mime_part *part)
{
	size_t opened = 0;

	for (; part != NULL; part = part->above)
		opened += part->kind == MIME_FILE ||
		    (part->kind != MIME_TEXT &&
		    transfer_is_coded(part->transfer));
	return opened <= OPENED_MAX;
}

void
reader_later(struct mime_reader *reader, struct pending pending)
{
	if (may_be_opened(pending.part))
		*(struct pending *)vec_push(&reader->pending) = pending;
	else
		odd(pending.part, MIME_ODD_limit_depth);
}

/* The root is what its fields say. */
static void
begin(struct mime_reader *reader)
{
	struct vec boundaries;

	reader->has_begun = true;
	vec_init(&boundaries, reader->arena, sizeof(struct str));
	reader->part = reader->message.root = reader_add_part(reader, NULL,
	    MIME_FROM_STRUCTURE);
	fields_read(reader->arena, &reader->root_fields, false, reader->part,
	    &boundaries);
	lines_begin(reader);
	reader_content(reader, &boundaries);
}

void
mime_reader_feed(struct mime_reader *reader, struct str chunk)
{
	if (!reader->has_begun)
		begin(reader);
	lines_feed(reader, chunk);
}

/* The content as it comes out of its transfer encoding, in slices. */
static void
feed_content(struct mime_reader *reader, const struct pending *pending)
{
	struct transfer_decoder decoder;
	struct str rest = pending->content;
	char *out = reader->outer_scratch;

	if (out == NULL)
		out = reader->outer_scratch = arena_alloc(reader->arena,
		    transfer_room(SINK_SLICE));
	transfer_begin(&decoder, pending->transfer);
	for (; rest.len != 0; rest = str_from_pos(rest, SINK_SLICE))
		lines_feed(reader, str_of(out, transfer_decode(&decoder,
		    str_sub(rest, 0, SINK_SLICE), out)));
	lines_feed(reader, str_of(out, transfer_end(&decoder, out)));
	pending->part->oddities |= decoder.oddities;
}

/* Read what waited as if it stood there. */
static void
read_within(struct mime_reader *reader, const struct pending *pending)
{
	reader->outer = reader->part = pending->part;
	opens_init(&reader->opens, reader->arena);
	lines_begin(reader);
	if (pending->as == AS_CONTAINER)
		reader_begin_container(reader, &pending->boundaries);
	else
		reader_begin_part(reader, pending->part);
	feed_content(reader, pending);
	reader_finish(reader);
}

static void
read_pending(struct mime_reader *reader, struct pending pending)
{
	struct mime_part *part = pending.part;
	bool is_encrypted;

	if (pending.as == AS_TNEF) {
		tnef_read(reader, part, pending.content);
		return;
	}
	if (pending.as == AS_PKCS7) {
		if (!pkcs7_read(reader->arena, pending.content, &is_encrypted,
		    &pending.content))
			return;
		if (is_encrypted) {
			odd(part, MIME_ODD_encrypted);
			return;
		}
		pending.transfer = TRANSFER_BINARY;
	}
	if (part->depth >= (size_t)reader->limits->max_depth) {
		odd(part, MIME_ODD_limit_depth);
		return;
	}
	read_within(reader, &pending);
}

static void
collect_oddities(struct mime_message *message)
{
	for (const struct mime_part *part = message->root; part != NULL;
	    part = mime_part_after(part))
		message->oddities |= part->oddities;
}

const struct mime_message *
mime_reader_end(struct mime_reader *reader)
{
	if (!reader->has_begun)
		begin(reader);
	reader_finish(reader);
	reader->message.body_size = reader->at;
	/* A message from a file may have LF throughout: not odd. */
	if (reader->has_crlf && reader->has_lf)
		odd(reader->message.root, MIME_ODD_bare_lf);
	for (size_t i = 0; i < reader->pending.len; i++)
		read_pending(reader,
		    *(struct pending *)vec_at(&reader->pending, i));
	collect_oddities(&reader->message);
	return &reader->message;
}
