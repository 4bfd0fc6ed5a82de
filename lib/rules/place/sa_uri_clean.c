/* SPDX-License-Identifier: ISC */
/* sa_uri_clean.c - the forms that one address may be taken for: without escapes,
 * user, default port, with the address of a host in decimal, and what it leads to
 * when it redirects. */
#include "base/arena.h"
#include "rules/place/sa_boundaries.h"
#include "rules/place/sa_reading.h"
#include "rules/place/sa_uri.h"
#include "rules/view.h"

/* An address within an address within ...; each is one more form. */
#define FORMS_MAX ((size_t)64)
#define URI_MAX ((size_t)8192)

static void
push(struct vec *forms, struct str form)
{
	form = str_sub(form, 0, URI_MAX);
	for (size_t i = 0; i < forms->len; i++)
		if (str_eq(*(struct str *)vec_at(forms, i), form))
			return;
	if (forms->len < FORMS_MAX)
		*(struct str *)vec_push(forms) = form;
}

static bool
is_space(char c)
{
	return char_is_space(c) || c == '\f' || c == '\v';
}

static void
add_escape(struct buf *out, unsigned char c)
{
	buf_add_char(out, '%');
	buf_add_char(out, "0123456789abcdef"[c >> 4]);
	buf_add_char(out, "0123456789abcdef"[c & 15]);
}

struct str
sa_uri_unescape(struct arena *arena, struct str uri)
{
	struct buf out;

	buf_init(&out, arena);
	buf_reserve(&out, uri.len + 1);
	for (size_t i = 0; i < uri.len; i++) {
		unsigned char c = (unsigned char)uri.data[i];
		int high = -1, low = -1;

		if (c == '%' && i + 2 < uri.len) {
			high = char_hex_value(uri.data[i + 1]);
			low = char_hex_value(uri.data[i + 2]);
		}
		if (high >= 2 && high <= 7 && low >= 0 &&
		    (high << 4 | low) != 0x20 && (high << 4 | low) != 0x7f) {
			buf_add_char(&out, (char)(high << 4 | low));
			i += 2;
		} else if (low >= 0) {
			buf_add(&out, uri.data + i, 3);
			i += 2;
		} else if (c <= 0x20 || c >= 0x7f || c == '"' || c == '%' ||
		    c == '<' || c == '>') {
			add_escape(&out, c);
		} else {
			buf_add_char(&out, (char)c);
		}
	}
	return buf_str(&out);
}

static bool
has_escape(struct str uri)
{
	for (size_t i = 0; i + 2 < uri.len; i++)
		if (uri.data[i] == '%' && char_hex_value(uri.data[i + 1]) >= 0
		    && char_hex_value(uri.data[i + 2]) >= 0)
			return true;
	return false;
}

/* --- steps -------------------------------------------------------------------------- */

/* No line ends, nothing blank around. */
static struct str
tidy(struct arena *arena, struct str uri)
{
	struct buf out;
	struct str text = uri;

	if (str_find(uri, '\n') >= 0 || str_find(uri, '\r') >= 0) {
		buf_init(&out, arena);
		buf_reserve(&out, uri.len + 1);
		for (size_t i = 0; i < uri.len; i++)
			if (uri.data[i] != '\n' && uri.data[i] != '\r')
				buf_add_char(&out, uri.data[i]);
		text = buf_str(&out);
	}
	while (text.len != 0 && is_space(text.data[0]))
		text = str_from_pos(text, 1);
	while (text.len != 0 && is_space(text.data[text.len - 1]))
		text.len--;
	return text;
}

/* "#top", "?x", "/image.gif" lead nowhere by themselves. */
static bool
is_local(struct str uri)
{
	return uri.len <= 1 || uri.data[0] == '#' || uri.data[0] == '?' ||
	    uri.data[0] == '&' || (uri.data[0] == '/' && uri.data[1] != '/');
}

static bool
is_mail(struct str uri)
{
	ptrdiff_t at = str_find(uri, '@'), colon = str_find(uri, ':');

	return str_has_prefix_nocase(uri, STR("mailto:")) ||
	    (at >= 0 && (colon < 0 || colon > at));
}

