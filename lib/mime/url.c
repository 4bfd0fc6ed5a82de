/* SPDX-License-Identifier: ISC */
/* url.c - one link, read as browsers do (WHATWG URL 4.4). */
#include "mime/url.h"

#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "mail/public_suffix.h"
#include "mime/url_private.h"

static const char *const oddity_names[] = {
	"userinfo", "numeric_host", "address_host", "punycode", "mixed_script",
	"odd_port", "encoded_host", "odd_slashes", "control", "defanged",
	"redirects", "no_scheme",
};

const char *
url_oddity_name(enum url_oddity oddity)
{
	for (size_t i = 0; i < ARRAY_LEN(oddity_names); i++)
		if (oddity == 1u << i)
			return oddity_names[i];
	return "";
}

#define SCHEME(name, port) { { name, sizeof(name) - 1 }, port }

/* WHATWG URL 3.1, special schemes. */
static const struct url_scheme schemes[] = {
	SCHEME("http", 80), SCHEME("https", 443), SCHEME("ftp", 21),
	SCHEME("ws", 80), SCHEME("wss", 443),
};

const struct url_scheme *
url_scheme_find(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (str_eq_nocase(name, schemes[i].name))
			return &schemes[i];
	return NULL;
}

/* The port that stands behind the last ':' of *host, which is cut there. False:
 * it can be none. */
static bool
take_port(struct str *host, struct url *url)
{
	const struct url_scheme *scheme = url_scheme_find(url->scheme);
	ptrdiff_t colon = str_find_last(*host, ':');
	uint64_t port = 0;
	struct str text;

	if (colon < 0 || host->data[host->len - 1] == ']')
		return true;
	text = str_from_pos(*host, (size_t)colon + 1);
	host->len = (size_t)colon;
	if (text.len == 0)
		return true;
	if (str_to_u64(text, UINT16_MAX, &port) < 0)
		return false;
	if (scheme != NULL && port == scheme->port)
		return true;
	url->port = (unsigned)port;
	url->oddities |= URL_ODD_PORT;
	return true;
}

bool
url_read_authority(struct url_reader *reader, struct str authority,
    struct url *url)
{
	ptrdiff_t at = str_find_last(authority, '@');

	if (at >= 0) {
		url->userinfo = str_sub(authority, 0, (size_t)at);
		url->oddities |= URL_USERINFO;
		authority = str_from_pos(authority, (size_t)at + 1);
	}
	return take_port(&authority, url) &&
	    url_read_host(reader, authority, url);
}

/* Of several addresses the first one has the say (RFC 6068 2). */
bool
url_read_mail(struct url_reader *reader, struct str text, struct url *url)
{
	struct str address, rest = text;
	ptrdiff_t at;

	str_cut(&rest, '?', &address);
	rest = address;
	str_cut(&rest, ',', &address);
	at = str_find_last(address, '@');
	if (at <= 0)
		return false;
	url->userinfo = str_sub(address, 0, (size_t)at);
	return url_read_host(reader, str_from_pos(address, (size_t)at + 1),
	    url);
}

/* "scheme://host:port", or "mailto:ann@host". */
static void
add_front(struct buf *out, const struct url *url)
{
	buf_add_str(out, url->scheme);
	buf_add_char(out, ':');
	if (str_is(url->scheme, "mailto")) {
		url_add_encoded(out, url->userinfo);
		buf_add_char(out, '@');
	} else if (url->host.len != 0 || str_is(url->scheme, "file")) {
		buf_add_text(out, "//");
	}
	if (url->address.len == 16)
		buf_printf(out, "[%.*s]", STR_ARG(url->host));
	else
		buf_add_str(out, url->host);
	if (url->port != 0)
		buf_printf(out, ":%u", url->port);
}

/* The path of what has no host is of a syntax that nobody knows: it stays. */
static void
add_path(struct buf *out, struct str path, const struct url *url)
{
	bool is_special = url_scheme_find(url->scheme) != NULL;

	if (str_is(url->scheme, "mailto"))
		return;
	if (is_special || (url->host.len != 0 && path.len != 0))
		url_add_path(out, path, is_special);
	else
		buf_add_str(out, path);
}

void
url_read_rest(struct url_reader *reader, struct str rest, unsigned depth,
    struct url *url)
{
	struct str whole = rest, link, path, query;
	size_t path_at, query_at;
	struct buf out;

	str_cut(&rest, '#', &link);
	url->fragment = rest.data == NULL ? STR("") : rest;
	query = link;
	str_cut(&query, '?', &path);
	buf_init(&out, reader->arena);
	buf_reserve(&out, url->scheme.len + url->host.len + link.len + 16);
	add_front(&out, url);
	path_at = out.len;
	add_path(&out, path, url);
	query_at = out.len;
	if (query.data != NULL) {
		buf_add_char(&out, '?');
		url_add_encoded(&out, query);
	}
	url->normal = buf_str(&out);
	url->path = str_sub(url->normal, path_at, query_at - path_at);
	url->query = str_from_pos(url->normal, query_at + 1);
	if (url->host.len != 0)
		url->inner = url_inner(reader, whole, depth);
	if (url->inner != NULL)
		url->oddities |= URL_REDIRECTS;
}

/* Without blanks and controls at both ends, and without line ends and tabs
 * anywhere (WHATWG URL 4.4). */
