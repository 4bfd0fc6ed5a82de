/* SPDX-License-Identifier: ISC */
/* url_find.c - links and mail addresses in plain text.
 *
 * The text is cut into runs of the characters that names of hosts and the left
 * side of mail addresses have; what stands behind a run says what it is: ":" a
 * scheme, "@" a mail address, "/" a host. Bracketed dots ("[.]", "(dot)") belong
 * to a run. What was a link, or the host of none, is never looked at again, so
 * the time is that of its length.
 */
#include "mime/url_find_private.h"

#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "mail/public_suffix.h"

#define LOCAL_MAX 64		/* RFC 5321 4.5.3.1.1 */

#define SCHEME(text) { text, sizeof(text) - 1 }

/* By scheme as it is written, in lower case; "hxxp" is what people write for "http" so that
 * nobody clicks. */
static const struct {
	struct str written;
	const char *meant;
} schemes[] = {
	{ SCHEME("http"), NULL }, { SCHEME("https"), NULL },
	{ SCHEME("ftp"), NULL }, { SCHEME("ws"), NULL },
	{ SCHEME("wss"), NULL }, { SCHEME("hxxp"), "http" },
	{ SCHEME("hxxps"), "https" }, { SCHEME("h**p"), "http" },
	{ SCHEME("h**ps"), "https" }, { SCHEME("fxp"), "ftp" },
	{ SCHEME("meow"), "http" },
};

static void
push(struct finder *finder, const struct url *url)
{
	size_t more = finder->take(finder->arg, url), end;

	if (more == URL_ENOUGH) {
		finder->at = finder->text.len;
	} else if (more > 0) {
		end = (size_t)(url->raw.data - finder->text.data) +
		    url->raw.len + more;
		finder->at = end > finder->at ? end : finder->at;
	}
}

/* The scheme with which a run ends; -1: none. Before it stands nothing, or a
 * character that no scheme has. */
static int
scheme_of(struct str run)
{
	/* Most words in front of a colon end otherwise than all of these. */
	if (run.len == 0 ||
	    str_find(STR("psw"), char_lower(run.data[run.len - 1])) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
		struct str written = schemes[i].written;
		size_t before = run.len - written.len;

		if (str_has_suffix_nocase(run, written) && (before == 0 ||
		    !char_is_alnum(run.data[before - 1])))
			return (int)i;
	}
	return -1;
}

/* "http://..." whose ':' is at colon. */
static bool
take_scheme_link(struct finder *finder, const struct run *run, size_t colon)
{
	struct str text = finder_run_text(finder, run);
	struct url url = { .oddities = 0 };
	int scheme = scheme_of(text);
	size_t at = run->end + colon, slashes = at;
	struct str written;

	while (finder_is_slash(finder_byte(finder, at)))
		at++;
	if (scheme < 0 || at == slashes)
		return false;
	if (at - slashes != 2 || finder_byte(finder, slashes) != '/' ||
	    finder_byte(finder, slashes + 1) != '/')
		url.oddities |= URL_ODD_SLASHES;
	written = schemes[scheme].written;
	url.scheme = schemes[scheme].meant == NULL ? written :
	    str_from(schemes[scheme].meant);
	if (schemes[scheme].meant != NULL || colon != 1)
		url.oddities |= URL_DEFANGED;
	if (finder_take_link(finder, run->end - written.len, at, &url))
		push(finder, &url);
	return true;
}

/* The end of a run that can be the left side of a mail address. */
static struct str
local_of(struct str run)
{
	size_t start = run.len;

	while (start > 0 && (unsigned char)run.data[start - 1] < 0x80 &&
	    run.len - start <= LOCAL_MAX)
		start--;
	while (start < run.len && memchr(".*-", run.data[start], 3) != NULL)
		start++;
	return str_from_pos(run, start);
}

/* Is the last label one of the list? Most text that only looks like a host ends
 * here, before it costs anything. Those of other scripts are looked at later. */
