/* SPDX-License-Identifier: ISC */
/* fuzz_content.c - a whole message through the reader, its texts and links. */
#include "base/arena.h"
#include "base/vec.h"
#include "fuzz.h"
#include "mail/header.h"
#include "mail/message.h"
#include "mime/content.h"
#include "mime/part.h"
#include "mime/reader.h"

static const struct content_limits limits = {
	.html = {
		.max_text_bytes = 2048,
		.max_addresses = 16,
		.max_depth = 16,
		.max_css_rules = 16,
	},
	.max_urls = 20,
};

static bool
is_within(struct str slice, struct str text)
{
	return (uintptr_t)slice.data >= (uintptr_t)text.data &&
	    (uintptr_t)slice.data + slice.len <=
	    (uintptr_t)text.data + text.len;
}

/* What is told of a page's text lies in it, and not in a link's own text. */
static void
check_html_text(const struct content *content, const struct content_url *url)
{
	const struct content_text *text = NULL;

	for (size_t i = 0; i < content->texts.len; i++) {
		text = vec_at(&content->texts, i);
		if (text->part == url->part)
			break;
	}
	must(text != NULL && text->page != NULL);
	must(is_within(url->url.raw, text->text));
	for (size_t i = 0; i < text->page->addresses.len; i++) {
		const struct html_address *address =
		    vec_at(&text->page->addresses, i);

		must(address->shown.len == 0 ||
		    !is_within(url->url.raw, address->shown));
	}
}

static void
check_url(const struct content *content, const struct content_url *url)
{
	must(url->url.normal.len != 0 && url->place <= URL_IN_FILE);
	must((url->place == URL_IN_SUBJECT) == (url->part == NULL));
	must(!url->misleads || (url->shown_host.len != 0 &&
	    !str_eq(url->shown_host, url->url.host)));
	if (url->place == URL_IN_HTML_TEXT)
		check_html_text(content, url);
}

/* Each stands there once a place and use, told apart by what misleads. */
static void
check_doubles(const struct content *content, size_t at)
{
	const struct content_url *url = vec_at(&content->urls, at);

	for (size_t i = 0; i < at; i++) {
		const struct content_url *other = vec_at(&content->urls, i);

		must(url->place != other->place || url->use != other->use ||
		    url->misleads != other->misleads ||
		    !str_eq(url->url.normal, other->url.normal));
	}
}

static void
check(const struct content *content)
{
	must(is_utf8(content->subject));
	must(content->urls.len <= (size_t)limits.max_urls);
	must(content->urls.len <= content->url_count);
	for (size_t i = 0; i < content->texts.len; i++) {
		const struct content_text *text = vec_at(&content->texts, i);

		must(is_utf8(text->text));
		must(text->page == NULL ||
		    text->text.len <= (size_t)limits.html.max_text_bytes);
	}
	for (size_t i = 0; i < content->urls.len; i++) {
		check_url(content, vec_at(&content->urls, i));
		check_doubles(content, i);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct mime_reader *reader = mime_reader_new(arena,
	    &mime_default_limits, NULL);
	struct header_list headers;
	struct message message;
	struct content content;
	struct str name, value;

	header_list_init(&headers, arena);
	message_begin(&message, arena, str_of((const char *)data, size));
	while (message_next_field(&message, &name, &value)) {
		header_list_add(&headers, name, value);
		mime_reader_field(reader, name, value);
	}
	mime_reader_feed(reader, message.rest);
	content_read(arena, &headers, mime_reader_end(reader), &limits,
	    &content);
	check(&content);
	arena_free(&arena);
	return 0;
}
