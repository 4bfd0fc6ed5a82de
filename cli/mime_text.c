/* SPDX-License-Identifier: ISC */
/* mime_text.c - the texts and links of a message, for people. */
#include "base/arena.h"
#include "cli/clean.h"
#include "cli/mime.h"
#include "cli/output.h"
#include "mime/part.h"

/* Line by line, for control characters would reach the terminal. */
static void
write_lines(struct arena *arena, struct str text, struct buf *out)
{
	struct str line;

	while (str_cut(&text, '\n', &line)) {
		while (line.len > CLEAN_TEXT_MAX) {
			size_t len = CLEAN_TEXT_MAX;

			while (len > 1 && (line.data[len] & 0xc0) == 0x80)
				len--;
			buf_add_text(out, clean_str(arena,
			    str_sub(line, 0, len)));
			line = str_from_pos(line, len);
		}
		buf_add_text(out, clean_str(arena, line));
		buf_add_char(out, '\n');
	}
}

void
mime_write_text(const struct mime_story *story, struct buf *out)
{
	const struct vec *texts = &story->content.texts;

	for (size_t i = 0; i < texts->len; i++) {
		const struct content_text *text = vec_at(texts, i);

		if (texts->len > 1)
			buf_printf(out, "%s--- part %u, %s ---\n",
			    i > 0 ? "\n" : "", text->part->number,
			    clean_text(story->arena,
			    mime_type_text(story->arena, text->part)));
		write_lines(story->arena, text->text, out);
	}
}

/* --- links -------------------------------------------------------------------- */

/* Where it was seen: "a link in part 3". */
static const char *
place_text(struct arena *arena, const struct content_url *url)
{
	if (url->part == NULL)
		return "in the subject";
	if (url->place == URL_IN_HTML)
		return arena_printf(arena, "%s in part %u",
		    html_use_text(url->use), url->part->number);
	return arena_printf(arena, "in the %s of part %u",
	    url->place == URL_IN_CALENDAR ? "calendar" : "text",
	    url->part->number);
}

static const char *
remarks(struct arena *arena, const struct content_url *url)
{
	struct buf line;

	buf_init(&line, arena);
	buf_add_text(&line, place_text(arena, url));
	if (url->shown.len > 0)
		buf_printf(&line, ", shown as \"%s\"",
		    clean_str(arena, str_sub(url->shown, 0, 100)));
	if (url->misleads)
		buf_add_text(&line, ", misleads");
	if (url->hidden != HTML_SEEN)
		buf_printf(&line, ", hidden (%s)",
		    html_hidden_text(url->hidden));
	for (unsigned bit = 1; bit <= URL_NO_SCHEME; bit <<= 1)
		if ((url->url.oddities & bit) != 0)
			buf_printf(&line, ", %s", url_oddity_name(bit));
	if (url->url.inner != NULL)
		buf_printf(&line, ", leads on to %s",
		    clean_str(arena, url->url.inner->normal));
	return line.data;
}

void
mime_write_urls(const struct mime_story *story, struct buf *out)
{
	for (size_t i = 0; i < story->content.urls.len; i++) {
		const struct content_url *url =
		    vec_at(&story->content.urls, i);

		buf_printf(out, "%s\n", clean_str(story->arena,
		    url->url.normal));
		output_wrap(out, "    ",
		    str_from(remarks(story->arena, url)));
	}
}
