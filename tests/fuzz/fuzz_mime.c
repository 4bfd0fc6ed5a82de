/* SPDX-License-Identifier: ISC */
/* fuzz_mime.c - a whole message: how it is cut changes nothing, limits hold. */
#include "base/arena.h"
#include "fuzz.h"
#include "mail/message.h"
#include "mail/spool.h"
#include "mime/part.h"
#include "mime/reader.h"

static const struct mime_limits limits = {
	.max_depth = 6,
	.max_parts = 40,
	.max_header_bytes = 512,
	.max_text_bytes = 2048,
	.max_content_bytes = 4096,
};

static const struct mime_message *
read_in(struct arena *arena, struct str text, const struct spool *like,
    size_t chunk)
{
	struct mime_reader *reader = mime_reader_new(arena, &limits, like);
	struct message message;
	struct str name, value, body;

	message_begin(&message, arena, text);
	while (message_next_field(&message, &name, &value))
		mime_reader_field(reader, name, value);
	/* A copy of each chunk: nothing may be kept of it. */
	for (body = message.rest; body.len != 0;
	    body = str_from_pos(body, chunk)) {
		struct str piece = str_copy(arena, str_sub(body, 0, chunk));

		mime_reader_feed(reader, piece);
		memset((char *)piece.data, 'x', piece.len);
	}
	return mime_reader_end(reader);
}

static void
check_part(const struct mime_part *part)
{
	struct str content;

	must(part->depth <= (size_t)limits.max_depth + 2 ||
	    part->source != MIME_FROM_STRUCTURE);
	must(part->above == NULL || part->depth == part->above->depth + 1);
	must(part->kind == MIME_CONTAINER || part->below == NULL ||
	    part->below->above == part);
	/* U+FFFD for one octet, or a character for two: three at most. */
	must(part->text.len <= 3 * (size_t)limits.max_text_bytes);
	if (part->content != NULL) {
		must(spool_data(part->content, &content) == 0);
		must(content.len <= part->size);
	}
}

/* The same tree, part by part. */
static void
must_be_equal(const struct mime_message *a, const struct mime_message *b)
{
	const struct mime_part *p = a->root, *q = b->root;

	must(a->part_count == b->part_count && a->oddities == b->oddities);
	for (; p != NULL && q != NULL; p = mime_part_after(p),
	    q = mime_part_after(q)) {
		check_part(p);
		must(p->number == q->number && p->depth == q->depth &&
		    p->kind == q->kind && p->size == q->size &&
		    p->raw_at == q->raw_at && p->raw_size == q->raw_size &&
		    p->oddities == q->oddities);
		must(str_eq(p->type, q->type) && str_eq(p->name, q->name) &&
		    str_eq(p->text, q->text));
		must(memcmp(p->sha256, q->sha256, sizeof(p->sha256)) == 0);
	}
	must(p == NULL && q == NULL);
}

/* The first octet says how the message is cut. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct arena *arena = arena_new(0);
	struct spool *like = spool_new(NULL, 1 << 16);
	size_t chunk = size != 0 ? (size_t)data[0] % 61 + 1 : 1;

	text = str_from_pos(text, 1);
	must_be_equal(read_in(arena, text, like, SIZE_MAX),
	    read_in(arena, text, like, chunk));
	arena_free(&arena);
	spool_free(&like);
	return 0;
}
