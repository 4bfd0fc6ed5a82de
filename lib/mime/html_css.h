/* SPDX-License-Identifier: ISC */
/* html_css.h - the properties of CSS that the declarations are read by. */
#ifndef MIME_HTML_CSS_H
#define MIME_HTML_CSS_H

#include "mime/html_private.h"

/* Where a declaration goes. */
struct css {
	struct html_declared *declared;
	struct vec *urls;	/* struct str, of url(...); NULL: not wanted */
};

/* A property that is read; CSS_PROPERTY_COUNT: for its url() only. */
struct css_property {
	const char *name;
	enum html_property property;
	/* False: the value means nothing, and nothing was changed that counts
	 * without the property's bit. */
	bool (*set)(struct css *css, struct str value);
};

/* By its name, without regard to case; NULL: it hides nothing. */
const struct css_property *css_property_find(struct str name);

#endif
