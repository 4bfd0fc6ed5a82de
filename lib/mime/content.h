/* SPDX-License-Identifier: ISC */
/* content.h - what a message says: its texts, pages, links, in one pass over
 * the parts that were read. */
#ifndef MIME_CONTENT_H
#define MIME_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "base/vec.h"
#include "mime/html.h"
#include "mime/url.h"

struct arena;
struct header_list;
struct mime_message;
struct mime_part;

/* Where a link was seen. */
enum url_place {
	URL_IN_SUBJECT,
	URL_IN_TEXT,
	URL_IN_HTML_TEXT,	/* seen, but no link of the page */
	URL_IN_HTML,		/* use says as what */
	URL_IN_CALENDAR,	/* text/calendar, text/vcard */
	URL_IN_FILE,		/* a worker found it */
};

const char *url_place_text(enum url_place place);

struct content_url {
	struct url url;
	enum url_place place;
	enum html_use use;	/* of URL_IN_HTML */
	enum html_hidden hidden;
	const struct mime_part *part;	/* NULL: the message's header */
	struct str shown;	/* the text of a link, "" */
	struct str shown_host;	/* the host that this text names, when it looks
				 * like a link of its own; "" */
	bool misleads;		/* that is another registered domain than the
				 * link's */
};

/* One text part, as read. */
struct content_text {
	const struct mime_part *part;
	struct str text;		/* what is seen */
	const struct html_page *page;	/* NULL: it is no HTML */
};

struct content {
	struct str subject;		/* decoded */
	struct vec texts;		/* struct content_text */
	struct vec urls;		/* struct content_url; each normal form
					 * once a place and use */
	size_t url_count;		/* all, before doubles went */
	bool is_cut;			/* a limit was reached */
};

struct content_limits {
	struct html_limits html;
	size_t max_urls;
};

extern const struct content_limits content_default_limits;

/* Read what the parts say. headers: the message's own. All texts in arena,
 * which holds the message too. */
void content_read(struct arena *arena, const struct header_list *headers,
    const struct mime_message *message, const struct content_limits *limits,
    struct content *content_r);

#endif
