/* SPDX-License-Identifier: ISC */
/* ooxml.c - documents that are ZIP files (ECMA-376, OpenDocument): macros, and
 * what they load from elsewhere.
 *
 * There is nothing to read here of a file as a whole: the archive tells its
 * entries, and names say most. Of the XML only tags and attributes matter, so no
 * parser of XML is let near it: entities, character sets and depth are nothing
 * that a tag has. */
#include <string.h>

#include "avscan/look.h"
#include "base/arena.h"
#include "base/vec.h"

/* No relations of a real document take more. */
#define XML_MAX ((size_t)8 * 1024 * 1024)

static bool
fits(const struct piece *piece)
{
	(void)piece;
	return false;
}

/* Within the path: case and the kind of slash make no difference to Office. */
static bool
has_part(struct str path, const char *part)
{
	size_t len = strlen(part);

	for (size_t i = 0; i + len <= path.len; i++) {
		size_t j = 0;

		while (j < len && (char_lower(path.data[i + j]) == part[j] ||
		    (part[j] == '/' && path.data[i + j] == '\\')))
			j++;
		if (j == len)
			return true;
	}
	return false;
}

static const struct {
	const char *part;
	enum scan_mark mark;
} names[] = {
	{ "[content_types].xml", SCAN_MARK_document_zip },
	{ "vbaproject.bin", SCAN_MARK_macros },
	{ "xl/macrosheets/", SCAN_MARK_macros_sheet },
	{ "activex/", SCAN_MARK_activex },
	{ "/embeddings/", SCAN_MARK_embedded_object },
	/* OpenDocument (part 2, 2.2) */
	{ "meta-inf/manifest.xml", SCAN_MARK_document_zip },
	{ "basic/script-lc.xml", SCAN_MARK_macros },
	{ "scripts/", SCAN_MARK_macros },
};

/* --- tags ----------------------------------------------------------------- */

/* Take the next tag, without < and >, off *rest. */
static bool
next_tag(struct str *rest, struct str *tag_r)
{
	ptrdiff_t begin = str_find(*rest, '<'), end;

	if (begin < 0)
		return false;
	*rest = str_from_pos(*rest, (size_t)begin + 1);
	end = str_find(*rest, '>');
	if (end < 0)
		return false;
	*tag_r = str_sub(*rest, 0, (size_t)end);
	*rest = str_from_pos(*rest, (size_t)end + 1);
	return true;
}

/* "Relationship", whatever stands for its name space. */
static bool
is_tag(struct str tag, const char *name)
{
	size_t end = 0;
	ptrdiff_t colon;
	struct str own;

	while (end < tag.len && !char_is_space(tag.data[end]) &&
	    tag.data[end] != '/')
		end++;
	own = str_sub(tag, 0, end);
	colon = str_find(own, ':');
	return str_is(colon < 0 ? own : str_from_pos(own, (size_t)colon + 1),
	    name);
}

static struct str
skip_space(struct str text)
{
	size_t n = 0;

	while (n < text.len && char_is_space(text.data[n]))
		n++;
	return str_from_pos(text, n);
}

/* What stands behind an attribute's name: = and a value in quotes. */
static bool
is_value(struct str rest, struct str *value_r)
{
	ptrdiff_t end;

	rest = skip_space(rest);
	if (rest.len == 0 || rest.data[0] != '=')
		return false;
	rest = skip_space(str_from_pos(rest, 1));
	if (rest.len == 0 || (rest.data[0] != '"' && rest.data[0] != '\''))
		return false;
	end = str_find(str_from_pos(rest, 1), rest.data[0]);
	*value_r = str_sub(rest, 1, end < 0 ? 0 : (size_t)end);
	return true;
}

/* The value of the first attribute of this name, "" without. */
static struct str
attribute(struct str tag, const char *name)
{
	struct str rest = tag, value;
	size_t len = strlen(name);
	ptrdiff_t at;

	while ((at = str_find(rest, name[0])) >= 0) {
		const char *begin = rest.data + at;
		bool is_it = rest.len - (size_t)at >= len &&
		    memcmp(begin, name, len) == 0 && begin != tag.data &&
		    char_is_space(begin[-1]);

		rest = str_from_pos(rest, (size_t)at + (is_it ? len : 1));
		if (is_it && is_value(rest, &value))
			return value;
	}
	return STR("");
}

/* Parts may be in UTF-16: what matters is ASCII in either. */
static struct str
narrow(struct look *look, struct str xml)
{
	struct buf plain;

	xml = str_sub(xml, 0, XML_MAX);
	if (memchr(xml.data, '\0', xml.len < 8 ? xml.len : 8) == NULL)
		return xml;
	buf_init(&plain, look->arena);
	buf_reserve(&plain, xml.len / 2);
	for (size_t i = 0; i < xml.len; i++)
		if (xml.data[i] != '\0')
			buf_add_char(&plain, xml.data[i]);
	return buf_str(&plain);
}

/* --- what they say -------------------------------------------------------- */

/* The five that XML has (XML 1.0 4.6) but for those that no link has. */
static struct str
unescape(struct look *look, struct str text)
{
	struct buf plain;

	buf_init(&plain, look->arena);
	while (text.len != 0) {
		bool is_amp = text.len >= 5 &&
		    memcmp(text.data, "&amp;", 5) == 0;

		buf_add_char(&plain, text.data[0]);
		text = str_from_pos(text, is_amp ? 5 : 1);
	}
	return buf_str(&plain);
}

/* A relation to something outside (ECMA-376 part 2, 9.3). A link waits for a
 * click; anything else is loaded when the document is opened. */
static void
read_relation(struct look *look, struct str tag)
{
	struct str target, type = attribute(tag, "Type");

	if (!str_is_nocase(attribute(tag, "TargetMode"), "External"))
		return;
	target = attribute(tag, "Target");
	if (str_has_suffix_nocase(type, STR("/attachedTemplate")))
		look_mark(look, SCAN_MARK_external_template);
	else if (!str_has_suffix_nocase(type, STR("/hyperlink")))
		look_mark(look, SCAN_MARK_external_link);
	look_add_link(look, unescape(look, target));
}

static bool
wants_entry(struct str name)
{
	return str_has_suffix_nocase(name, STR(".rels")) ||
	    str_is_nocase(name, "META-INF/manifest.xml");
}

static void
read_entry(struct look *look, struct str name, struct str data)
{
	struct str rest, tag;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (has_part(name, names[i].part))
			look_mark(look, names[i].mark);
	if (!wants_entry(name) || data.len == 0)
		return;
	rest = narrow(look, data);
	while (next_tag(&rest, &tag))
		if (is_tag(tag, "Relationship"))
			read_relation(look, tag);
		else if (is_tag(tag, "encryption-data"))
			look_mark(look, SCAN_MARK_document_encrypted);
}

const struct parser parser_ooxml = {
	.fits = fits,
	.wants_entry = wants_entry,
	.read_entry = read_entry,
};
