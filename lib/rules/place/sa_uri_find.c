/* SPDX-License-Identifier: ISC */
/* sa_uri_find.c - addresses in plain text: what Thunderbird or Outlook would make a
 * link of, and names of hosts without a scheme.
 *
 * Three kinds are tried at every place where one may begin: with a scheme or
 * "www.", of mail, a host alone. Each looks at a run of characters whose end is
 * remembered, so that a text is read a bounded number of times. */
#include "base/arena.h"
#include "base/map.h"
#include "rules/place/sa_boundaries.h"
#include "rules/place/sa_html.h"
#include "rules/place/sa_uri.h"

#define REST_MAX ((size_t)2048)
#define HALF_MAX ((size_t)251)
#define HOST_MAX ((size_t)253)
/* More addresses of one message are not kept. */
#define FOUND_MAX ((size_t)10000)

enum stop {
	STOP = 1 << 0,		/* ends an address */
	STOP_MAIL = 1 << 1,	/* ends one of mail */
	STOP_AT = 1 << 2,	/* ends the part before its "@" */
	START = 1 << 3,		/* one may begin behind it */
	START_HOST = 1 << 4,	/* so may a host alone */
	HOST = 1 << 5,		/* stands in names of hosts */
	WORD = 1 << 6,		/* a letter, a digit, "_" */
};

#define STOP_ALL (STOP | STOP_MAIL | STOP_AT)
#define SPACE (STOP_ALL | START | START_HOST)

/* What each octet is (enum stop). */
static const unsigned char class[256] = {
	['\t' ... '\r'] = SPACE, [' '] = SPACE, [0x1b] = SPACE,
	[0x80 ... 0x9f] = STOP_MAIL | STOP_AT, [0xa0] = SPACE,
	[0xa1 ... 0xff] = STOP_MAIL | STOP_AT,
	['0' ... '9'] = HOST | WORD, ['A' ... 'Z'] = HOST | WORD,
	['a' ... 'z'] = HOST | WORD, ['_'] = HOST | WORD,
	['.'] = HOST, ['-'] = HOST,
	['<'] = SPACE, ['>'] = SPACE, ['"'] = SPACE, ['`'] = SPACE,
	['{'] = SPACE, ['['] = SPACE, ['|'] = SPACE,
	['}'] = STOP_ALL | START_HOST, [']'] = STOP_ALL | START_HOST,
	[','] = STOP_MAIL | STOP_AT | START | START_HOST,
	['('] = STOP_MAIL | STOP_AT | START | START_HOST,
	['\''] = STOP_MAIL | STOP_AT | START | START_HOST,
	['@'] = STOP_AT | START_HOST, ['!'] = START_HOST, ['#'] = START_HOST,
	['$'] = START_HOST, ['&'] = START_HOST, [')'] = START_HOST,
	['*'] = START_HOST, ['+'] = START_HOST, ['/'] = START_HOST,
	[':'] = START_HOST, [';'] = START_HOST, ['='] = START_HOST,
	['?'] = START_HOST, ['\\'] = START_HOST, ['^'] = START_HOST,
	['~'] = START_HOST,
};

/* A text while it is searched. */
struct search {
	struct arena *arena;
	const struct sa_boundaries *boundaries;
	struct str text;
	size_t at_end;		/* where the run before "@" ends */
	size_t host_end;	/* where the run of a host ends */
	size_t at_sign, dot;	/* the next "@", the next "." */
};

static bool
is_class(const struct search *search, size_t at, unsigned wanted)
{
	return (class[(unsigned char)search->text.data[at]] & wanted) != 0;
}

/* Where the run that begins at `at` ends, of characters of the class, or not of
 * it; one that is longer than any address is not read to its end. */
static size_t
run_end(const struct search *search, size_t at, unsigned wanted, bool of_it,
    size_t max)
{
	size_t end = at;

	while (end < search->text.len && end - at <= max &&
	    is_class(search, end, wanted) == of_it)
		end++;
	return end;
}

static bool
is_word(char c)
{
	return (class[(unsigned char)c] & WORD) != 0;
}

/* Where one may begin, from `at` on: at the edge of a word, behind a sign, behind
 * an escape of ISO-2022. */
static size_t
next_begin(const struct search *search, size_t at)
{
	const char *data = search->text.data;
	unsigned before = at == 0 ? 0 : class[(unsigned char)data[at - 1]];

	for (unsigned here; at < search->text.len; at++, before = here) {
		here = class[(unsigned char)data[at]];
		if (((before ^ here) & WORD) != 0 || (before & START) != 0 ||
		    (at >= 3 && data[at - 3] == 0x1b && data[at - 2] == '('))
			break;
	}
	return at;
}

/* Is sign within len octets behind at? *next is where it comes next: it is
 * looked for again only behind that. */
