/* SPDX-License-Identifier: ISC */
/* reader_sink.c - the content of one part: decoded, measured, kept as it comes. */
#include "base/arena.h"
#include "mail/spool.h"
#include "mime/digest.h"
#include "mime/reader_private.h"

#define SLICE ((size_t)16 * 1024)	/* decoded at a time */

static void
free_spool(void *spool)
{
	struct spool *old = spool;

	spool_free(&old);
}

static void
begin_file(struct mime_reader *reader, struct mime_part *part)
{
	if (reader->digest == NULL)
		reader->digest = digest_new(reader->arena);
	digest_begin(reader->digest);
	if (reader->like == NULL)
		return;
	part->content = spool_new_like(reader->like);
	arena_on_free(reader->arena, free_spool, part->content);
}

bool
reader_opens(const struct mime_part *part, enum pending_as *as_r)
{
	*as_r = AS_MESSAGE;
	if (part->kind == MIME_MESSAGE)
		return part->transfer >= TRANSFER_QUOTED &&
		    part->transfer <= TRANSFER_YENC;
	if (part->kind != MIME_FILE)
		return false;
	*as_r = AS_TNEF;
	if (mime_part_is(part, "application", "ms-tnef") ||
	    mime_part_is(part, "application", "vnd.ms-tnef") ||
	    str_is_nocase(part->name, "winmail.dat"))
		return true;
	*as_r = AS_PKCS7;
	return mime_part_is(part, "application", "pkcs7-mime") ||
	    mime_part_is(part, "application", "x-pkcs7-mime") ||
	    str_is_nocase(part->name, "smime.p7m");
}

void
sink_begin(struct mime_reader *reader, struct mime_part *part,
    enum transfer transfer)
{
	struct sink *sink = &reader->sink;
	enum pending_as as;

	sink->part = part;
	sink->is_cut = false;
	sink->to_file = part->kind == MIME_FILE ||
	    (part->kind == MIME_TEXT && part->name.len != 0);
	sink->to_text = part->kind == MIME_TEXT ||
	    part->kind == MIME_CONTAINER || str_is(part->type, "text") ||
	    reader_opens(part, &as);
	transfer_begin(&sink->decoder, transfer);
	buf_clear(&reader->text);
	if (sink->to_file)
		begin_file(reader, part);
}

static void
add_to_text(struct mime_reader *reader, struct str bytes)
{
	size_t room = (size_t)reader->limits->max_text_bytes;

	if (room > reader->text_left)
		room = reader->text_left;
	room -= room < reader->text.len ? room : reader->text.len;
	if (bytes.len > room) {
		reader->sink.is_cut = true;
		bytes.len = room;
	}
	buf_add_str(&reader->text, bytes);
}

static void
add_to_file(struct mime_reader *reader, struct str bytes)
{
	struct mime_part *part = reader->sink.part;

	digest_add(reader->digest, bytes);
	if (bytes.len > reader->content_left) {
		odd(part, MIME_ODD_limit_content);
		bytes.len = reader->content_left;
	}
	reader->content_left -= bytes.len;
	/* A spool that failed says so to whoever asks for its data. */
	if (part->content != NULL && bytes.len != 0)
		(void)spool_add(part->content, bytes.data, bytes.len);
}

static void
keep(struct mime_reader *reader, struct str bytes)
{
	struct sink *sink = &reader->sink;

	if (bytes.len == 0)
		return;
	sink->part->size += bytes.len;
	if (sink->to_text)
		add_to_text(reader, bytes);
	if (sink->to_file)
		add_to_file(reader, bytes);
}

/* Octets that stand for themselves are not copied to be decoded. */
static bool
is_plain(enum transfer transfer)
{
	return transfer <= TRANSFER_BINARY || transfer == TRANSFER_UNKNOWN;
}

static char *
scratch(struct mime_reader *reader)
{
	if (reader->scratch == NULL)
		reader->scratch = arena_alloc(reader->arena,
		    transfer_room(SLICE));
	return reader->scratch;
}

void
sink_add(struct mime_reader *reader, struct str octets)
{
	struct sink *sink = &reader->sink;

	if (is_plain(sink->decoder.transfer)) {
		if (sink->decoder.transfer == TRANSFER_7BIT &&
		    !str_is_ascii(octets))
			odd(sink->part, MIME_ODD_octets_8bit);
		keep(reader, octets);
		return;
	}
	while (octets.len != 0) {
		struct str slice = str_sub(octets, 0, SLICE);
		size_t len = transfer_decode(&sink->decoder, slice,
		    scratch(reader));

		keep(reader, str_of(scratch(reader), len));
		octets = str_from_pos(octets, slice.len);
	}
}

static void
end_file(struct mime_reader *reader)
{
	struct mime_part *part = reader->sink.part;

	digest_end(reader->digest, part->sha256);
	part->has_sha256 = true;
}

struct str
reader_carve(struct buf *buf)
{
	struct str kept = buf_str(buf);

	if (kept.len == 0)
		return STR("");
	if (buf->capacity == kept.len + 1) {
		buf_init(buf, buf->arena);
		return kept;
	}
	buf->data += kept.len + 1;
	buf->capacity -= kept.len + 1;
	buf->len = 0;
	return kept;
}

struct str
sink_end(struct mime_reader *reader)
{
	struct sink *sink = &reader->sink;

	if (!is_plain(sink->decoder.transfer))
		keep(reader, str_of(scratch(reader),
		    transfer_end(&sink->decoder, scratch(reader))));
	sink->part->oddities |= sink->decoder.oddities;
	if (sink->is_cut)
		odd(sink->part, MIME_ODD_limit_text);
	if (sink->to_file)
		end_file(reader);
	reader->text_left -= reader->text.len;
	return reader_carve(&reader->text);
}

struct str
sink_drop(struct mime_reader *reader)
{
	reader->sink.part->size = 0;
	return buf_str(&reader->text);
}

struct mime_part *
sink_file(struct mime_reader *reader, struct mime_part *above,
    enum mime_source source, struct str name, struct str content,
    enum transfer transfer)
{
	struct mime_part *part = reader_add_part(reader, above, source);

	if (part == NULL)
		return NULL;
	part->kind = MIME_FILE;
	part->disposition = MIME_ATTACHED;
	part->type = STR("application");
	part->subtype = STR("octet-stream");
	part->transfer = transfer;
	fields_name(part, name);
	sink_begin(reader, part, transfer);
	sink_add(reader, content);
	sink_end(reader);
	return part;
}