/* Mail: without "?subject=..." and what else stands around it. */
static void
clean_mail(struct arena *arena, struct str uri, struct vec *forms)
{
	ptrdiff_t at = str_find(uri, '@'), open;
	size_t end, from;

	if (at > 0) {
		end = sa_uri_until(uri, (size_t)at + 1, "?");
		if (end < uri.len && end > (size_t)at + 1)
			push(forms, str_sub(uri, 0, end));
		end = sa_uri_until(uri, (size_t)at + 1, "?&");
		if (end < uri.len && uri.data[end] == '&' &&
		    end > (size_t)at + 1)
			push(forms, str_sub(uri, 0, end));
	}
	from = str_has_prefix_nocase(uri, STR("mailto:")) ? 7 : 0;
	if (at > 0 && memmem(uri.data, uri.len, "%20", 3) != NULL) {
		while (uri.len > from + 3 &&
		    memcmp(uri.data + from, "%20", 3) == 0)
			from += 3;
		end = sa_uri_until(uri, (size_t)at + 1, "?&%");
		if (end > (size_t)at + 1 && (size_t)at > from)
			push(forms, str_from(arena_printf(arena, "mailto:%.*s",
			    (int)(end - from), uri.data + from)));
	}
	open = str_find(str_sub(uri, 0, sa_uri_until(uri, 0, "?&")), '<');
	if (open >= 0) {
		from = (size_t)open + 1;
		end = sa_uri_until(uri, from, ">");
		if (end < uri.len && str_find(str_sub(uri, from, end - from),
		    '@') > 0)
			push(forms, str_from(arena_printf(arena, "mailto:%.*s",
			    (int)(end - from), uri.data + from)));
	}
}

static bool
has_scheme(struct str uri)
{
	size_t at = 0;

	while (at < uri.len && (char_is_alnum(uri.data[at]) ||
	    uri.data[at] == '-' || uri.data[at] == '_'))
		at++;
	return at != 0 && at < uri.len && uri.data[at] == ':';
}

/* The length of "http:" or "https:"; 0: neither. */
static size_t
web_len(struct str uri)
{
	return str_has_prefix_nocase(uri, STR("http:")) ? 5 :
	    str_has_prefix_nocase(uri, STR("https:")) ? 6 : 0;
}

/* The sign that "&#46;" or "&#x2e;" at the start of text means; how long that
 * is; 0: none. */
static size_t
numeric(struct str text, char *sign_r)
{
	size_t at = 2, digits = 0;
	unsigned value = 0;
	bool is_hex;

	if (text.len < 5 || text.data[0] != '&' || text.data[1] != '#')
		return 0;
	is_hex = char_lower(text.data[2]) == 'x';
	at += is_hex;
	for (; at < text.len && value < 0x10000; at++, digits++) {
		int digit = char_hex_value(text.data[at]);

		if (digit < 0 || (!is_hex && digit > 9))
			break;
		value = value * (is_hex ? 16 : 10) + (unsigned)digit;
	}
	if (digits == 0 || at >= text.len || text.data[at] != ';')
		return 0;
	if (value == 0x3002 || value == 0xff0e || value == 0xff61)
		value = '.';
	*sign_r = (char)value;
	return value > ' ' && value < 0x7f ? at + 1 : 0;
}

static struct str
resolve_numeric(struct arena *arena, struct str uri)
{
	struct buf out;
	size_t len;
	char sign;

	if (memmem(uri.data, uri.len, "&#", 2) == NULL)
		return uri;
	buf_init(&out, arena);
	buf_reserve(&out, uri.len + 1);
	for (size_t i = 0; i < uri.len; i += len) {
		len = numeric(str_from_pos(uri, i), &sign);
		buf_add_char(&out, len != 0 ? sign : uri.data[i]);
		len += len == 0;
	}
	return buf_str(&out);
}

/* Backslashes are slashes, the scheme is whole, escapes are undone, a path
 * begins with a slash. */
