/* SPDX-License-Identifier: ISC */
/* reader_sink.c - the content of one part: decoded, measured, kept as it comes. */
#include "base/arena.h"
#include "mail/spool.h"
#include "mime/digest.h"
#include "mime/reader_private.h"

static void
free_spool(void *spool)
{
	struct spool *old = spool;

	spool_free(&old);
}

static struct spool *
new_spool(struct mime_reader *reader)
{
	struct spool *spool = spool_new_like(reader->like);

	arena_on_free(reader->arena, free_spool, spool);
	return spool;
}

static void
begin_file(struct mime_reader *reader, struct mime_part *part)
{
	if (reader->digest == NULL)
		reader->digest = digest_new(reader->arena);
	digest_begin(reader->digest);
	if (reader->like != NULL)
		part->content = new_spool(reader);
}

bool
reader_opens(const struct mime_part *part, enum pending_as *as_r)
{
	*as_r = AS_MESSAGE;
	if (part->kind == MIME_MESSAGE)
		return transfer_is_coded(part->transfer);
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

/* Is it a multipart or message whose octets wait for the end, to be decoded
 * then? */
static bool
is_raw(const struct mime_reader *reader, const struct mime_part *part)
{
	enum pending_as as;

	if (part->kind == MIME_CONTAINER)
		return transfer_is_coded(part->transfer) &&
		    reader->outer != part;
	return reader_opens(part, &as) && as == AS_MESSAGE;
}

/* What is taken apart later waits in a spool, where there are spools. */
void
sink_begin(struct mime_reader *reader, struct mime_part *part,
    enum transfer transfer)
{
	struct sink *sink = &reader->sink;
	enum pending_as as;
	bool waits = is_raw(reader, part) || reader_opens(part, &as);

	*sink = (struct sink){ .part = part };
	sink->to_file = part->kind == MIME_FILE ||
	    (part->kind == MIME_TEXT && part->name.len != 0);
	sink->to_text = part->kind == MIME_TEXT ||
	    str_is(part->type, "text") ||
	    (waits ? reader->like == NULL : part->kind == MIME_CONTAINER);
	transfer_begin(&sink->decoder, transfer);
	buf_clear(&reader->text);
	if (sink->to_file)
		begin_file(reader, part);
	else if (waits && reader->like != NULL)
		sink->waiting = new_spool(reader);
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
add_to_spool(struct mime_reader *reader, struct spool *spool,
    struct str bytes)
{
	if (bytes.len > reader->content_left) {
		odd(reader->sink.part, MIME_ODD_limit_content);
		bytes.len = reader->content_left;
	}
	reader->content_left -= bytes.len;
	/* A spool that failed says so to whoever asks for its data. */
	if (bytes.len != 0)
		(void)spool_add(spool, bytes.data, bytes.len);
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
		digest_add(reader->digest, bytes);
	if (sink->part->content != NULL)
		add_to_spool(reader, sink->part->content, bytes);
	if (sink->waiting != NULL)
		add_to_spool(reader, sink->waiting, bytes);
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
		    transfer_room(SINK_SLICE));
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
		struct str slice = str_sub(octets, 0, SINK_SLICE);
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

/* What went to the spool for whoever takes it apart; a disk that is full leaves
 * nothing. */
static struct str
waiting_data(const struct sink *sink)
{
	struct spool *spool = sink->waiting != NULL ? sink->waiting
	    : sink->part->content;
	struct str data;

	if (spool == NULL || spool_data(spool, &data) != 0)
		return STR("");
	return data;
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
	if (!sink->to_text)
		return waiting_data(sink);
	reader->text_left -= reader->text.len;
	return reader_carve(&reader->text);
}

struct str
sink_drop(struct mime_reader *reader)
{
	struct sink *sink = &reader->sink;

	sink->part->size = 0;
	if (sink->waiting == NULL)
		return buf_str(&reader->text);
	reader->content_left += spool_size(sink->waiting);
	return waiting_data(sink);
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
