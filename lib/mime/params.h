/* SPDX-License-Identifier: ISC */
/* params.h - values with parameters: Content-Type, Content-Disposition (RFC
 * 2045 5.1, RFC 2183), their pieces and charsets (RFC 2231). */
#ifndef MIME_PARAMS_H
#define MIME_PARAMS_H

#include "base/str.h"
#include "base/vec.h"
#include "mime/oddity.h"

struct arena;

/* "text/html; charset=utf-8": what stands before the first ';', in lower case
 * ("text/html", "attachment"), and the parameters. */
struct mime_value {
	struct str word;
	struct vec params;	/* struct mime_param (part.h), each name once:
				 * the first one given, and filename* before
				 * filename */
};

/* Read a value of a field; at most 64 parameters of 16 KB together. Taken as
 * clients do: values without quotes that hold blanks, specials or 8-bit octets,
 * encoded words within quotes, comments, missing ';', quotes that do not end,
 * pieces out of order (name*1*, name*0*), pieces that are missing end the value.
 * A boundary keeps its octets. Oddities are added to *oddities (NULL: nobody
 * asks). Time in proportion to the length. */
void params_parse(struct arena *arena, struct str value,
    struct mime_value *value_r, mime_oddities *oddities);

#endif
