/* SPDX-License-Identifier: ISC */
/* url_find.c - links and mail addresses in plain text.
 *
 * The text is cut into runs of the characters that names of hosts and the left
 * side of mail addresses have; what stands behind a run says what it is: ":" a
 * scheme, "@" a mail address, "/" a host. Bracketed dots ("[.]", "(dot)") belong
 * to a run. What was a link, or the host of none, is never looked at again, so
 * the time is that of its length.
 */
#include "mime/url.h"

#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "mail/public_suffix.h"
#include "mime/url_private.h"

#define LOCAL_MAX 64		/* RFC 5321 4.5.3.1.1 */

/* So many hosts of other scripts that have no known suffix are looked at in one
 * text: each costs some microseconds, and honest people write few. */
#define FOREIGN_MAX 1000

struct finder {
	struct arena *arena;
	struct str text;
	size_t at;
	struct vec *urls;
	unsigned foreign;	/* such hosts so far */
};

/* A run of name characters, from start to end. */
struct run {
	size_t start, end;
	bool is_defanged;
};

/* By scheme as it is written; "hxxp" is what people write for "http" so that
 * nobody clicks. */
static const struct {
	const char *written, *meant;
} schemes[] = {
	{ "http", NULL }, { "https", NULL }, { "ftp", NULL }, { "ws", NULL },
	{ "wss", NULL }, { "hxxp", "http" }, { "hxxps", "https" },
	{ "h**p", "http" }, { "h**ps", "https" }, { "fxp", "ftp" },
	{ "meow", "http" },
};

static bool
is_name_char(char c)
{
	return char_is_alnum(c) || c == '.' || c == '-' || c == '_' ||
	    c == '+' || c == '*' || (unsigned char)c >= 0x80;
}

static char
byte_at(const struct finder *finder, size_t at)
{
	return at < finder->text.len ? finder->text.data[at] : '\0';
}

static char
closing(char c)
{
	return c == '[' ? ']' : c == '(' ? ')' : c == '{' ? '}' : '\0';
}

/* "[word]", with any of the brackets, at position at: its length, or 0. */
static size_t
bracketed_len(const struct finder *finder, size_t at, const char *word)
{
	struct str inside = str_sub(finder->text, at + 1, strlen(word));
	char end = closing(byte_at(finder, at));

	return end != '\0' && str_is_nocase(inside, word) &&
	    byte_at(finder, at + 1 + inside.len) == end
	    ? inside.len + 2 : 0;
}

static size_t
dot_len(const struct finder *finder, size_t at)
{
	size_t len = bracketed_len(finder, at, ".");

	return len != 0 ? len : bracketed_len(finder, at, "dot");
}

/* The length of "@", "[at]", ":", "[:]": 0, when it does not stand there. */
static size_t
mark_len(const struct finder *finder, size_t at, char mark)
{
	const char text[2] = { mark, '\0' };
	size_t len;

	if (byte_at(finder, at) == mark)
		return 1;
	len = bracketed_len(finder, at, text);
	return len != 0 || mark != '@' ? len : bracketed_len(finder, at, "at");
}

/* Characters beyond ASCII that end a link: blanks, quotes, dashes and dots of
 * other scripts, and what stands full-width for them. */
static bool
is_foreign_end(struct str rest)
{
	const unsigned char *in = (const unsigned char *)rest.data;

	if (in[0] < 0x80)
		return false;
	if (rest.len > 1 && in[0] == 0xc2)	/* U+0080 to U+00BF */
		return (in[1] >= 0x80 && in[1] <= 0xa0) || in[1] == 0xab ||
		    in[1] == 0xbb;
	if (rest.len < 3)
		return false;
	if (in[0] == 0xe2 && in[1] == 0x80)	/* U+2000 to U+203F */
		return true;
	if (in[0] == 0xe3 && in[1] == 0x80)	/* U+3000 to U+303F */
		return in[2] <= 0x84 || (in[2] >= 0x88 && in[2] <= 0x9f);
	return in[0] == 0xef && in[1] == 0xbc &&	/* U+FF01, ... */
	    (in[2] == 0x81 || in[2] == 0x88 || in[2] == 0x89 ||
	    in[2] == 0x8c || in[2] == 0x9a || in[2] == 0x9b || in[2] == 0x9f);
}

/* The run that begins here, perhaps of no length. */
static struct run
read_run(const struct finder *finder, size_t at)
{
	struct run run = { .start = at };

	for (;;) {
		size_t dot;

		while (at < finder->text.len &&
		    is_name_char(finder->text.data[at]) &&
		    !is_foreign_end(str_from_pos(finder->text, at)))
			at++;
		dot = at == run.start ? 0 : dot_len(finder, at);
		if (dot == 0)
			break;
		run.is_defanged = true;
		at += dot;
	}
	run.end = at;
	return run;
}

static struct str
run_text(const struct finder *finder, const struct run *run)
{
	return str_sub(finder->text, run->start, run->end - run->start);
}

