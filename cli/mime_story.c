/* SPDX-License-Identifier: ISC */
/* mime_story.c - a stored message read as the milter would read it. */
#include "base/arena.h"
#include "cli/mime.h"
#include "mail/message.h"
#include "mail/spool.h"
#include "mime/part.h"
#include "mime/reader.h"

/* What larger files hold goes into memory files. */
#define SPOOL_MEMORY_MAX 262144

static void
free_spool(void *arg)
{
	struct spool *spool = arg;

	spool_free(&spool);
}

static struct spool *
new_spool(struct arena *arena)
{
	struct spool *spool = spool_new(NULL, SPOOL_MEMORY_MAX);

	arena_on_free(arena, free_spool, spool);
	return spool;
}

void
mime_story_read(struct mime_story *story, struct arena *arena,
    const char *file, struct str bytes, const struct mime_limits *limits,
    bool keeps_files)
{
	struct mime_reader *reader;
	struct message message;
	struct str name, value;

	story->arena = arena;
	story->file = file;
	header_list_init(&story->headers, arena);
	reader = mime_reader_new(arena, limits,
	    keeps_files ? new_spool(arena) : NULL);
	message_begin(&message, arena, bytes);
	while (message_next_field(&message, &name, &value)) {
		header_list_add(&story->headers, name, value);
		mime_reader_field(reader, name, value);
	}
	while (message_next_piece(&message, &value))
		mime_reader_feed(reader, value);
	story->message = mime_reader_end(reader);
	content_read(arena, &story->headers, story->message,
	    &limits->content, &story->content);
}

const char *
mime_type_text(struct arena *arena, const struct mime_part *part)
{
	return arena_printf(arena, "%.*s/%.*s", STR_ARG(part->type),
	    STR_ARG(part->subtype));
}