static bool
comes(const struct search *search, size_t at, char sign, size_t len,
    size_t *next)
{
	if (*next < at || at == 0) {
		ptrdiff_t found = str_find(str_from_pos(search->text, at),
		    sign);

		*next = found < 0 ? search->text.len : at + (size_t)found;
	}
	return *next < search->text.len && *next - at <= len;
}

/* The length of "http://", "www12." and the like at `at`; 0: none. */
static size_t
scheme_len(struct str text)
{
	static const struct str schemes[] = { STR("http://"), STR("https://"),
		STR("ftp://"), STR("ftp.") };
	size_t len = 3;

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (str_has_prefix_nocase(text, schemes[i]))
			return schemes[i].len;
	if (!str_has_prefix_nocase(text, STR("www")))
		return 0;
	while (len < text.len && len < 5 && char_is_digit(text.data[len]))
		len++;
	return len < text.len && text.data[len] == '.' ? len + 1 : 0;
}

static size_t
match_scheme(const struct search *search, size_t at)
{
	struct str rest = str_from_pos(search->text, at);
	char c = char_lower(rest.data[0]);
	size_t len = c == 'h' || c == 'w' || c == 'f' ? scheme_len(rest) : 0;
	size_t end;

	if (len == 0)
		return 0;
	end = run_end(search, at + len, STOP, false, REST_MAX);
	return end > at + len && end - at - len <= REST_MAX ? end : 0;
}

static size_t
match_mail(struct search *search, size_t at)
{
	struct str rest = str_from_pos(search->text, at);
	size_t end;

	if (char_lower(rest.data[0]) == 'm' &&
	    str_has_prefix_nocase(rest, STR("mailto:"))) {
		end = run_end(search, at + 7, STOP_MAIL, false, REST_MAX);
		if (end > at + 7 && end - at - 7 <= REST_MAX)
			return end;
	}
	if (!comes(search, at, '@', HALF_MAX, &search->at_sign))
		return 0;
	if (search->at_end < at)
		search->at_end = run_end(search, at, STOP_AT, false,
		    SIZE_MAX);
	end = search->at_end;
	if (end == at || end - at > HALF_MAX || end == search->text.len ||
	    search->text.data[end] != '@')
		return 0;
	at = end + 1;
	end = run_end(search, at, STOP_MAIL, false, HALF_MAX);
	return end > at && end - at <= HALF_MAX ? end : 0;
}

/* Behind ":80" and "/path" at `at`, when the address ends there; 0: it does
 * not. */
static size_t
match_rest(const struct search *search, size_t at)
{
	struct str text = search->text;
	size_t from = at + 1;

	if (at < text.len && text.data[at] == ':') {
		for (at = from; at < text.len && at < from + 5 &&
		    char_is_digit(text.data[at]);)
			at++;
		if (at == from)
			return 0;
	}
	if (at < text.len && text.data[at] == '/') {
		from = at + 1;
		at = run_end(search, from, STOP, false, REST_MAX);
		if (at == from || at - from > REST_MAX)
			return 0;
	}
	return at == text.len || is_class(search, at, STOP) ? at : 0;
}

static bool
has_known_end(const struct search *search, struct str host)
{
	return sa_has_known_end(search->boundaries, str_lower(search->arena,
	    str_from_pos(host, (size_t)(str_find_last(host, '.') + 1))));
}

/* *host_r: the name. */
static size_t
match_host(struct search *search, size_t at, struct str *host_r)
{
	struct str text = search->text, host;
	size_t end;

	if (!char_is_alnum(text.data[at]) ||
	    (at != 0 && !is_class(search, at - 1, START_HOST)) ||
	    !comes(search, at, '.', HOST_MAX, &search->dot))
		return 0;
	if (search->host_end <= at)
		search->host_end = run_end(search, at, HOST, true,
		    SIZE_MAX);
	end = search->host_end;
	if (end - at > HOST_MAX)
		return 0;
	host = str_sub(text, at, end - at);
	if (host.data[host.len - 1] == '.')
		host.len--;
	if (str_find(host, '.') < 0 || !has_known_end(search, host))
		return 0;
	*host_r = host;
	return match_rest(search, end);
}

/* --- what was found --------------------------------------------------------------------- */

/* ")" ends it when no "(" is before it; signs at its end are the sentence's. */
static struct str
trim(struct str uri)
{
	ptrdiff_t close = str_find(uri, ')'), open = str_find(uri, '(');

	if (close >= 0 && (open < 0 || open > close))
		uri.len = (size_t)close;
	while (uri.len != 0 && uri.data[uri.len - 1] != '\0' &&
	    strchr("-~!@#^&*()_+=:;'?,.", uri.data[uri.len - 1]) != NULL)
		uri.len--;
	return uri;
}

static bool
has_scheme(struct str uri)
{
	static const struct str schemes[] = { STR("http:"), STR("https:"),
		STR("ftp:"), STR("mailto:") };

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (str_has_prefix_nocase(uri, schemes[i]))
			return true;
	return false;
}