static bool
may_have_suffix(struct str host)
{
	ptrdiff_t dot;
	struct str last;
	char label[64];

	while (host.len != 0 && host.data[host.len - 1] == '.')
		host.len--;
	dot = str_find_last(host, '.');
	last = str_from_pos(host, (size_t)(dot + 1));
	if (!str_is_ascii(last))
		return true;
	if (dot < 1 || last.len < 2 || last.len > sizeof(label))
		return false;
	for (size_t i = 0; i < last.len; i++)
		label[i] = char_lower(last.data[i]);
	return public_suffix_is_known(str_of(label, last.len));
}

/* "ann@example.org", whose '@' has that length. */
static void
take_address(struct finder *finder, const struct run *run, size_t at_len)
{
	struct str local = local_of(finder_run_text(finder, run));
	struct str domain, clean;
	struct run right = finder_run(finder, run->end + at_len);
	struct url url = { .scheme = STR("mailto") };

	finder->at = right.end;
	domain = finder_run_text(finder, &right);
	while (domain.len != 0 && memchr(".-_+*", domain.data[domain.len - 1],
	    5) != NULL)
		domain.len--;
	clean = right.is_defanged ? finder_refang(finder, domain) : domain;
	if (local.len == 0 || local.len > LOCAL_MAX ||
	    domain.len > URL_HOST_MAX ||
	    !may_have_suffix(clean) ||
	    !finder_read_authority(finder, &domain, &url) ||
	    url.registered.len == 0 || !url.is_known)
		return;
	if (run->is_defanged || at_len != 1)
		url.oddities |= URL_DEFANGED;
	url.userinfo = finder_refang(finder, local);
	url.raw = str_sub(finder->text, run->end - local.len,
	    right.start + domain.len - (run->end - local.len));
	url_read_rest(finder->reader, STR(""), 0, &url);
	push(finder, &url);
}

/* "mailto:ann@example.org": the address behind it is found as such. */
static bool
is_mailto(struct str run)
{
	return str_has_suffix_nocase(run, STR("mailto"));
}

/* Where "www." begins in a run: at its start, or behind another script. */
static ptrdiff_t
find_www(struct str run)
{
	for (size_t at = 0; at + 4 < run.len; at++) {
		bool may_begin = at == 0 ||
		    (unsigned char)run.data[at - 1] >= 0x80;

		if (may_begin && str_has_prefix_nocase(str_from_pos(run, at),
		    STR("www")) && !char_is_alnum(run.data[at + 3]))
			return (ptrdiff_t)at;
	}
	return -1;
}

/* "www.example.org", "example.org/path", "example[.]org": is that a host of
 * which somebody would make a link? Then it is one. */
static void
take_host(struct finder *finder, const struct run *run)
{
	struct url url = { .scheme = STR("http"), .oddities = URL_NO_SCHEME };
	struct str text = finder_run_text(finder, run), clean = text;
	ptrdiff_t www = find_www(text);
	char next = finder_byte(finder, run->end);
	size_t start = run->start + (www > 0 ? (size_t)www : 0);

	if (www < 0 && !run->is_defanged && next != '/' && next != ':')
		return;
	if (run->is_defanged)
		clean = finder_refang(finder, text);
	if (text.len > URL_HOST_MAX ||
	    !may_have_suffix(clean) ||
	    !finder_take_link(finder, start, start, &url) ||
	    url.registered.len == 0 || !url.is_known)
		return;
	if (www >= 0 || run->is_defanged || str_find(url.raw, '/') >= 0)
		push(finder, &url);
}

static void
take_run(struct finder *finder, const struct run *run)
{
	struct str text = finder_run_text(finder, run);
	size_t colon = finder_mark_len(finder, run->end, ':');
	size_t at = finder_mark_len(finder, run->end, '@');

	finder->at = run->end;
	if (colon != 0 && (take_scheme_link(finder, run, colon) ||
	    is_mailto(text)))
		return;
	if (at != 0)
		take_address(finder, run, at);
	else if (run->is_defanged || memchr(text.data, '.', text.len) != NULL)
		take_host(finder, run);
}

/* What a character is to those that look for links. */
#define NAME 1		/* of a run */
#define DOT 2
#define HIGH 4		/* not ASCII */
#define MARK 8		/* behind a run of any kind it may make a link of it */
#define SLASH 16	/* behind one with dots */

