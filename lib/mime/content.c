/* SPDX-License-Identifier: ISC */
/* content.c - texts, pages and links of a message, gathered from its parts. */
#include "mime/content.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "mail/header.h"
#include "mail/txn.h"
#include "mime/part.h"
#include "mime/words.h"

/* Longer ones are data, not places; of them the begin says enough. */
#define MAX_TARGET 4096
/* A link's text is looked through so far for a link of its own. */
#define MAX_SHOWN 512
/* For each link that is kept so many are looked at, as some come again and
 * again: what is beyond is cut, for each takes time and memory. */
#define MAX_LOOKED_AT 2

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
	struct buf key;		/* of the map, each time anew */
	struct url_reader *reader;
	size_t looked_at;
};

/* A limit was reached in this text. */
static void
note_limit(struct gathering *gathering, struct content_text *text,
    enum mime_oddity limit)
{
	text->oddities |= mime_odd(limit);
	gathering->content->oddities |= mime_odd(limit);
}

/* --- links -------------------------------------------------------------------- */

/* Was it seen before? What misleads is told apart from what does not. */
static struct str
key_of(struct gathering *gathering, const struct content_url *url)
{
	struct buf *key = &gathering->key;

	buf_clear(key);
	buf_add_char(key, (char)('a' + (int)url->place));
	buf_add_char(key, (char)('a' + (int)url->use));
	buf_add_char(key, url->misleads ? '!' : ' ');
	buf_add_str(key, url->url.normal);
	return buf_str(key);
}

static bool
is_full(const struct gathering *gathering)
{
	return gathering->content->urls.len ==
	    (size_t)gathering->limits->max_urls;
}

/* How many links may still be looked at. */
static size_t
room(const struct gathering *gathering)
{
	if (mime_has(gathering->content->oddities, MIME_ODD_limit_urls))
		return 0;
	return (size_t)gathering->limits->max_urls * MAX_LOOKED_AT -
	    gathering->looked_at;
}

/* Another link is there: may it be looked at? */
static bool
may_look(struct gathering *gathering, struct content_text *text)
{
	bool has_room = room(gathering) > 0;

	if (has_room)
		gathering->looked_at++;
	else
		note_limit(gathering, text, MIME_ODD_limit_urls);
	return has_room;
}

static void
add_url(struct gathering *gathering, const struct content_url *url,
    struct content_text *text)
{
	struct content *content = gathering->content;
	struct str key = key_of(gathering, url);

	content->url_count++;
	if (is_full(gathering)) {
		if (map_find(gathering->known, key) == NULL)
			note_limit(gathering, text, MIME_ODD_limit_urls);
	} else if (map_put(gathering->known, key, gathering) == NULL) {
		*(struct content_url *)vec_push(&content->urls) = *url;
	}
}

/* The texts of the links of a page, while its text is gone through. */
struct link_texts {
	const struct html_page *page;	/* NULL: there are none */
	size_t next;		/* of its addresses */
	const char *end;	/* of the texts up to that one */
	const char *blank;	/* the last one in them; NULL */
};

/* The texts reach to the end of this one too. */
static void
extend(struct link_texts *texts, struct str shown)
{
	const char *end = shown.data + shown.len, *from = shown.data, *blank;

	if (texts->end != NULL && texts->end > from)
		from = texts->end;
	if (end <= from)
		return;
	blank = memrchr(from, ' ', (size_t)(end - from));
	if (blank != NULL)
		texts->blank = blank;
	texts->end = end;
}

/* Is that a slice of text? Else one is no place in the other. */
static bool
is_slice_of(struct str slice, struct str text)
{
	return slice.len != 0 &&
	    (uintptr_t)slice.data >= (uintptr_t)text.data &&
	    (uintptr_t)slice.data < (uintptr_t)text.data + text.len;
}

/* Does raw, which stands behind those asked for before, lie within the text of a
 * link? Addresses stand in the order of their tags, and so do their texts. */
static bool
is_link_text(struct link_texts *texts, struct str raw)
{
	const struct html_page *page = texts->page;

	for (; page != NULL && texts->next < page->addresses.len;
	    texts->next++) {
		const struct html_address *address = vec_at(&page->addresses,
		    texts->next);

		if (!is_slice_of(address->shown, page->text))
			continue;
		if (address->shown.data > raw.data)
			break;
		extend(texts, address->shown);
	}
	return texts->end != NULL && raw.data + raw.len <= texts->end;
}

/* A text while it is gone through. */
struct search {
	struct gathering *gathering;
	struct content_text *where;
	struct content_url url;		/* what all links of it have alike */
	struct link_texts texts;
};

/* What the text of a link has behind raw, but for its last word, with which
 * another one may begin that goes on behind it. */
static size_t
rest_of_link(const struct link_texts *texts, struct str raw)
{
	const char *from = raw.data + raw.len;

	return texts->blank != NULL && texts->blank > from ?
	    (size_t)(texts->blank - from) : 0;
}

static size_t
take_found(void *arg, const struct url *url)
{
	struct search *search = arg;

	if (!may_look(search->gathering, search->where))
		return URL_ENOUGH;
	if (is_link_text(&search->texts, url->raw))
		return rest_of_link(&search->texts, url->raw);
	search->url.url = *url;
	add_url(search->gathering, &search->url, search->where);
	return 0;
}

