/* SPDX-License-Identifier: ISC */
/* limits.h - how much of a message is read: the section `mime`. */
#ifndef MIME_LIMITS_H
#define MIME_LIMITS_H

#include <stdint.h>

struct section;

/* Of one page of HTML (html.h). */
struct html_limits {
	int64_t max_text_bytes;	/* of what is seen, and of what is hidden */
	int64_t max_addresses;
	int64_t max_depth;	/* open elements whose style is kept; deeper ones
				 * take that of the last */
	int64_t max_css_rules;
};

/* Of what a message says (content.h). */
struct content_limits {
	struct html_limits html;
	int64_t max_urls;
};

/* Of all of it (reader.h); beyond a limit the rest is passed over and the message
 * has the oddity of that limit. */
struct mime_limits {
	int64_t max_depth;	/* of nesting */
	int64_t max_parts;
	int64_t max_header_bytes;	/* of one part */
	int64_t max_text_bytes;	/* kept decoded, of one text and 4 times that of
				 * all together */
	int64_t max_content_bytes;	/* kept decoded, of all files together */
	struct content_limits content;
};

/* The section "mime" with these; its settings struct is mime_limits. */
extern const struct section mime_section;
/* What holds where no configuration says anything. */
extern const struct mime_limits mime_default_limits;

#endif
