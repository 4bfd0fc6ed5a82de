/* SPDX-License-Identifier: ISC */
/* content.c - texts, pages and links of a message, gathered from its parts. */
#include "mime/content.h"

#include "base/arena.h"
#include "base/map.h"
#include "mail/header.h"
#include "mime/part.h"
#include "mime/words.h"

const struct content_limits content_default_limits = {
	.html = {
		.max_text_bytes = 4 << 20,
		.max_addresses = 10000,
		.max_depth = 256,
		.max_css_rules = 10000,
	},
	.max_urls = 10000,
};

/* Longer ones are data, not places; of them the begin says enough. */
#define MAX_TARGET 4096
/* A link's text is looked through so far for a link of its own. */
#define MAX_SHOWN 512

static const char *const place_words[] = {
	[URL_IN_SUBJECT] = "subject",
	[URL_IN_TEXT] = "text",
	[URL_IN_HTML_TEXT] = "html text",
	[URL_IN_HTML] = "html",
	[URL_IN_CALENDAR] = "calendar",
	[URL_IN_FILE] = "file",
};

const char *
url_place_text(enum url_place place)
{
	return place_words[place];
}

struct gathering {
	struct arena *arena;
	const struct content_limits *limits;
	struct content *content;
	struct map *known;	/* of the links that stand there already */
};

/* --- links -------------------------------------------------------------------- */

/* Is it there already? What misleads is told apart from what does not. */
static bool
is_known(struct gathering *gathering, const struct content_url *url)
{
	struct buf key;

	buf_init(&key, gathering->arena);
	buf_add_char(&key, (char)('a' + (int)url->place));
	buf_add_char(&key, (char)('a' + (int)url->use));
	buf_add_char(&key, url->misleads ? '!' : ' ');
	buf_add_str(&key, url->url.normal);
	return map_put(gathering->known, buf_str(&key), gathering) != NULL;
}

static void
add_url(struct gathering *gathering, const struct content_url *url)
{
	struct content *content = gathering->content;

	content->url_count++;
	if (content->urls.len == gathering->limits->max_urls)
		content->is_cut = true;
	else if (!is_known(gathering, url))
		*(struct content_url *)vec_push(&content->urls) = *url;
}

/* Every link in text, as many as there is room for. */
static void
find_urls(struct gathering *gathering, struct str text, enum url_place place,
    const struct mime_part *part)
{
	struct content_url url = { .place = place, .part = part,
		.shown = STR(""), .shown_host = STR("") };
	struct vec found;

	vec_init(&found, gathering->arena, sizeof(struct url));
	url_find(gathering->arena, text, gathering->limits->max_urls, &found);
	gathering->content->is_cut |=
	    found.len == gathering->limits->max_urls;
	for (size_t i = 0; i < found.len; i++) {
		url.url = *(struct url *)vec_at(&found, i);
		add_url(gathering, &url);
	}
}

/* The link that the text of another one looks like. */
static bool
find_shown(struct gathering *gathering, struct str shown, struct url *url_r)
{
	struct vec found;

	if (str_find(shown, '.') < 0)
		return false;
	shown = str_sub(shown, 0, MAX_SHOWN);
	vec_init(&found, gathering->arena, sizeof(struct url));
	url_find(gathering->arena, shown, 1, &found);
	if (found.len > 0) {
		*url_r = *(struct url *)vec_at(&found, 0);
		return true;
	}
	/* "bank.example" alone is a name too, where it is all of the text. */
	return str_find(shown, ' ') < 0 && str_find(shown, '\n') < 0 &&
	    url_parse(gathering->arena, shown, url_r) &&
	    url_r->registered.len > 0;
}

static void
compare_shown(struct gathering *gathering, struct content_url *url)
{
	struct url shown;

	if (!find_shown(gathering, url->shown, &shown) || shown.host.len == 0)
		return;
	url->shown_host = shown.host;
	url->misleads = url->url.host.len > 0 &&
	    !str_eq(shown.host, url->url.host) &&
	    (shown.registered.len == 0 ||
	    !str_eq(shown.registered, url->url.registered));
}

static void
add_address(struct gathering *gathering, const struct html_address *address,
    const struct mime_part *part)
{
	struct content_url url = {
		.place = URL_IN_HTML,
		.use = address->use,
		.hidden = address->hidden,
		.part = part,
		.shown = address->shown,
		.shown_host = STR(""),
	};

	if (!url_parse(gathering->arena, str_sub(address->target, 0,
	    MAX_TARGET), &url.url))
		return;
	if (address->use == HTML_LINK)
		compare_shown(gathering, &url);
	add_url(gathering, &url);
}

/* --- parts -------------------------------------------------------------------- */

static void
read_html(struct gathering *gathering, const struct mime_part *part,
    struct content_text *text)
{
	struct html_page *page = arena_alloc(gathering->arena, sizeof(*page));

	html_read(gathering->arena, part->text, &gathering->limits->html,
	    page);
	text->page = page;
	text->text = page->text;
	gathering->content->is_cut |= page->is_cut;
	for (size_t i = 0; i < page->addresses.len; i++)
		add_address(gathering, vec_at(&page->addresses, i), part);
	find_urls(gathering, page->text, URL_IN_HTML_TEXT, part);
}

/* A line that begins with a blank goes on with the one before (RFC 5545 3.1, RFC
 * 6350 3.2). */
static struct str
unfold_lines(struct arena *arena, struct str text)
{
	struct buf buf;

	buf_init(&buf, arena);
	buf_reserve(&buf, text.len);
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\n' && i + 1 < text.len &&
		    char_is_blank(text.data[i + 1]))
			i++;
		else
			buf_add_char(&buf, text.data[i]);
	}
	return buf_str(&buf);
}

static bool
is_calendar(const struct mime_part *part)
{
	return mime_part_is(part, "text", "calendar") ||
	    mime_part_is(part, "text", "vcard") ||
	    mime_part_is(part, "text", "x-vcard") ||
	    mime_part_is(part, "text", "directory");
}

static void
read_part(struct gathering *gathering, const struct mime_part *part)
{
	struct content_text *text = vec_push(&gathering->content->texts);

	text->part = part;
	text->text = part->text;
	if (mime_part_is(part, "text", "html") ||
	    mime_part_is(part, "application", "xhtml+xml"))
		read_html(gathering, part, text);
	else if (is_calendar(part))
		find_urls(gathering, unfold_lines(gathering->arena,
		    part->text), URL_IN_CALENDAR, part);
	else
		find_urls(gathering, part->text, URL_IN_TEXT, part);
}

static struct str
read_subject(struct arena *arena, const struct header_list *headers)
{
	const struct header *subject = header_first(headers, "Subject");

	return subject == NULL ? STR("") :
	    words_decode(arena, subject->value, NULL);
}

void
content_read(struct arena *arena, const struct header_list *headers,
    const struct mime_message *message, const struct content_limits *limits,
    struct content *content_r)
{
	struct gathering gathering = { arena, limits, content_r,
		map_new(arena) };

	*content_r = (struct content){ 0 };
	vec_init(&content_r->texts, arena, sizeof(struct content_text));
	vec_init(&content_r->urls, arena, sizeof(struct content_url));
	content_r->subject = read_subject(arena, headers);
	find_urls(&gathering, content_r->subject, URL_IN_SUBJECT, NULL);
	for (const struct mime_part *part = message->root; part != NULL;
	    part = mime_part_after(part))
		if (part->text.len > 0)
			read_part(&gathering, part);
}
