/* SPDX-License-Identifier: ISC */
/* mime_json.c - a message taken apart, as one line of JSON for programs. */
#include "base/arena.h"
#include "base/json.h"
#include "cli/mime.h"
#include "mime/part.h"

static const char *const kind_words[] = {
	[MIME_TEXT] = "text",
	[MIME_CONTAINER] = "multipart",
	[MIME_MESSAGE] = "message",
	[MIME_FILE] = "file",
};

static const char *const source_words[] = {
	[MIME_FROM_STRUCTURE] = "mime",
	[MIME_FROM_UUENCODE] = "uuencode",
	[MIME_FROM_YENC] = "yenc",
	[MIME_FROM_PGP] = "pgp",
	[MIME_FROM_TNEF] = "tnef",
};

static void
put_oddities(struct json_writer *json, mime_oddities oddities)
{
	json_begin_array(json, "oddities");
	for (int i = 0; i < MIME_ODDITY_COUNT; i++)
		if (mime_has(oddities, i))
			json_put_text(json, NULL, mime_oddity_name(i));
	json_end_array(json);
}

/* "" stands for what is not there: null. */
static void
put_optional(struct json_writer *json, const char *key, struct str text)
{
	if (text.len > 0)
		json_put_str(json, key, text);
	else
		json_put_null(json, key);
}

static void
put_sha256(struct json_writer *json, const struct mime_part *part)
{
	char hex[2 * MIME_SHA256_SIZE];

	for (size_t i = 0; i < MIME_SHA256_SIZE; i++) {
		hex[2 * i] = "0123456789abcdef"[part->sha256[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[part->sha256[i] & 15];
	}
	put_optional(json, "sha256",
	    part->has_sha256 ? str_of(hex, sizeof(hex)) : STR(""));
}

static void
put_part(struct json_writer *json, struct arena *arena,
    const struct mime_part *part, mime_oddities oddities)
{
	json_begin_object(json, NULL);
	json_put_int(json, "number", part->number);
	if (part->above != NULL)
		json_put_int(json, "above", part->above->number);
	else
		json_put_null(json, "above");
	json_put_text(json, "kind", kind_words[part->kind]);
	json_put_text(json, "source", source_words[part->source]);
	json_put_text(json, "type", mime_type_text(arena, part));
	put_optional(json, "name", part->name);
	json_put_bool(json, "attached", mime_part_is_attachment(part));
	json_put_text(json, "transfer", transfer_text(part->transfer));
	put_optional(json, "charset", part->charset);
	put_optional(json, "charset_used", part->charset_used);
	put_optional(json, "content_id", part->content_id);
	json_put_int(json, "size", (int64_t)part->size);
	put_sha256(json, part);
	put_oddities(json, part->oddities | oddities);
	json_end_object(json);
}

/* The limits that a part's text reached are told with how it is built. Texts
 * stand in the order of the parts. */
static void
put_parts(struct json_writer *json, const struct mime_story *story)
{
	const struct vec *texts = &story->content.texts;
	size_t next = 0;

	json_begin_array(json, "parts");
	for (const struct mime_part *part = story->message->root;
	    part != NULL; part = mime_part_after(part)) {
		const struct content_text *text = next < texts->len ?
		    vec_at(texts, next) : NULL;
		bool is_its = text != NULL && text->part == part;

		put_part(json, story->arena, part,
		    is_its ? text->oddities : 0);
		next += is_its;
	}
	json_end_array(json);
}

static void
put_text(struct json_writer *json, const struct content_text *text)
{
	json_begin_object(json, NULL);
	json_put_int(json, "part", text->part->number);
	json_put_str(json, "text", text->text);
	json_begin_array(json, "hidden");
	for (size_t i = 0; text->page != NULL &&
	    i < text->page->hidden.len; i++) {
		const struct html_piece *piece =
		    vec_at(&text->page->hidden, i);

		json_begin_object(json, NULL);
		json_put_text(json, "by", html_hidden_text(piece->hidden));
		json_put_str(json, "text", piece->text);
		json_end_object(json);
	}
	json_end_array(json);
	json_end_object(json);
}

static void
put_url(struct json_writer *json, const struct content_url *url)
{
	json_begin_object(json, NULL);
	json_put_str(json, "url", url->url.normal);
	json_put_str(json, "raw", url->url.raw);
	put_optional(json, "host", url->url.host);
	put_optional(json, "registered", url->url.registered);
	json_put_text(json, "place", url_place_text(url->place));
	json_put_text(json, "use", url->place == URL_IN_HTML ?
	    html_use_text(url->use) : NULL);
	if (url->part != NULL)
		json_put_int(json, "part", url->part->number);
	else
		json_put_null(json, "part");
	put_optional(json, "shown", url->shown);
	json_put_bool(json, "misleads", url->misleads);
	json_put_text(json, "hidden", url->hidden != HTML_SEEN ?
	    html_hidden_text(url->hidden) : NULL);
	json_begin_array(json, "oddities");
	for (unsigned bit = 1; bit <= URL_NO_SCHEME; bit <<= 1)
		if ((url->url.oddities & bit) != 0)
			json_put_text(json, NULL, url_oddity_name(bit));
	json_end_array(json);
	put_optional(json, "inner", url->url.inner != NULL ?
	    url->url.inner->normal : STR(""));
	json_end_object(json);
}

void
mime_write_json(const struct mime_story *story, struct buf *out)
{
	const struct content *content = &story->content;
	struct json_writer json;

	json_begin(&json, out);
	json_begin_object(&json, NULL);
	json_put_text(&json, "file", story->file);
	json_put_str(&json, "subject", content->subject);
	put_oddities(&json, story->message->oddities | content->oddities);
	put_parts(&json, story);
	json_begin_array(&json, "texts");
	for (size_t i = 0; i < content->texts.len; i++)
		put_text(&json, vec_at(&content->texts, i));
	json_end_array(&json);
	json_begin_array(&json, "urls");
	for (size_t i = 0; i < content->urls.len; i++)
		put_url(&json, vec_at(&content->urls, i));
	json_end_array(&json);
	json_put_bool(&json, "cut", content->oddities != 0);
	json_end_object(&json);
	json_end(&json);
	buf_add_char(out, '\n');
}