/* NAME is what finder_is_name() says. */
static const unsigned char classes[256] = {
	['('] = MARK,
	['*' ... '+'] = NAME,
	['-'] = NAME,
	['.'] = NAME | DOT,
	['/'] = SLASH,
	['0' ... '9'] = NAME,
	[':'] = MARK,
	['@'] = MARK,
	['A' ... 'Z'] = NAME,
	['['] = MARK,
	['_'] = NAME,
	['a' ... 'z'] = NAME,
	['{'] = MARK,
	[0x80 ... 0xff] = NAME | HIGH,
};

/* The first dot or mark at or behind position at, or the end. Each kind is looked
 * for by itself: memchr() is so much quicker than any loop over the octets. */
static size_t
find_mark(struct finder *finder, size_t at)
{
	size_t first = finder->text.len;

	if (at >= first)
		return first;
	for (size_t i = 0; i < ARRAY_LEN(finder->marks); i++) {
		size_t *mark = &finder->marks[i];

		if (*mark <= at) {
			const char *found = memchr(finder->text.data + at,
			    FINDER_MARKS[i], finder->text.len - at);

			*mark = found == NULL ? finder->text.len + 1 :
			    (size_t)(found - finder->text.data) + 1;
		}
		if (*mark <= first)
			first = *mark - 1;
	}
	return first;
}

/* Does a sentence end there, or a word in front of a list? Neither makes a link of
 * what it stands behind, but for a dot that the run has before. */
static inline bool
is_punctuation(struct str text, size_t at)
{
	return at + 1 < text.len && (unsigned char)text.data[at + 1] <= ' ' &&
	    (text.data[at] == '.' || text.data[at] == ':');
}

/* Pass over runs that cannot be links, which is most of every text: what makes a
 * link of one is rarer than words are, so that is what is looked for. */
static void
skip_words(struct finder *finder)
{
	const unsigned char *in = (const unsigned char *)finder->text.data;
	size_t len = finder->text.len, floor = finder->at, at = floor, start;

	for (;;) {
		unsigned seen = 0, next;

		at = find_mark(finder, at);
		if (is_punctuation(finder->text, at)) {
			floor = ++at;
			continue;
		}
		for (start = at; start > floor &&
		    (classes[in[start - 1]] & NAME) != 0; start--)
			seen |= classes[in[start - 1]];
		for (; at < len && (classes[in[at]] & NAME) != 0; at++)
			seen |= classes[in[at]];
		if (at == len && (seen & DOT) == 0) {
			start = len;
			break;
		}
		next = at < len ? classes[in[at]] : 0;
		if ((next & MARK) != 0 && at != start)
			break;
		if ((seen & DOT) != 0 && ((next & SLASH) != 0 ||
		    (seen & HIGH) != 0 || (in[start] | 0x20) == 'w'))
			break;
		at += at < len;
		floor = at;
	}
	finder->at = start;
}

/* Of what is no name; a wrong octet counts as one. */
static size_t
char_len(const struct finder *finder)
{
	size_t len = utf8_char_len(str_from_pos(finder->text, finder->at));

	return len == 0 ? 1 : len;
}

void
url_reader_find(struct url_reader *reader, struct str text,
    size_t (*take)(void *arg, const struct url *url), void *arg)
{
	struct finder finder = { .reader = reader, .text = text,
		.take = take, .arg = arg };

	while (finder.at < text.len) {
		struct run run;

		skip_words(&finder);
		run = finder_run(&finder, finder.at);
		if (run.end == run.start)
			finder.at += char_len(&finder);
		else
			take_run(&finder, &run);
	}
}

/* Where url_find() puts them. */
struct list {
	struct vec *urls;
	size_t max;
};

static size_t
add_to_list(void *arg, const struct url *url)
{
	struct list *list = arg;

	*(struct url *)vec_push(list->urls) = *url;
	return list->urls->len < list->max ? 0 : URL_ENOUGH;
}

void
url_find(struct arena *arena, struct str text, size_t max, struct vec *urls)
{
	struct url_reader reader = { .arena = arena };
	struct list list = { urls, max };

	if (urls->len < max)
		url_reader_find(&reader, text, add_to_list, &list);
}