static struct str
normalize(struct arena *arena, struct str uri)
{
	struct buf out;
	size_t web, host;

	buf_init(&out, arena);
	buf_reserve(&out, uri.len + 16);
	web = web_len(uri);
	buf_add_str(&out, str_sub(uri, 0, web));
	uri = str_from_pos(uri, web);
	if (web != 0) {
		for (unsigned i = 0; i < 2 && uri.len != 0 &&
		    (uri.data[0] == '/' || uri.data[0] == '\\'); i++)
			uri = str_from_pos(uri, 1);
		buf_add_text(&out, "//");
	}
	for (size_t i = 0; i < uri.len; i++)
		buf_add_char(&out, uri.data[i] == '\\' ? '/' : uri.data[i]);
	uri = buf_str(&out);
	if (has_escape(uri))
		uri = sa_uri_unescape(arena, uri);
	if (!has_scheme(uri))
		uri = str_from(arena_printf(arena, "%s%.*s",
		    uri.len >= 4 && memcmp(uri.data, "ftp.", 4) == 0 ?
		    "ftp://" : "http://", STR_ARG(uri)));
	web = web_len(uri);
	if (web != 0 && uri.len > web + 2) {
		host = sa_uri_until(uri, web + 2, "/?#");
		if (host > web + 2 && host < uri.len && uri.data[host] != '/')
			uri = str_from(arena_printf(arena, "%.*s/%.*s",
			    (int)host, uri.data, (int)(uri.len - host),
			    uri.data + host));
	}
	return resolve_numeric(arena, uri);
}

/* --- hosts of the web ------------------------------------------------------------------- */

/* "http://" "user:password@" "host" ":80/path". */
struct web {
	struct str scheme, user, host, port, rest;
	bool is_secure;
};

static bool
take_apart(struct str uri, struct web *web)
{
	size_t at = web_len(uri), end, user;

	if (at == 0 || uri.len < at + 2 || uri.data[at] != '/' ||
	    uri.data[at + 1] != '/')
		return false;
	web->is_secure = at == 6;
	web->scheme = str_sub(uri, 0, at += 2);
	web->user = web->port = STR("");
	user = sa_uri_until(uri, at, "@/?#");
	if (user < uri.len && uri.data[user] == '@') {
		web->user = str_sub(uri, at, user + 1 - at);
		at = user + 1;
	}
	end = sa_uri_until(uri, at, "/?#:");
	if (end == at)
		return false;
	web->host = str_sub(uri, at, end - at);
	web->rest = str_from_pos(uri, end);
	if (end < uri.len && uri.data[end] == ':') {
		for (at = ++end; end < uri.len && char_is_digit(uri.data[end]);)
			end++;
		web->port = str_sub(uri, at, end - at);
	}
	return true;
}

static void
push_web(struct arena *arena, const struct web *web, struct str host,
    struct str rest, struct vec *forms)
{
	push(forms, str_from(arena_printf(arena, "%.*s%.*s%.*s",
	    STR_ARG(web->scheme), STR_ARG(host), STR_ARG(rest))));
}

/* A number in decimal, octal or hexadecimal; false: it is none. */
static bool
number(struct str text, uint64_t *value_r)
{
	unsigned base = 10;
	uint64_t value = 0;

	if (text.len > 2 && text.data[0] == '0' &&
	    char_lower(text.data[1]) == 'x') {
		base = 16;
		text = str_from_pos(text, 2);
	} else if (text.len > 1 && text.data[0] == '0') {
		base = 8;
	}
	for (size_t i = 0; i < text.len; i++) {
		int digit = char_hex_value(text.data[i]);

		if (digit < 0 || (unsigned)digit >= (base == 8 ? 10 : base))
			return false;
		value = (value * base + (unsigned)digit) & UINT32_MAX;
	}
	*value_r = value;
	return text.len != 0;
}

/* "0x7f.1.2.3", "1113343453": the address in the usual form. */
static void
push_address(struct arena *arena, const struct web *web, struct vec *forms)
{
	struct str rest = web->host, piece;
	uint64_t octets[4];
	unsigned count = 0;
	const char *text;

	while (count < 4 && str_cut(&rest, '.', &piece))
		if (!number(piece, &octets[count++]))
			return;
	if (rest.len != 0 || (count != 4 && count != 1))
		return;
	if (count == 4)
		text = arena_printf(arena, "%u.%u.%u.%u", (unsigned)octets[0],
		    (unsigned)octets[1], (unsigned)octets[2],
		    (unsigned)octets[3]);
	else
		text = arena_printf(arena, "%u.%u.%u.%u",
		    (unsigned)(octets[0] >> 24), (unsigned)(octets[0] >> 16 &
		    255), (unsigned)(octets[0] >> 8 & 255),
		    (unsigned)(octets[0] & 255));
	push_web(arena, web, str_from(text), web->rest, forms);
}