/* Every link in text, as many as there is room for, but no text of a link of its
 * page. */
static void
find_urls(struct gathering *gathering, struct str text, enum url_place place,
    struct content_text *where)
{
	struct search search = {
		.gathering = gathering,
		.where = where,
		.url = { .place = place, .part = where->part,
			.shown = STR(""), .shown_host = STR("") },
		.texts = { .page = where->page },
	};

	if (!mime_has(gathering->content->oddities, MIME_ODD_limit_urls))
		url_reader_find(gathering->reader, text, take_found, &search);
}

/* The first one is enough. */
static size_t
take_first(void *arg, const struct url *url)
{
	*(struct url *)arg = *url;
	return URL_ENOUGH;
}

/* The link that the text of another one looks like. */
static bool
find_shown(struct gathering *gathering, struct str shown, struct url *url_r)
{
	if (str_find(shown, '.') < 0)
		return false;
	shown = str_sub(shown, 0, MAX_SHOWN);
	url_r->raw = STR("");
	url_reader_find(gathering->reader, shown, take_first, url_r);
	if (url_r->raw.len > 0)
		return true;
	/* "bank.example" alone is a name too, where it is all of the text. */
	return str_find(shown, ' ') < 0 && str_find(shown, '\n') < 0 &&
	    url_reader_parse(gathering->reader, shown, url_r) &&
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
    struct content_text *text)
{
	struct content_url url = {
		.place = URL_IN_HTML,
		.use = address->use,
		.hidden = address->hidden,
		.part = text->part,
		.shown = address->shown,
		.shown_host = STR(""),
	};

	if (!url_reader_parse(gathering->reader, str_sub(address->target, 0,
	    MAX_TARGET), &url.url))
		return;
	if (address->use == HTML_LINK)
		compare_shown(gathering, &url);
	add_url(gathering, &url, text);
}

/* --- parts -------------------------------------------------------------------- */

/* The page of a text, no more of whose addresses are kept than there is room
 * for. */
static const struct html_page *
read_page(struct gathering *gathering, struct content_text *text)
{
	struct html_page *page = arena_alloc(gathering->arena, sizeof(*page));
	struct html_limits limits = gathering->limits->html;
	int64_t most = (int64_t)room(gathering);
	bool is_short = limits.max_addresses > most;

	if (is_short)
		limits.max_addresses = most;
	html_read(gathering->arena, text->part->text, &limits, page);
	if (page->is_cut)
		note_limit(gathering, text, is_short &&
		    page->addresses.len == (size_t)most ? MIME_ODD_limit_urls
		    : MIME_ODD_limit_page);
	return page;
}

static void
read_html(struct gathering *gathering, struct content_text *text)
{
	const struct html_page *page = read_page(gathering, text);

	text->page = page;
	text->text = page->text;
	for (size_t i = 0; i < page->addresses.len; i++) {
		if (!may_look(gathering, text))
			break;
		add_address(gathering, vec_at(&page->addresses, i), text);
	}
	find_urls(gathering, page->text, URL_IN_HTML_TEXT, text);
}

/* A line that begins with a blank goes on with the one before (RFC 5545 3.1, RFC
 * 6350 3.2). */
static struct str
unfold_lines(struct arena *arena, struct str text)
{
	struct buf buf;
	ptrdiff_t end;

	buf_init(&buf, arena);
	buf_reserve(&buf, text.len);
	while ((end = str_find(text, '\n')) >= 0) {
		size_t next = (size_t)end + 1;
		bool goes_on = next < text.len &&
		    char_is_blank(text.data[next]);

		buf_add(&buf, text.data, goes_on ? next - 1 : next);
		text = str_from_pos(text, goes_on ? next + 1 : next);
	}
	buf_add_str(&buf, text);
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
		read_html(gathering, text);
	else if (is_calendar(part))
		find_urls(gathering, unfold_lines(gathering->arena,
		    part->text), URL_IN_CALENDAR, text);
	else
		find_urls(gathering, part->text, URL_IN_TEXT, text);
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
	struct gathering gathering = { .arena = arena, .limits = limits,
		.content = content_r, .known = map_new(arena),
		.reader = url_reader_new(arena) };
	struct content_text header = { .part = NULL };

	buf_init(&gathering.key, arena);
	*content_r = (struct content){ 0 };
	vec_init(&content_r->texts, arena, sizeof(struct content_text));
	vec_init(&content_r->urls, arena, sizeof(struct content_url));
	content_r->subject = read_subject(arena, headers);
	find_urls(&gathering, content_r->subject, URL_IN_SUBJECT,
	    &header);
	for (const struct mime_part *part = message->root; part != NULL;
	    part = mime_part_after(part))
		if (part->text.len > 0)
			read_part(&gathering, part);
	if (url_reader_is_cut(gathering.reader))
		content_r->oddities |= mime_odd(MIME_ODD_limit_urls);
}

const struct content *
content_of(struct txn *txn)
{
	struct content *content;

	if (txn->content != NULL)
		return txn->content;
	content = arena_alloc(txn->arena, sizeof(*content));
	content_read(txn->arena, &txn->headers, txn->mime,
	    &txn->mime->limits->content, content);
	txn->content = content;
	return content;
}
