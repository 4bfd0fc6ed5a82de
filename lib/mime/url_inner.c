/* SPDX-License-Identifier: ISC */
/* url_inner.c - the link that another one carries (redirectors).
 *
 * "?u=https%3A%2F%2Fevil.example%2F", "/https://evil.example/", base64 of one,
 * and the forms of one well-known mail gateway ("u=https-3A__evil.example_",
 * "/__https://evil.example/__;"). Each piece between delimiters is looked at
 * once, and few of them are read as links.
 */
#include "mime/url.h"

#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "mime/url_private.h"

#define TRIES_MAX 8
#define UNESCAPE_MAX 3

struct search {
	struct url_reader *reader;
	unsigned depth;
	unsigned tries;
	struct url *found;
};

static bool
is_link(struct str text)
{
	return str_has_prefix_nocase(text, STR("http:/")) ||
	    str_has_prefix_nocase(text, STR("https:/")) ||
	    str_has_prefix_nocase(text, STR("http:\\")) ||
	    str_has_prefix_nocase(text, STR("https:\\")) ||
	    str_has_prefix_nocase(text, STR("ftp://"));
}

static void
try_link(struct search *search, struct str text)
{
	struct url url;

	search->tries++;
	if (!url_parse_inner(search->reader, text, search->depth + 1, &url))
		return;
	search->found = arena_memdup(search->reader->arena, &url,
	    sizeof(url));
}

/* "https-3A__evil.example_path": "-" for "%", "_" for "/". */
static struct str
undo_dashes(struct arena *arena, struct str text)
{
	char *out = str_dup(arena, text);

	for (size_t i = 0; i < text.len; i++)
		out[i] = out[i] == '-' ? '%' : out[i] == '_' ? '/' : out[i];
	return url_unescape(arena, str_of(out, text.len));
}

/* Base64 of either alphabet (RFC 4648 4 and 5). False: it is none. */
static bool
undo_base64(struct arena *arena, struct str text, struct str *out_r)
{
	char *copy = str_dup(arena, text);

	for (size_t i = 0; i < text.len; i++)
		copy[i] = copy[i] == '-' ? '+' : copy[i] == '_' ? '/' : copy[i];
	while (text.len != 0 && copy[text.len - 1] == '=')
		text.len--;
	return base64_decode(arena, str_of(copy, text.len), out_r) == 0;
}

/* A piece between delimiters, which may have a link in some encoding. */
static void
look_at_piece(struct search *search, struct str piece)
{
	struct arena *arena = search->reader->arena;

	for (int i = 0; i < UNESCAPE_MAX && !is_link(piece) &&
	    str_find(piece, '%') >= 0; i++)
		piece = url_unescape(arena, piece);
	if (str_has_prefix_nocase(piece, STR("http-3A__")) ||
	    str_has_prefix_nocase(piece, STR("https-3A__")))
		piece = undo_dashes(arena, piece);
	/* "http" in base64. */
	else if (piece.len > 8 && memcmp(piece.data, "aHR0c", 5) == 0 &&
	    !undo_base64(arena, piece, &piece))
		return;
	if (is_link(piece))
		try_link(search, piece);
}

static const bool delimiters[256] = {
	['/'] = true, ['?'] = true, ['&'] = true, ['='] = true, [';'] = true,
	['#'] = true, ['\\'] = true,
};

static bool
is_delimiter(char c)
{
	return delimiters[(unsigned char)c];
}

/* Is it worth to be looked at: encoded, or a base64 of some length? */
static bool
is_candidate(struct str piece)
{
	return piece.len > 8 && (str_has_prefix_nocase(piece, STR("http")) ||
	    str_has_prefix_nocase(piece, STR("ftp%3a")) ||
	    piece.data[0] == '%' || memcmp(piece.data, "aHR0c", 5) == 0);
}

/* A link that stands here as it is: to the end, or, as a value of a parameter,
 * to the next one. */
static void
look_at_plain(struct search *search, struct str rest, size_t start)
{
	struct str text = str_from_pos(rest, start);
	char before = start == 0 ? '\0' : rest.data[start - 1];
	const char *end = NULL;

	if (before == '=')
		end = memchr(text.data, '&', text.len);
	else if (before == '_')
		end = memmem(text.data, text.len, "__;", 3);
	if (end != NULL)
		text.len = (size_t)(end - text.data);
	if (is_link(text))
		try_link(search, text);
}

struct url *
url_inner(struct url_reader *reader, struct str rest, unsigned depth)
{
	struct search search = { .reader = reader, .depth = depth };
	size_t start = 0;

	for (size_t i = 0; i <= rest.len && depth < URL_DEPTH_MAX; i++) {
		struct str piece;

		if (i < rest.len && !is_delimiter(rest.data[i]))
			continue;
		piece = str_sub(rest, start, i - start);
		if (piece.len > 3 && piece.data[piece.len - 1] == ':')
			look_at_plain(&search, rest,
			    start + (str_has_prefix_nocase(piece,
			    STR("__http")) ? 2 : 0));
		else if (is_candidate(piece))
			look_at_piece(&search, piece);
		if (search.found != NULL || search.tries == TRIES_MAX)
			break;
		start = i + 1;
	}
	return search.found;
}