/* "http://name/" may mean www.name.com; "http://name!/" does not. */
static void
push_completed(const struct view *view, const struct web *web,
    struct vec *forms)
{
	struct arena *arena = view->arena;
	struct str host = str_lower(arena, web->host), name = host;
	bool is_usual = web->port.len == 0 || str_is(web->port, "80");
	uint64_t value;

	if (str_has_prefix_nocase(name, STR("www.")))
		name = str_from_pos(name, 4);
	if (web->is_secure || web->user.len != 0 || !is_usual ||
	    name.len == 0 || str_find(name, '.') >= 0 ||
	    str_is(host, "localhost") || number(host, &value) ||
	    (str_find(host, '.') >= 0 &&
	    sa_has_known_end(sa_boundaries_of(view), host)))
		return;
	push(forms, str_from(arena_printf(arena, "%.*swww.%.*s.com%.*s",
	    STR_ARG(web->scheme), STR_ARG(name), STR_ARG(web->rest))));
}

/* What a redirector leads to: by a pattern of the rules, else an address within
 * the address. */
static void
push_redirect(struct view *view, const struct web *web, struct vec *addresses)
{
	struct str rest = web->rest, target = sa_redirected(view,
	    str_from(arena_printf(view->arena, "%.*s%.*s%.*s%.*s",
	    STR_ARG(web->scheme), STR_ARG(web->user), STR_ARG(web->host),
	    STR_ARG(web->rest))));

	if (target.data != NULL) {
		push(addresses, target);
		return;
	}
	for (size_t at = 0; at + 5 < rest.len; at++) {
		struct str inner = str_from_pos(rest, at);
		size_t from = web_len(inner);

		if (from == 0)
			continue;
		inner.len = sa_uri_until(inner, from, "&#");
		if (inner.len > from && str_find(inner, '.') >= 0)
			push(addresses, inner);
		return;
	}
}

static struct str
cut_port(struct str rest, size_t digits)
{
	return str_from_pos(rest, 1 + digits);
}

static void
clean_web(struct view *view, struct str uri, struct vec *forms,
    struct vec *addresses)
{
	struct arena *arena = view->arena;
	struct web web, whole;
	struct str lower;
	size_t len;

	if (!take_apart(uri, &web))
		return;
	whole = web;
	if (str_is(web.port, web.is_secure ? "443" : "80"))
		push_web(arena, &web, web.host, cut_port(web.rest,
		    web.port.len), forms);
	push_redirect(view, &web, addresses);
	lower = str_lower(arena, web.host);
	if (!str_is_ascii(web.host) && !str_eq(lower, web.host))
		push_web(arena, &web, lower, web.rest, forms);
	for (len = web.host.len; len != 0 &&
	    !char_is_alnum(web.host.data[len - 1]);)
		len--;
	if (len < web.host.len) {
		web.host.len = len;
		push_web(arena, &web, web.host, web.rest, forms);
	}
	push_address(arena, &web, forms);
	push_completed(view, &whole, forms);
}

void
sa_uri_clean(struct view *view, struct str uri, struct vec *forms)
{
	struct arena *arena = view->arena;
	struct vec addresses;
	struct str form;

	/* It, and what it leads to, and what that leads to. */
	vec_init(&addresses, arena, sizeof(struct str));
	push(&addresses, uri);
	for (size_t i = 0; i < addresses.len; i++) {
		uri = tidy(arena, *(struct str *)vec_at(&addresses, i));
		push(forms, uri);
		if (is_local(uri))
			continue;
		if (is_mail(uri)) {
			clean_mail(arena, uri, forms);
			continue;
		}
		form = normalize(arena, uri);
		push(forms, form);
		clean_web(view, form, forms, &addresses);
	}
}