/* "http://" and nothing behind. */
static bool
is_empty(struct str uri)
{
	size_t at = 0;

	while (at < uri.len && is_word(uri.data[at]))
		at++;
	if (at == 0 || at >= uri.len || uri.data[at] != ':')
		return false;
	return uri.len - at - 1 <= 2 &&
	    (uri.len < at + 2 || uri.data[at + 1] == '/') &&
	    (uri.len < at + 3 || uri.data[at + 2] == '/');
}

/* "skype:joe@...": what stands there by mistake goes. */
static struct str
cut_misread(struct str uri)
{
	static const struct str names[] = { STR("skype"), STR("e-mail"),
		STR("email"), STR("mail") };
	struct str rest = uri;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_has_prefix_nocase(uri, names[i])) {
			rest = str_from_pos(uri, names[i].len);
			break;
		}
	if (rest.len == 0 || rest.data[0] != ':')
		return uri;
	while (rest.len != 0 && rest.data[0] == ':')
		rest = str_from_pos(rest, 1);
	return rest;
}

static struct str
join(struct arena *arena, const char *scheme, struct str uri)
{
	return str_from(arena_printf(arena, "%s%.*s", scheme, STR_ARG(uri)));
}

/* With a scheme in front; data NULL: nobody would take it for an address. */
static struct str
with_scheme(struct arena *arena, struct str uri, unsigned *uses)
{
	ptrdiff_t at = str_find(uri, '@'), slash = str_find(uri, '/');

	if (has_scheme(uri))
		return uri;
	*uses |= SA_SCHEMELESS;
	if (str_has_prefix_nocase(uri, STR("ftp.")))
		return join(arena, "ftp://", uri);
	if (scheme_len(uri) != 0)
		return join(arena, "http://", uri);
	if (slash >= 0 && str_find_last(uri, '@') > slash + 1)
		return join(arena, "http://", uri);
	if (at >= 0) {
		if (str_find(str_from_pos(uri, (size_t)at + 2), '.') < 0 ||
		    memmem(uri.data, uri.len, "&nbsp;", 6) != NULL)
			return str_of(NULL, 0);
		return join(arena, "mailto:", cut_misread(uri));
	}
	*uses |= SA_UNLINKED;
	return str_find(uri, '.') < 0 ? str_of(NULL, 0) :
	    join(arena, "http://", uri);
}

/* Can mail go there? */
static bool
is_mail_valid(const struct search *search, struct str uri)
{
	struct str host = str_from_pos(uri, (size_t)(str_find(uri, '@') + 1));

	for (size_t i = 0; i < host.len; i++)
		if (strchr("?&>", host.data[i]) != NULL)
			host.len = i;
	while (host.len >= 3 && memcmp(host.data + host.len - 3, "%20", 3) == 0)
		host.len -= 3;
	return str_find(uri, '@') >= 0 && str_find(host, '.') >= 0 &&
	    has_known_end(search, host);
}

static void
take(const struct search *search, struct str raw, bool is_mail,
    struct str host, struct map *seen, struct vec *found)
{
	struct arena *arena = search->arena;
	unsigned uses = SA_IN_TEXT;
	struct str uri;

	raw = trim(raw);
	if (found->len >= FOUND_MAX || map_put(seen, raw, seen) != NULL)
		return;
	if ((is_mail && str_find(raw, '@') < 0) ||
	    (host.data != NULL && !sa_host_is_valid(host)) ||
	    str_has_prefix_nocase(raw, STR("cid:")) ||
	    str_has_prefix_nocase(raw, STR("mid:")) || is_empty(raw))
		return;
	uri = with_scheme(arena, raw, &uses);
	if (uri.data == NULL)
		return;
	if (str_has_prefix_nocase(uri, STR("mailto:"))) {
		uri = sa_uri_unescape(arena, uri);
		if (!is_mail_valid(search, uri))
			return;
	}
	*(struct sa_found_uri *)vec_push(found) =
	    (struct sa_found_uri){ uri, uses };
}

void
sa_uris_find(struct arena *arena, const struct sa_boundaries *boundaries,
    struct str text, struct map *seen, struct vec *found)
{
	struct search search = { .arena = arena, .boundaries = boundaries,
		.text = text };

	search.at_end = run_end(&search, 0, STOP_AT, false, SIZE_MAX);
	for (size_t at = 0, end; (at = next_begin(&search, at)) < text.len;
	    at = end) {
		struct str host = str_of(NULL, 0);
		bool is_mail = false;

		end = match_scheme(&search, at);
		if (end == 0) {
			end = match_mail(&search, at);
			is_mail = end != 0;
		}
		if (end == 0)
			end = match_host(&search, at, &host);
		if (end != 0)
			take(&search, str_sub(text, at, end - at), is_mail,
			    host, seen, found);
		else
			end = at + 1;
	}
}
