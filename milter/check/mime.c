/* SPDX-License-Identifier: ISC */
/* mime.c - what is strange in how the message is built, told part by part. */
#include "base/arena.h"
#include "milter/check.h"
#include "mime/content.h"
#include "mime/part.h"

/*
 * Two mail programs that read a broken message in two ways are what hides an
 * attachment from one of them. The reader (mime/reader.h) reads it so that
 * nothing that any of them shows is missed, and notes each place where they
 * could differ. This check tells them, and decides nothing by itself.
 */

struct mime_settings {
	struct check_common common;
};

/* The parts that have an oddity. */
struct odd {
	const struct mime_part *first;	/* NULL: none */
	unsigned more;
};

static void
take(struct odd *odd, const struct mime_part *part)
{
	if (odd->first == NULL)
		odd->first = part;
	else
		odd->more++;
}

static struct odd
find_odd(const struct mime_message *message, const struct content *content,
    enum mime_oddity oddity)
{
	struct odd odd = { NULL, 0 };

	for (const struct mime_part *part = message->root; part != NULL;
	    part = mime_part_after(part))
		if (mime_has(part->oddities, oddity))
			take(&odd, part);
	for (size_t i = 0; i < content->texts.len; i++) {
		const struct content_text *text = vec_at(&content->texts, i);

		if (mime_has(text->oddities, oddity))
			take(&odd, text->part);
	}
	return odd;
}

static void
add_oddity(struct check_run *run, const struct content *content,
    enum mime_oddity oddity)
{
	struct arena *arena = run->txn->arena;
	struct odd odd = find_odd(run->txn->mime, content, oddity);
	const char *place = "";

	if (odd.first != NULL && odd.more > 0)
		place = arena_printf(arena, " (part %u and %u more)",
		    odd.first->number, odd.more);
	else if (odd.first != NULL && odd.first->above != NULL)
		place = arena_printf(arena, " (part %u)", odd.first->number);
	findings_add(run->findings, run->name, RESULT_NEUTRAL,
	    arena_printf(arena, "%s: %s%s", mime_oddity_name(oddity),
	    mime_oddity_words(oddity), place));
}

static enum check_status
mime_run(struct check_run *run, const char **error_r)
{
	const struct content *content = content_of(run->txn);

	(void)error_r;
	for (int i = 0; i < MIME_ODDITY_COUNT; i++)
		if (mime_has(run->txn->mime->oddities | content->oddities, i))
			add_oddity(run, content, i);
	return CHECK_DONE;
}

static const struct setting rows[] = {
	CHECK_COMMON_ROWS(struct mime_settings, "pass"),
};

static const struct section section = {
	.name = "check",
	.label = "mime",
	.help = "Takes the message apart as mail programs do, and tells what "
	    "is strange in how it is built.",
	.size = sizeof(struct mime_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
};

const struct check check_mime = {
	.name = "mime",
	.first_stage = STAGE_MESSAGE,
	.wants_body = true,
	.wants_mime = true,
	.section = &section,
	.run = mime_run,
};