/* With real dots; itself where it has none but those. */
static struct str
refang(const struct finder *finder, struct str text)
{
	struct finder inside = { .text = text };
	struct buf out;

	if (str_find(text, '[') < 0 && str_find(text, '(') < 0 &&
	    str_find(text, '{') < 0)
		return text;
	buf_init(&out, finder->arena);
	for (size_t at = 0; at < text.len;) {
		size_t dot = dot_len(&inside, at);

		buf_add_char(&out, dot != 0 ? '.' : text.data[at]);
		at += dot != 0 ? dot : 1;
	}
	return buf_str(&out);
}

static bool
is_end(struct str rest)
{
	char c = rest.data[0];

	return (unsigned char)c <= ' ' || c == 0x7f || c == '<' || c == '>' ||
	    c == '"' || is_foreign_end(rest);
}

/* Punctuation that ends a sentence, not a link. */
static bool
is_final(char c)
{
	return c != '\0' && strchr(".,:;!?'*", c) != NULL;
}

/* Where the path and all behind it end, that begin at position at. A bracket
 * that was not opened within belongs to the text around. */
static size_t
rest_end(const struct finder *finder, size_t at)
{
	size_t start = at, round = 0, square = 0, curly = 0;

	for (; at < finder->text.len; at++) {
		char c = finder->text.data[at];
		size_t *open = c == '(' || c == ')' ? &round :
		    c == '[' || c == ']' ? &square :
		    c == '{' || c == '}' ? &curly : NULL;

		if (is_end(str_from_pos(finder->text, at)))
			break;
		if (open != NULL && closing(c) != '\0')
			++*open;
		else if (open != NULL && (*open)-- == 0)
			break;
	}
	while (at > start && is_final(finder->text.data[at - 1]))
		at--;
	return at;
}

static bool
is_slash(char c)
{
	return c == '/' || c == '\\';
}

