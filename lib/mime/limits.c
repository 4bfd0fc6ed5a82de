/* SPDX-License-Identifier: ISC */
/* limits.c - the section "mime" of the configuration. */
#include "mime/limits.h"

#include "base/setting.h"
#include "base/units.h"
#include "base/vec.h"

const struct mime_limits mime_default_limits = {
	.max_depth = 50,
	.max_parts = 5000,
	.max_header_bytes = 256 * KB,
	.max_text_bytes = 4 * MB,
	.max_content_bytes = 256 * MB,
	.content = {
		.html = {
			.max_text_bytes = 4 * MB,
			.max_addresses = 10000,
			.max_depth = 256,
			.max_css_rules = 10000,
		},
		.max_urls = 10000,
	},
};

static const struct setting rows[] = {
	SETTING_INT_ROW("max_depth", struct mime_limits, max_depth, "50", 1,
	    1000, "Parts within parts deeper than this are read as text, "
	    "oddity limit_depth."),
	SETTING_INT_ROW("max_parts", struct mime_limits, max_parts, "5000", 1,
	    1000000, "What follows after so many parts of a message is not "
	    "read, oddity limit_parts."),
	SETTING_SIZE_ROW("max_header_size", struct mime_limits,
	    max_header_bytes, "256k", 1 * KB, 64 * MB,
	    "What the header of one part has beyond this size is not read, "
	    "oddity limit_header."),
	SETTING_SIZE_ROW("max_text_size", struct mime_limits, max_text_bytes,
	    "4m", 4 * KB, 1 * GB,
	    "What a text has beyond this size, and all texts of a message "
	    "beyond four times of it, is not read, oddity limit_text."),
	SETTING_SIZE_ROW("max_content_size", struct mime_limits,
	    max_content_bytes, "256m", 4 * KB, 16 * GB,
	    "What the files of a message have together beyond this size is "
	    "not kept, oddity limit_content."),
	SETTING_INT_ROW("max_urls", struct mime_limits, content.max_urls,
	    "10000", 1, 1000000, "After so many different links of a message "
	    "no more are looked for, nor after twice as many of which some "
	    "are alike, oddity limit_urls."),
	SETTING_SIZE_ROW("max_page_text_size", struct mime_limits,
	    content.html.max_text_bytes, "4m", 4 * KB, 1 * GB,
	    "What the text of a page of HTML has beyond this size, as it is "
	    "seen, is not read, and the same of what the page hides, oddity "
	    "limit_page."),
	SETTING_INT_ROW("max_page_addresses", struct mime_limits,
	    content.html.max_addresses, "10000", 1, 1000000,
	    "Links, images and other addresses of a page of HTML beyond so "
	    "many are not read, oddity limit_page."),
	SETTING_INT_ROW("max_page_depth", struct mime_limits,
	    content.html.max_depth, "256", 2, 10000,
	    "Elements of HTML within one another deeper than this are taken "
	    "to look like the one around them, oddity limit_page."),
	SETTING_INT_ROW("max_page_rules", struct mime_limits,
	    content.html.max_css_rules, "10000", 1, 1000000,
	    "Rules in the style sheets of a page of HTML beyond so many are "
	    "not read, oddity limit_page."),
};

const struct section mime_section = {
	.name = "mime",
	.help = "How much of a message is read. What lies beyond is passed "
	    "over, and the message has the oddity of that limit.",
	.size = sizeof(struct mime_limits),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
};
