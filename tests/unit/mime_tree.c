/* SPDX-License-Identifier: ISC */
/* mime_tree.c - for tests: a message read, and its parts as lines. */
#include "mime_tree.h"

#include "base/arena.h"
#include "mail/message.h"
#include "mail/spool.h"
#include "mime/part.h"
#include "mime/reader.h"

#define SHOWN 80

static void
free_spool(void *spool)
{
	struct spool *old = spool;

	spool_free(&old);
}

const struct mime_message *
mime_tree_read(struct arena *arena, const struct mime_limits *limits,
    struct str message, size_t first, size_t chunk)
{
	struct spool *like = spool_new(NULL, 1 << 20);
	struct mime_reader *reader = mime_reader_new(arena, limits, like);
	struct message stored;
	struct str name, value, body;

	arena_on_free(arena, free_spool, like);
	message_begin(&stored, arena, message);
	while (message_next_field(&stored, &name, &value))
		mime_reader_field(reader, name, value);
	body = stored.rest;
	if (first != 0) {
		mime_reader_feed(reader, str_sub(body, 0, first));
		body = str_from_pos(body, first);
	}
	while (body.len != 0) {
		mime_reader_feed(reader, str_sub(body, 0,
		    chunk != 0 ? chunk : body.len));
		body = str_from_pos(body, chunk != 0 ? chunk : body.len);
	}
	return mime_reader_end(reader);
}

static void
add_content(struct buf *out, struct str content, const char *around)
{
	buf_add_char(out, ' ');
	buf_add_char(out, around[0]);
	for (size_t i = 0; i < content.len && i < SHOWN; i++) {
		char c = content.data[i];

		buf_add_char(out, c == '\n' ? '/' : c == '\r' ? '\\' :
		    (unsigned char)c < ' ' ? '?' : c);
	}
	buf_add_char(out, around[1]);
}

static void
add_part(struct buf *out, const struct mime_part *part)
{
	static const char *const sources[] = { "", " <uuencode>", " <yenc>",
	    " <pgp>", " <tnef>" };
	struct str content;

	buf_printf(out, "%*s%.*s/%.*s", (int)part->depth * 2, "",
	    STR_ARG(part->type), STR_ARG(part->subtype));
	if (part->kind == MIME_TEXT || part->kind == MIME_FILE)
		buf_printf(out, " %zu", (size_t)part->size);
	if (part->name.len != 0)
		buf_printf(out, " \"%.*s\"", STR_ARG(part->name));
	buf_add_text(out, sources[part->source]);
	if (part->kind == MIME_TEXT || part->text.len != 0)
		add_content(out, part->text, "||");
	else if (part->content != NULL &&
	    spool_data(part->content, &content) == 0)
		add_content(out, content, "{}");
	for (unsigned i = 0; i < MIME_ODDITY_COUNT; i++)
		if (mime_has(part->oddities, (enum mime_oddity)i))
			buf_printf(out, " %s",
			    mime_oddity_name((enum mime_oddity)i));
	buf_add_char(out, '\n');
}

struct str
mime_tree_text(struct arena *arena, const struct mime_message *message)
{
	struct buf out;

	buf_init(&out, arena);
	for (const struct mime_part *part = message->root; part != NULL;
	    part = mime_part_after(part))
		add_part(&out, part);
	return buf_str(&out);
}
