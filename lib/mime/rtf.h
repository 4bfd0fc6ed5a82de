/* SPDX-License-Identifier: ISC */
/* rtf.h - a message in rich text, as programs of Microsoft send it to each other. */
#ifndef MIME_RTF_H
#define MIME_RTF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct arena;

/* What was made of one. */
struct rtf_reading {
	struct str text;	/* UTF-8 as charset.h makes it, lines end with
				 * LF */
	bool is_html;		/* text is the page of which it was made
				 * ([MS-OXRTFEX]), not what is read in it */
	bool is_cut;		/* there is more than max */
};

/* The text of a document in rich text, at most max octets of it. The link to
 * which words lead stands before them in "<>"; what is hidden is left out.
 * False: it is none. In arena; time in proportion to the length. Any thread, like
 * the one below. */
bool rtf_read(struct arena *arena, struct str rtf, size_t max,
    struct rtf_reading *reading_r);

/* The octets of which packed was made ([MS-OXRTFCP]), at most max. What is
 * damaged ends there. False: it is nothing of that kind. */
bool rtf_unpack(struct arena *arena, struct str packed, size_t max,
    struct str *rtf_r);

#endif
