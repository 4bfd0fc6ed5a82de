/* SPDX-License-Identifier: ISC */
/* mime.c - what is strange in how the message is built, told part by part. */
#include "base/arena.h"
#include "milter/check.h"
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

/* The first part that has it, and how many more do. */
static const struct mime_part *
find_odd(const struct mime_message *message, enum mime_oddity oddity,
    unsigned *more_r)
{
	const struct mime_part *first = NULL;

	*more_r = 0;
	for (const struct mime_part *part = message->root; part != NULL;
	    part = mime_part_after(part)) {
		if (!mime_has(part->oddities, oddity))
			continue;
		if (first == NULL)
			first = part;
		else
			++*more_r;
	}
	return first;
}

static void
add_oddity(struct check_run *run, enum mime_oddity oddity)
{
	struct arena *arena = run->txn->arena;
	const struct mime_part *part;
	const char *place = "";
	unsigned more;

	part = find_odd(run->txn->mime, oddity, &more);
	if (part != NULL && more > 0)
		place = arena_printf(arena, " (part %u and %u more)",
		    part->number, more);
	else if (part != NULL && part->above != NULL)
		place = arena_printf(arena, " (part %u)", part->number);
	findings_add(run->findings, run->name, RESULT_NEUTRAL,
	    arena_printf(arena, "%s: %s%s", mime_oddity_name(oddity),
	    mime_oddity_words(oddity), place));
}

static enum check_status
mime_run(struct check_run *run, const char **error_r)
{
	(void)error_r;
	for (int i = 0; i < MIME_ODDITY_COUNT; i++)
		if (mime_has(run->txn->mime->oddities, i))
			add_oddity(run, i);
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
