/* SPDX-License-Identifier: ISC */
/* sa_html_tags.c - the tags that SpamAssassin renders. */
#include "rules/place/sa_html_private.h"

#define ELEMENT SA_TAG_ELEMENT
#define TRICK SA_TAG_TRICK
#define STYLE SA_TAG_STYLE
#define LINE SA_TAG_LINE
#define BLANK SA_TAG_BLANK
#define PARA SA_TAG_PARAGRAPH
#define URI SA_TAG_URI

/* Sorted by name. */
static const struct sa_tag tags[] = {
	{ "a", ELEMENT | STYLE | URI, SA_IN_A },
	{ "abbr", ELEMENT, 0 },
	{ "acronym", ELEMENT, 0 },
	{ "address", ELEMENT, 0 },
	{ "applet", ELEMENT, 0 },
	{ "area", ELEMENT | URI, SA_IN_AREA },
	{ "b", ELEMENT, 0 },
	{ "base", ELEMENT | URI, SA_IN_BASE },
	{ "basefont", ELEMENT | STYLE, 0 },
	{ "bdo", ELEMENT, 0 },
	{ "bgsound", TRICK | URI, SA_IN_BGSOUND },
	{ "big", ELEMENT | STYLE, 0 },
	{ "blockquote", ELEMENT | PARA, 0 },
	{ "body", ELEMENT | STYLE | URI, SA_IN_BODY },
	{ "br", ELEMENT | LINE, 0 },
	{ "button", ELEMENT, 0 },
	{ "caption", ELEMENT, 0 },
	{ "center", ELEMENT, 0 },
	{ "cite", ELEMENT, 0 },
	{ "code", ELEMENT, 0 },
	{ "col", ELEMENT, 0 },
	{ "colgroup", ELEMENT, 0 },
	{ "dd", ELEMENT | BLANK, 0 },
	{ "del", ELEMENT, 0 },
	{ "dfn", ELEMENT, 0 },
	{ "dir", ELEMENT, 0 },
	{ "div", ELEMENT | STYLE | LINE, 0 },
	{ "dl", ELEMENT, 0 },
	{ "dt", ELEMENT | BLANK, 0 },
	{ "em", ELEMENT, 0 },
	{ "embed", TRICK | BLANK | URI, SA_IN_EMBED },
	{ "fieldset", ELEMENT, 0 },
	{ "font", ELEMENT | STYLE, 0 },
	{ "form", ELEMENT | URI, SA_IN_FORM },
	{ "frame", ELEMENT | URI, SA_IN_FRAME },
	{ "frameset", ELEMENT, 0 },
	{ "h1", ELEMENT | BLANK, 0 },
	{ "h2", ELEMENT | BLANK, 0 },
	{ "h3", ELEMENT | BLANK, 0 },
	{ "h4", ELEMENT | BLANK, 0 },
	{ "h5", ELEMENT | BLANK, 0 },
	{ "h6", ELEMENT | BLANK, 0 },
	{ "head", ELEMENT, 0 },
	{ "hr", ELEMENT | PARA, 0 },
	{ "html", ELEMENT, 0 },
	{ "i", ELEMENT, 0 },
	{ "iframe", ELEMENT | URI, SA_IN_IFRAME },
	{ "img", ELEMENT | URI, SA_IN_IMG },
	{ "input", ELEMENT, 0 },
	{ "ins", ELEMENT, 0 },
	{ "isindex", ELEMENT, 0 },
	{ "kbd", ELEMENT, 0 },
	{ "label", ELEMENT, 0 },
	{ "legend", ELEMENT, 0 },
	{ "li", ELEMENT | BLANK, 0 },
	{ "link", ELEMENT | URI, SA_IN_LINK },
	{ "listing", TRICK | PARA, 0 },
	{ "map", ELEMENT, 0 },
	{ "marquee", STYLE, 0 },
	{ "menu", ELEMENT, 0 },
	{ "meta", ELEMENT | URI, SA_IN_META },
	{ "nobr", ELEMENT, 0 },
	{ "noframes", ELEMENT, 0 },
	{ "noscript", ELEMENT, 0 },
	{ "object", ELEMENT, 0 },
	{ "ol", ELEMENT, 0 },
	{ "optgroup", ELEMENT, 0 },
	{ "option", ELEMENT, 0 },
	{ "p", ELEMENT | STYLE | PARA, 0 },
	{ "param", ELEMENT, 0 },
	{ "plaintext", TRICK | PARA, 0 },
	{ "pre", ELEMENT | PARA, 0 },
	{ "q", ELEMENT, 0 },
	{ "s", ELEMENT, 0 },
	{ "samp", ELEMENT, 0 },
	{ "script", ELEMENT | URI, SA_IN_SCRIPT },
	{ "select", ELEMENT, 0 },
	{ "small", ELEMENT | STYLE, 0 },
	{ "span", ELEMENT | STYLE, 0 },
	{ "strike", ELEMENT, 0 },
	{ "strong", ELEMENT, 0 },
	{ "style", ELEMENT, 0 },
	{ "sub", ELEMENT, 0 },
	{ "sup", ELEMENT, 0 },
	{ "table", ELEMENT | STYLE | URI, SA_IN_TABLE },
	{ "tbody", ELEMENT, 0 },
	{ "td", ELEMENT | STYLE | BLANK | URI, SA_IN_TD },
	{ "textarea", ELEMENT, 0 },
	{ "tfoot", ELEMENT, 0 },
	{ "th", ELEMENT | STYLE | BLANK, 0 },
	{ "thead", ELEMENT, 0 },
	{ "title", ELEMENT | PARA, 0 },
	{ "tr", ELEMENT | STYLE | URI, SA_IN_TR },
	{ "tt", ELEMENT, 0 },
	{ "u", ELEMENT, 0 },
	{ "ul", ELEMENT, 0 },
	{ "var", ELEMENT, 0 },
	{ "x-sigsep", ELEMENT, 0 },
	{ "x-tab", ELEMENT, 0 },
	{ "xmp", TRICK | PARA, 0 },
};

_Static_assert(ARRAY_LEN(tags) == SA_TAGS, "pages count each of them");

static int
compare(struct str name, const char *known)
{
	for (size_t i = 0; i < name.len; i++) {
		int order = (unsigned char)name.data[i] -
		    (unsigned char)known[i];

		if (order != 0 || known[i] == '\0')
			return order != 0 ? order : 1;
	}
	return known[name.len] == '\0' ? 0 : -1;
}

const struct sa_tag *
sa_tag_find(struct str name)
{
	size_t low = 0, high = ARRAY_LEN(tags);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(name, tags[middle].name);

		if (order == 0)
			return &tags[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

size_t
sa_tag_number(const struct sa_tag *tag)
{
	return (size_t)(tag - tags);
}
