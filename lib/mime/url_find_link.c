/* SPDX-License-Identifier: ISC */
/* url_find_link.c - where a link in text ends. */
#include "mime/url_find_private.h"

#include <string.h>

#include "base/arena.h"

/* So many hosts of other scripts that have no known suffix are looked at in one
 * text: each costs some microseconds, and honest people write few. */
#define FOREIGN_MAX 1000

/* Punctuation that ends a sentence, not a link. */
static bool
is_final(char c)
{
	return c != '\0' && strchr(".,:;!?'*", c) != NULL;
}

/* What rest_end() looks at: brackets, and what may be an end. */
static const bool tells[256] = {
	[0 ... ' '] = true, ['"'] = true, ['('] = true, [')'] = true,
	['<'] = true, ['>'] = true, ['['] = true, [']'] = true, ['{'] = true,
	['}'] = true, [0x7f ... 0xff] = true,
};

/* Where the path and all behind it end, that begin at position at. A bracket
 * that was not opened within belongs to the text around. */
static size_t
rest_end(const struct finder *finder, size_t at)
{
	size_t start = at, round = 0, square = 0, curly = 0;

	for (; at < finder->text.len; at++) {
		char c = finder->text.data[at];
		size_t *open;

		if (!tells[(unsigned char)c])
			continue;
		open = c == '(' || c == ')' ? &round :
		    c == '[' || c == ']' ? &square :
		    c == '{' || c == '}' ? &curly : NULL;
		if (finder_is_end(str_from_pos(finder->text, at)))
			break;
		if (open != NULL && finder_closing(c) != '\0')
			++*open;
		else if (open != NULL && (*open)-- == 0)
			break;
	}
	while (at > start && is_final(finder->text.data[at - 1]))
		at--;
	return at;
}

/* The host, and all before it, that begin at position at. */
static size_t
authority_end(const struct finder *finder, size_t at)
{
	size_t start = at, dot;
	bool is_literal = finder_byte(finder, at) == '[';

	while (at < finder->text.len && at - start < URL_HOST_MAX) {
		char c = finder->text.data[at];

		if ((unsigned char)c < 0x80 && finder_is_name(c)) {
			at++;
			continue;
		}
		dot = finder_dot_len(finder, at);
		if (dot != 0) {
			at += dot;
			continue;
		}
		if (finder_is_slash(c) || c == '?' || c == '#' || c == ',' ||
		    c == ')' || c == '(' || (c == ']' && !is_literal) ||
		    finder_is_end(str_from_pos(finder->text, at)))
			break;
		at++;
	}
	return at;
}

/* Before "@" anything may stand; behind it, only what names have. */
static struct str
trim_authority(struct str authority)
{
	size_t at = (size_t)(str_find_last(authority, '@') + 1);

	while (at < authority.len && (finder_is_name(authority.data[at]) ||
	    memchr(":%[](){}", authority.data[at], 8) != NULL))
		at++;
	while (at != 0 && is_final(authority.data[at - 1]))
		at--;
	return str_sub(authority, 0, at);
}

static bool
is_path_start(char c)
{
	return finder_is_slash(c) || c == '?' || c == '#';
}

/* Its ASCII start, with another script behind it; itself, when it has none. */
static struct str
ascii_start(struct str authority)
{
	size_t len = 0;

	while (len < authority.len && (unsigned char)authority.data[len] < 0x80)
		len++;
	return len == 0 ? authority : str_sub(authority, 0, len);
}

/* Text of another script may stand against a host, without a blank: then it ends
 * where it ceases to be ASCII, if only so its suffix is known. */
bool
finder_read_authority(struct finder *finder, struct str *text, struct url *url)
{
	struct str clean = finder_refang(finder, *text), start;
	struct url before;
	bool is_read;

	if (clean.len != text->len)
		url->oddities |= URL_DEFANGED;
	if (str_is_ascii(*text))
		return url_read_authority(finder->reader, clean, url);
	before = *url;
	is_read = finder->foreign <= FOREIGN_MAX &&
	    url_read_authority(finder->reader, clean, url);
	if (is_read && url->is_known)
		return true;
	finder->foreign++;
	start = ascii_start(*text);
	if (start.len == text->len || str_find(*text, '@') >= 0)
		return is_read;
	*url = before;
	*text = start;
	return url_read_authority(finder->reader,
	    finder_refang(finder, start), url);
}

bool
finder_take_link(struct finder *finder, size_t start, size_t host,
    struct url *url)
{
	size_t end = authority_end(finder, host), link_end;
	struct str authority = trim_authority(str_sub(finder->text, host,
	    end - host));
	struct str rest;

	finder->at = end;
	if (!finder_read_authority(finder, &authority, url))
		return false;
	link_end = host + authority.len;
	if (link_end == end && is_path_start(finder_byte(finder, end)))
		link_end = rest_end(finder, end);
	if (link_end > end)
		finder->at = link_end;
	url->raw = str_sub(finder->text, start, link_end - start);
	rest = link_end > end ? str_sub(finder->text, end, link_end - end)
	    : STR("");
	url_read_rest(finder->reader, rest, 0, url);
	return true;
}