/* The host, and all before it, that begin at position at. */
static size_t
authority_end(const struct finder *finder, size_t at)
{
	size_t start = at, dot;
	bool is_literal = byte_at(finder, at) == '[';

	while (at < finder->text.len && at - start < URL_HOST_MAX) {
		char c = finder->text.data[at];

		dot = dot_len(finder, at);
		if (dot != 0) {
			at += dot;
			continue;
		}
		if (is_slash(c) || c == '?' || c == '#' || c == ',' ||
		    c == ')' || c == '(' || (c == ']' && !is_literal) ||
		    is_end(str_from_pos(finder->text, at)))
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

	while (at < authority.len && (is_name_char(authority.data[at]) ||
	    memchr(":%[](){}", authority.data[at], 8) != NULL))
		at++;
	while (at != 0 && is_final(authority.data[at - 1]))
		at--;
	return str_sub(authority, 0, at);
}

static bool
is_path_start(char c)
{
	return is_slash(c) || c == '?' || c == '#';
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

/* The authority in *text, as it stands in the text. Text of another script may
 * stand against it, without a blank: then it ends where it ceases to be ASCII,
 * if only so its suffix is known. */
static bool
read_authority(struct finder *finder, struct str *text, struct url *url)
{
	struct str start = ascii_start(*text), clean = refang(finder, *text);
	bool is_foreign = !str_is_ascii(*text), is_read;
	struct url before = *url;

	if (clean.len != text->len)
		url->oddities |= URL_DEFANGED;
	is_read = !(is_foreign && finder->foreign > FOREIGN_MAX) &&
	    url_read_authority(finder->arena, clean, url);
	if (!is_foreign || (is_read && public_suffix_is_known(url->host)))
		return is_read;
	finder->foreign++;
	if (start.len == text->len || str_find(*text, '@') >= 0)
		return is_read;
	*url = before;
	*text = start;
	return url_read_authority(finder->arena, refang(finder, start), url);
}

/* A link with its host from position host on, and start where it begins. False:
 * it is none; finder->at is behind its host in any case. */
static bool
take_link(struct finder *finder, size_t start, size_t host, struct url *url)
{
	size_t end = authority_end(finder, host), link_end;
	struct str authority = trim_authority(str_sub(finder->text, host,
	    end - host));
	struct str rest;

	finder->at = end;
	if (!read_authority(finder, &authority, url))
		return false;
	link_end = host + authority.len;
	if (link_end == end && is_path_start(byte_at(finder, end)))
		link_end = rest_end(finder, end);
	if (link_end > end)
		finder->at = link_end;
	url->raw = str_sub(finder->text, start, link_end - start);
	rest = link_end > end ? str_sub(finder->text, end, link_end - end)
	    : STR("");
	url_read_rest(finder->arena, rest, 0, url);
	return true;
}

static void
push(struct finder *finder, const struct url *url)
{
	*(struct url *)vec_push(finder->urls) = *url;
}

/* The scheme with which a run ends; -1: none. Before it stands nothing, or a
 * character that no scheme has. */
static int
scheme_of(struct str run)
{
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
		struct str written = str_from(schemes[i].written);
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
	struct str text = run_text(finder, run);
	struct url url = { .oddities = 0 };
	int scheme = scheme_of(text);
	size_t at = run->end + colon, slashes = at;
	struct str written;

	while (is_slash(byte_at(finder, at)))
		at++;
	if (scheme < 0 || at == slashes)
		return false;
	if (at - slashes != 2 || byte_at(finder, slashes) != '/' ||
	    byte_at(finder, slashes + 1) != '/')
		url.oddities |= URL_ODD_SLASHES;
	written = str_from(schemes[scheme].written);
	url.scheme = str_lower(finder->arena, written);
	if (schemes[scheme].meant != NULL)
		url.scheme = str_from(schemes[scheme].meant);
	if (schemes[scheme].meant != NULL || colon != 1)
		url.oddities |= URL_DEFANGED;
	if (take_link(finder, run->end - written.len, at, &url))
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

/* "ann@example.org", whose '@' has that length. */
static void
take_address(struct finder *finder, const struct run *run, size_t at_len)
{
	struct str local = local_of(run_text(finder, run)), domain;
	struct run right = read_run(finder, run->end + at_len);
	struct url url = { .scheme = STR("mailto") };

	finder->at = right.end;
	domain = run_text(finder, &right);
	while (domain.len != 0 && memchr(".-_+*", domain.data[domain.len - 1],
	    5) != NULL)
		domain.len--;
	if (local.len == 0 || local.len > LOCAL_MAX ||
	    domain.len > URL_HOST_MAX ||
	    !read_authority(finder, &domain, &url) ||
	    url.registered.len == 0 || !public_suffix_is_known(url.host))
		return;
	if (run->is_defanged || at_len != 1)
		url.oddities |= URL_DEFANGED;
	url.userinfo = refang(finder, local);
	url.raw = str_sub(finder->text, run->end - local.len,
	    right.start + domain.len - (run->end - local.len));
	url_read_rest(finder->arena, STR(""), 0, &url);
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

/* Is the last label one of the list? Most text that only looks like a host ends
 * here, before it costs anything. Those of other scripts are looked at later. */
static bool
may_have_suffix(struct str host)
{
	struct str last;
	char label[64];

	while (host.len != 0 && host.data[host.len - 1] == '.')
		host.len--;
	last = str_from_pos(host, (size_t)(str_find_last(host, '.') + 1));
	if (!str_is_ascii(last))
		return true;
	if (last.len < 2 || last.len > sizeof(label))
		return false;
	for (size_t i = 0; i < last.len; i++)
		label[i] = char_lower(last.data[i]);
	return public_suffix_is_known(str_of(label, last.len));
}

/* "www.example.org", "example.org/path", "example[.]org": is that a host of
 * which somebody would make a link? Then it is one. */
static void
take_host(struct finder *finder, const struct run *run)
{
	struct url url = { .scheme = STR("http"), .oddities = URL_NO_SCHEME };
	struct str text = run_text(finder, run);
	ptrdiff_t www = find_www(text);
	char next = byte_at(finder, run->end);
	size_t start = run->start + (www > 0 ? (size_t)www : 0);

	if (www < 0 && !run->is_defanged && next != '/' && next != ':')
		return;
	if (text.len > URL_HOST_MAX ||
	    !may_have_suffix(refang(finder, text)) ||
	    !take_link(finder, start, start, &url) ||
	    url.registered.len == 0 || !public_suffix_is_known(url.host))
		return;
	if (www >= 0 || run->is_defanged || str_find(url.raw, '/') >= 0)
		push(finder, &url);
}

static void
take_run(struct finder *finder, const struct run *run)
{
	struct str text = run_text(finder, run);
	size_t colon = mark_len(finder, run->end, ':');
	size_t at = mark_len(finder, run->end, '@');

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

static unsigned
class_of(char c)
{
	switch (c) {
	case '.':
		return NAME | DOT;
	case ':': case '@': case '[': case '(': case '{':
		return MARK;
	case '/':
		return SLASH;
	default:
		return (unsigned char)c >= 0x80 ? NAME | HIGH :
		    is_name_char(c) ? NAME : 0;
	}
}

/* Pass over runs that cannot be links, which is most of every text. */
static void
skip_words(struct finder *finder, const unsigned char classes[256])
{
	const unsigned char *in = (const unsigned char *)finder->text.data;
	size_t at = finder->at, start;

	for (start = at; start < finder->text.len; start = at) {
		unsigned seen = 0, next;

		for (; at < finder->text.len && (classes[in[at]] & NAME); at++)
			seen |= classes[in[at]];
		next = at < finder->text.len ? classes[in[at]] : 0;
		if ((next & MARK) != 0 && at != start)
			break;
		if ((seen & DOT) != 0 && ((next & SLASH) != 0 ||
		    (seen & HIGH) != 0 || (in[start] | 0x20) == 'w'))
			break;
		at += at < finder->text.len;
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
url_find(struct arena *arena, struct str text, size_t max,
    struct vec *urls)
{
	struct finder finder = { .arena = arena, .text = text, .urls = urls };
	unsigned char classes[256];

	for (int i = 0; i < 256; i++)
		classes[i] = (unsigned char)class_of((char)i);
	while (finder.at < text.len && urls->len < max) {
		struct run run;

		skip_words(&finder, classes);
		run = read_run(&finder, finder.at);
		if (run.end == run.start)
			finder.at += char_len(&finder);
		else
			take_run(&finder, &run);
	}
}
