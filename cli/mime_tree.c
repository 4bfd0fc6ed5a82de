/* SPDX-License-Identifier: ISC */
/* mime_tree.c - the parts of a message as a tree, for people. */
#include "base/arena.h"
#include "cli/clean.h"
#include "cli/mime.h"
#include "cli/output.h"
#include "mime/part.h"
#include "mime/words.h"

/* Columns that a level of the tree takes, and how many are drawn. */
#define INDENT 2
#define DRAWN_DEPTH 12

static const char *const source_words[] = {
	[MIME_FROM_STRUCTURE] = "",
	[MIME_FROM_UUENCODE] = "uuencoded in the text",
	[MIME_FROM_YENC] = "yEncoded in the text",
	[MIME_FROM_PGP] = "inline PGP",
	[MIME_FROM_TNEF] = "from winmail.dat",
};

/* "17 B", "1.2 KB", "3.4 MB". */
static const char *
size_text(struct arena *arena, uint64_t size)
{
	if (size < 1000)
		return arena_printf(arena, "%u B", (unsigned)size);
	if (size < 1000000)
		return arena_printf(arena, "%.1f KB", (double)size / 1e3);
	return arena_printf(arena, "%.1f MB", (double)size / 1e6);
}

static void
add_word(struct buf *line, const char *word)
{
	if (*word == '\0')
		return;
	if (line->len > 0)
		buf_add_text(line, ", ");
	buf_add_text(line, word);
}

/* What was read of a part; NULL: it has no text. */
static const struct content_text *
text_of(const struct mime_story *story, const struct mime_part *part)
{
	for (size_t i = 0; i < story->content.texts.len; i++) {
		const struct content_text *text =
		    vec_at(&story->content.texts, i);

		if (text->part == part)
			return text;
	}
	return NULL;
}

/* How the text of a page is hidden: "34 bytes tiny". */
static void
add_hidden(struct arena *arena, struct buf *line, const struct html_page *page)
{
	for (int i = HTML_SEEN + 1; i < HTML_HIDDEN_COUNT; i++)
		if (page->hidden_bytes[i] > 0)
			add_word(line, arena_printf(arena,
			    "%zu bytes hidden (%s)", page->hidden_bytes[i],
			    html_hidden_text(i)));
}

/* As it is claimed, and where that is not so, what it is. */
static const char *
charset_text(struct arena *arena, const struct mime_part *part)
{
	if (!mime_has(part->oddities, MIME_ODD_charset_wrong) &&
	    !mime_has(part->oddities, MIME_ODD_charset_unknown))
		return clean_str(arena, part->charset.len > 0 ? part->charset :
		    part->charset_used);
	return arena_printf(arena, "%s (said to be %s)",
	    clean_str(arena, part->charset_used),
	    clean_str(arena, part->charset));
}

/* What is told of a part behind its type. */
static const char *
describe(const struct mime_story *story, const struct mime_part *part,
    const struct html_page *page)
{
	struct arena *arena = story->arena;
	struct buf line;

	buf_init(&line, arena);
	if (part->name.len > 0)
		add_word(&line, arena_printf(arena, "\"%s\"",
		    clean_str(arena, part->name)));
	add_word(&line, charset_text(arena, part));
	if (part->kind == MIME_TEXT || part->kind == MIME_FILE) {
		if (part->transfer != TRANSFER_7BIT)
			add_word(&line, transfer_text(part->transfer));
		add_word(&line, size_text(arena, part->size));
	}
	if (mime_part_is_attachment(part))
		add_word(&line, "attached");
	add_word(&line, source_words[part->source]);
	if (page != NULL)
		add_hidden(arena, &line, page);
	return line.len > 0 ? line.data : "";
}

static void
write_oddities(const struct mime_story *story, mime_oddities oddities,
    const char *indent, struct buf *out)
{
	struct arena *arena = story->arena;

	for (int i = 0; i < MIME_ODDITY_COUNT; i++) {
		if (!mime_has(oddities, i))
			continue;
		output_wrap(out, arena_printf(arena, "%s    ", indent),
		    str_from(arena_printf(arena, "%s %s: %s",
		    output_style(arena, story->has_colour, STYLE_WARN, "!"),
		    mime_oddity_name(i), mime_oddity_words(i))));
	}
}

static void
write_part(const struct mime_story *story, const struct mime_part *part,
    struct buf *out)
{
	struct arena *arena = story->arena;
	unsigned depth = part->depth < DRAWN_DEPTH ? part->depth : DRAWN_DEPTH;
	const char *indent = arena_printf(arena, "%*s", (int)depth * INDENT,
	    "");
	const char *type = clean_text(arena, mime_type_text(arena, part));
	const struct content_text *text = text_of(story, part);
	const char *words = describe(story, part,
	    text != NULL ? text->page : NULL);

	buf_printf(out, "%s%2u %s", indent, part->number,
	    output_style(arena, story->has_colour, STYLE_BOLD, type));
	buf_printf(out, "%s%s\n", *words != '\0' ? "  " : "", words);
	write_oddities(story, part->oddities |
	    (text != NULL ? text->oddities : 0), indent, out);
}

/* A field of the message itself, decoded. */
static void
write_field(const struct mime_story *story, const char *name, struct buf *out)
{
	const struct header *field = header_first(&story->headers, name);

	if (field != NULL)
		buf_printf(out, "%-8s %s\n", name, clean_str(story->arena,
		    words_decode(story->arena, field->value, NULL)));
}

static unsigned
count_files(const struct mime_message *message)
{
	unsigned count = 0;

	for (const struct mime_part *part = message->root; part != NULL;
	    part = mime_part_after(part))
		count += mime_part_is_attachment(part);
	return count;
}

static const char *
count_text(struct arena *arena, size_t count, const char *what)
{
	return arena_printf(arena, "%zu %s%s", count, what,
	    count == 1 ? "" : "s");
}

void
mime_write_tree(const struct mime_story *story, struct buf *out)
{
	struct arena *arena = story->arena;
	const struct mime_message *message = story->message;

	buf_printf(out, "%s: %s, %s, %s\n", clean_text(arena, story->file),
	    count_text(arena, message->part_count, "part"),
	    count_text(arena, count_files(message), "attachment"),
	    count_text(arena, story->content.urls.len, "link"));
	write_field(story, "From", out);
	write_field(story, "To", out);
	write_field(story, "Subject", out);
	for (const struct mime_part *part = message->root; part != NULL;
	    part = mime_part_after(part))
		write_part(story, part, out);
	if (story->content.oddities != 0)
		buf_add_text(out, "There is more than is read; the rest was "
		    "passed over.\n");
}
