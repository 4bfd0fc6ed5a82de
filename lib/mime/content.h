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
#include "mime/oddity.h"
#include "mime/url.h"

struct arena;
struct header_list;
struct mime_message;
struct mime_part;
struct txn;

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
	mime_oddities oddities;		/* limits that it reached */
};

struct content {
	struct str subject;		/* decoded */
	struct vec texts;		/* struct content_text */
	struct vec urls;		/* struct content_url; each normal form
					 * once a place and use */
	size_t url_count;		/* all, before doubles went */
	mime_oddities oddities;		/* limits that were reached */
};

/* Read what the parts say. headers: the message's own. All texts in arena,
 * which holds the message too. */
void content_read(struct arena *arena, const struct header_list *headers,
    const struct mime_message *message, const struct content_limits *limits,
    struct content *content_r);

/* What the message of txn says, which is complete and was taken apart
 * (txn->mime); read when it is asked for first, and kept there. */
const struct content *content_of(struct txn *txn);

#endif
