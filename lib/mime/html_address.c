/* SPDX-License-Identifier: ISC */
/* html_address.c - addresses in a page, resolved as a browser does. */
#include "base/arena.h"
#include "mime/html_private.h"

static bool
is_cut_within(char c)
{
	return c == '\t' || c == '\r' || c == '\n';
}

struct str
html_address_clean(struct arena *arena, struct str target)
{
	struct buf buf;
	size_t i;

	while (target.len > 0 && (unsigned char)target.data[0] <= ' ')
		target = str_from_pos(target, 1);
	while (target.len > 0 &&
	    (unsigned char)target.data[target.len - 1] <= ' ')
		target.len--;
	for (i = 0; i < target.len && !is_cut_within(target.data[i]); i++)
		;
	if (i == target.len)
		return target;
	buf_init(&buf, arena);
	for (i = 0; i < target.len; i++)
		if (!is_cut_within(target.data[i]))
			buf_add_char(&buf, target.data[i]);
	return buf_str(&buf);
}

/* How long "scheme:" is at the front (RFC 3986 3.1); 0: there is none. */
static size_t
scheme_len(struct str text)
{
	size_t at = 0;

	if (text.len == 0 || !char_is_alpha(text.data[0]))
		return 0;
	while (at < text.len && (char_is_alnum(text.data[at]) ||
	    text.data[at] == '+' || text.data[at] == '-' ||
	    text.data[at] == '.'))
		at++;
	return at < text.len && text.data[at] == ':' ? at + 1 : 0;
}

static bool
is_slash(struct str text, size_t at)
{
	return at < text.len && (text.data[at] == '/' || text.data[at] == '\\');
}

/* Where the path begins in one with a scheme: behind the host. */
static size_t
path_at(struct str base, size_t scheme)
{
	size_t at = scheme;

	if (!is_slash(base, at) || !is_slash(base, at + 1))
		return at;
	for (at += 2; at < base.len && !is_slash(base, at) &&
	    base.data[at] != '?' && base.data[at] != '#'; at++)
		;
	return at;
}

/* How much of base stands in front of a relative path: to its last slash. */
static size_t
folder_len(struct str base, size_t path)
{
	size_t end = path, last = path;

	for (; end < base.len && base.data[end] != '?' &&
	    base.data[end] != '#'; end++)
		if (is_slash(base, end))
			last = end + 1;
	return last;
}

/* What of base goes before target. */
static size_t
kept_len(struct str base, size_t scheme, struct str target)
{
	size_t path = path_at(base, scheme);
	size_t end = path;

	if (is_slash(target, 0))
		return is_slash(target, 1) ? scheme : path;
	if (target.data[0] != '?' && target.data[0] != '#')
		return folder_len(base, path);
	while (end < base.len && base.data[end] != '#' &&
	    (target.data[0] == '#' || base.data[end] != '?'))
		end++;
	return end;
}

struct str
html_address_resolve(struct arena *arena, struct str base, struct str target)
{
	size_t scheme = scheme_len(base);
	struct buf buf;
	size_t kept;

	if (scheme == 0 || target.len == 0 || scheme_len(target) != 0)
		return target;
	kept = kept_len(base, scheme, target);
	buf_init(&buf, arena);
	buf_reserve(&buf, kept + 1 + target.len);
	buf_add(&buf, base.data, kept);
	if (kept > scheme && !is_slash(base, kept - 1) && kept ==
	    path_at(base, scheme) && !is_slash(target, 0) &&
	    target.data[0] != '?' && target.data[0] != '#')
		buf_add_char(&buf, '/');
	buf_add_str(&buf, target);
	return buf_str(&buf);
}

bool
html_address_is_remote(struct str target)
{
	return str_has_prefix_nocase(target, STR("http:")) ||
	    str_has_prefix_nocase(target, STR("https:")) ||
	    (is_slash(target, 0) && is_slash(target, 1));
}

bool
html_srcset_next(struct str *rest, struct str *address_r)
{
	struct str text = *rest;
	size_t len = 0;

	while (text.len > 0 &&
	    (char_is_space(text.data[0]) || text.data[0] == ','))
		text = str_from_pos(text, 1);
	while (len < text.len && !char_is_space(text.data[len]))
		len++;
	*address_r = str_sub(text, 0, len);
	*rest = str_from_pos(text, len);
	if (len == 0)
		return false;
	if (address_r->data[len - 1] == ',') {
		while (address_r->len > 0 &&
		    address_r->data[address_r->len - 1] == ',')
			address_r->len--;
		return true;
	}
	for (len = 0; len < rest->len && rest->data[len] != ','; len++)
		;
	*rest = str_from_pos(*rest, len);
	return true;
}

struct str
html_refresh_address(struct str content)
{
	size_t at = 0;
	char quote;

	while (at < content.len && content.data[at] != ';' &&
	    content.data[at] != ',')
		at++;
	content = str_trim(str_from_pos(content, at + 1));
	if (str_has_prefix_nocase(content, STR("url"))) {
		content = str_trim(str_from_pos(content, 3));
		if (content.len > 0 && content.data[0] == '=')
			content = str_trim(str_from_pos(content, 1));
	}
	quote = content.len > 0 ? content.data[0] : '\0';
	if (quote == '"' || quote == '\'') {
		content = str_from_pos(content, 1);
		if (str_find(content, quote) >= 0)
			content.len = (size_t)str_find(content, quote);
	}
	return content;
}