static struct str
clean(struct arena *arena, struct str raw, struct url *url)
{
	struct str text = raw;
	struct buf out;

	while (text.len != 0 && (unsigned char)text.data[0] <= ' ')
		text = str_from_pos(text, 1);
	while (text.len != 0 && (unsigned char)text.data[text.len - 1] <= ' ')
		text.len--;
	if (!url_has_invisible(text))
		return text;
	url->oddities |= URL_CONTROL;
	buf_init(&out, arena);
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] != '\t' && text.data[i] != '\n' &&
		    text.data[i] != '\r')
			buf_add_char(&out, text.data[i]);
	return buf_str(&out);
}

static bool
is_scheme_char(char c)
{
	return char_is_alnum(c) || c == '+' || c == '-';
}

/* Take "https:" off *text. False: none stands there; "example.org:80" has
 * none. */
static bool
take_scheme(struct arena *arena, struct str *text, struct url *url)
{
	const struct url_scheme *scheme;
	size_t len = 0;

	while (len < text->len && is_scheme_char(text->data[len]))
		len++;
	if (len == 0 || len == text->len || text->data[len] != ':' ||
	    !char_is_alpha(text->data[0]))
		return false;
	scheme = url_scheme_find(str_sub(*text, 0, len));
	url->scheme = scheme != NULL ? scheme->name :
	    str_lower(arena, str_sub(*text, 0, len));
	*text = str_from_pos(*text, len + 1);
	return true;
}

static bool
is_slash(char c, bool has_backslashes)
{
	return c == '/' || (has_backslashes && c == '\\');
}

/* Take the slashes off *text, and the authority behind them. False: there is
 * none. */
static bool
take_authority(struct str *text, struct url *url, struct str *authority_r)
{
	bool is_special = url_scheme_find(url->scheme) != NULL;
	size_t slashes = 0, end;

	while (slashes < text->len &&
	    is_slash(text->data[slashes], is_special) &&
	    (is_special || slashes < 2))
		slashes++;
	if (!is_special && slashes < 2)
		return false;
	if ((url->oddities & URL_NO_SCHEME) == 0 && (slashes != 2 ||
	    memchr(text->data, '\\', slashes) != NULL))
		url->oddities |= URL_ODD_SLASHES;
	for (end = slashes; end < text->len; end++)
		if (is_slash(text->data[end], is_special) ||
		    text->data[end] == '?' || text->data[end] == '#')
			break;
	*authority_r = str_sub(*text, slashes, end - slashes);
	*text = str_from_pos(*text, end);
	return true;
}

/* What stands before a port, a path or what else follows a host. */
static struct str
host_of(struct str text)
{
	size_t len = 0;

	while (len < text.len && len <= URL_HOST_MAX &&
	    memchr(":/\\?#", text.data[len], 5) == NULL)
		len++;
	return str_sub(text, 0, len);
}

/* "www.example.org/", "//example.org", "example.org/": the scheme is guessed. */
static bool
guess_scheme(struct str text, struct url *url)
{
	struct str host = host_of(text);
	bool is_relative = text.len > 2 && is_slash(text.data[0], true) &&
	    is_slash(text.data[1], true);

	url->scheme = STR("http");
	url->oddities |= URL_NO_SCHEME;
	if (is_relative || str_has_prefix_nocase(text, STR("www.")))
		return true;
	return str_find(host, '.') > 0 && public_suffix_is_known(host);
}

bool
url_parse_inner(struct url_reader *reader, struct str raw, unsigned depth,
    struct url *url)
{
	struct str text, authority;

	memset(url, 0, sizeof(*url));
	url->raw = raw;
	text = clean(reader->arena, raw, url);
	if (!take_scheme(reader->arena, &text, url) &&
	    !guess_scheme(text, url))
		return false;
	if (str_is(url->scheme, "mailto")) {
		if (!url_read_mail(reader, text, url))
			return false;
	} else if (take_authority(&text, url, &authority)) {
		bool may_be_empty = url_scheme_find(url->scheme) == NULL;

		if (!url_read_authority(reader, authority, url) &&
		    !(may_be_empty && authority.len == 0))
			return false;
	}
	url_read_rest(reader, text, depth, url);
	return true;
}

bool
url_parse(struct arena *arena, struct str raw, struct url *url_r)
{
	struct url_reader reader = { .arena = arena };

	return url_parse_inner(&reader, raw, 0, url_r);
}

struct url_reader *
url_reader_new(struct arena *arena)
{
	struct url_reader *reader = arena_zalloc(arena, sizeof(*reader));

	reader->arena = arena;
	reader->hosts = map_new(arena);
	return reader;
}

bool
url_reader_is_cut(const struct url_reader *reader)
{
	return reader->is_cut;
}

bool
url_reader_parse(struct url_reader *reader, struct str raw, struct url *url_r)
{
	for (size_t i = 0; i < URL_RECENT; i++) {
		const struct url *url = reader->recent[i];

		if (url != NULL && str_eq(url->raw, raw)) {
			*url_r = *url;
			url_r->raw = raw;
			return true;
		}
	}
	if (!url_parse_inner(reader, raw, 0, url_r))
		return false;
	reader->recent[reader->next++ % URL_RECENT] = arena_memdup(
	    reader->arena, url_r, sizeof(*url_r));
	return true;
}
