/* SPDX-License-Identifier: ISC */
/* sa_html_uri.c - the addresses of a page, as SpamAssassin resolves them (RFC
 * 3986 5.2, with the ways of mail clients). */
#include "base/arena.h"
#include "base/map.h"
#include "rules/place/sa_html_private.h"
#include "rules/place/sa_uri.h"

#define URI_MAX ((size_t)8192)
/* More different addresses of one page are not kept. */
#define URIS_MAX ((size_t)10000)

/* --- resolving ---------------------------------------------------------------------- */

/* An address in its parts; data NULL: it has none. */
struct parts {
	struct str scheme, authority, path, query, fragment;
};

static struct parts
take_apart(struct str uri)
{
	struct parts parts = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 },
		{ NULL, 0 }, { NULL, 0 } };
	size_t len = sa_uri_until(uri, 0, ":/?#");

	if (len != 0 && len < uri.len && uri.data[len] == ':') {
		parts.scheme = str_sub(uri, 0, len);
		uri = str_from_pos(uri, len + 1);
	}
	if (uri.len >= 2 && uri.data[0] == '/' && uri.data[1] == '/') {
		uri = str_from_pos(uri, 2);
		len = sa_uri_until(uri, 0, "/?#");
		parts.authority = str_sub(uri, 0, len);
		uri = str_from_pos(uri, len);
	}
	len = sa_uri_until(uri, 0, "?#");
	parts.path = str_sub(uri, 0, len);
	uri = str_from_pos(uri, len);
	if (uri.len != 0 && uri.data[0] == '?') {
		uri = str_from_pos(uri, 1);
		len = sa_uri_until(uri, 0, "#");
		parts.query = str_sub(uri, 0, len);
		uri = str_from_pos(uri, len);
	}
	if (uri.len != 0)
		parts.fragment = str_from_pos(uri, 1);
	return parts;
}

static bool
begins(struct str text, const char *prefix)
{
	size_t len = strlen(prefix);

	return text.len >= len && memcmp(text.data, prefix, len) == 0;
}

/* Without "." and ".." (RFC 3986 5.2.4). */
static struct str
plain_path(struct arena *arena, struct str path)
{
	struct buf out;

	if (begins(path, "./"))
		path = str_from_pos(path, 1);
	else if (begins(path, "../"))
		path = str_from_pos(path, 2);
	if (memmem(path.data, path.len, "/.", 2) == NULL)
		return path;
	buf_init(&out, arena);
	buf_reserve(&out, path.len + 1);
	while (path.len != 0) {
		if (begins(path, "/./") || str_is(path, "/.")) {
			path = path.len == 2 ? STR("/") : str_from_pos(path, 2);
		} else if (begins(path, "/../") || str_is(path, "/..")) {
			path = path.len == 3 ? STR("/") : str_from_pos(path, 3);
			while (out.len != 0 && out.data[--out.len] != '/')
				continue;
		} else {
			size_t len = 1;

			while (len < path.len && path.data[len] != '/')
				len++;
			buf_add_str(&out, str_sub(path, 0, len));
			path = str_from_pos(path, len);
		}
	}
	return buf_str(&out);
}

static struct str
merge(struct arena *arena, const struct parts *base, struct str path)
{
	ptrdiff_t slash = str_find_last(base->path, '/');
	struct buf out;

	buf_init(&out, arena);
	buf_reserve(&out, path.len + base->path.len + 2);
	if (base->authority.data != NULL && base->path.len == 0)
		buf_add_char(&out, '/');
	else if (slash >= 0)
		buf_add_str(&out, str_sub(base->path, 0, (size_t)slash + 1));
	buf_add_str(&out, path);
	return buf_str(&out);
}

static void
resolve(struct arena *arena, const struct parts *base, struct parts *uri)
{
	if (uri->scheme.data != NULL && base->scheme.data != NULL &&
	    str_eq(uri->scheme, base->scheme))
		uri->scheme = str_of(NULL, 0);
	if (uri->scheme.data != NULL || uri->authority.data != NULL) {
		uri->path = plain_path(arena, uri->path);
	} else if (uri->path.len == 0) {
		uri->path = base->path;
		if (uri->query.data == NULL)
			uri->query = base->query;
	} else {
		uri->path = plain_path(arena, uri->path.data[0] == '/' ?
		    uri->path : merge(arena, base, uri->path));
	}
	if (uri->scheme.data == NULL) {
		uri->scheme = base->scheme;
		if (uri->authority.data == NULL)
			uri->authority = base->authority;
	}
}

/* "www12." and the like. */
static bool
has_service(struct str host, const char *name)
{
	size_t at = strlen(name);

	if (!str_has_prefix_nocase(host, str_from(name)))
		return false;
	while (at < host.len && char_is_digit(host.data[at]))
		at++;
	return at < host.len && host.data[at] == '.';
}

struct str
sa_uri_target(struct arena *arena, struct str base_uri, struct str uri)
{
	struct parts base = take_apart(base_uri), parts = take_apart(uri);
	struct buf out;

	resolve(arena, &base, &parts);
	buf_init(&out, arena);
	buf_reserve(&out, uri.len + base_uri.len + 8);
	if (parts.scheme.len != 0) {
		buf_add_str(&out, parts.scheme);
		buf_add_char(&out, ':');
	} else if (has_service(parts.authority, "www")) {
		buf_add_text(&out, "http:");
	} else if (has_service(parts.authority, "ftp")) {
		buf_add_text(&out, "ftp:");
	}
	if (parts.authority.data != NULL) {
		buf_add_text(&out, "//");
		buf_add_str(&out, parts.authority);
	}
	buf_add_str(&out, parts.path);
	if (parts.query.data != NULL) {
		buf_add_char(&out, '?');
		buf_add_str(&out, parts.query);
	}
	if (parts.fragment.data != NULL) {
		buf_add_char(&out, '#');
		buf_add_str(&out, parts.fragment);
	}
	return buf_str(&out);
}

/* --- keeping ------------------------------------------------------------------------- */

/* The blank at the start of text, no-break ones too; 0: there is none. */
static size_t
blank_len(struct str text)
{
	if (text.len != 0 && (char_is_space(text.data[0]) ||
	    text.data[0] == '\f' || text.data[0] == '\v'))
		return 1;
	return begins(text, "\xc2\xa0") ? 2 : 0;
}

struct str
sa_uri_trim(struct sa_uris *uris, struct str uri)
{
	size_t len;

	while ((len = blank_len(uri)) != 0)
		uri = str_from_pos(uri, len);
	while (uri.len != 0) {
		if (blank_len(str_from_pos(uri, uri.len - 1)) == 1)
			uri.len--;
		else if (uri.len >= 2 &&
		    blank_len(str_from_pos(uri, uri.len - 2)) == 2)
			uri.len -= 2;
		else
			break;
	}
	if (uri.len > URI_MAX) {
		uris->page->has_cut_uri = true;
		uri.len = URI_MAX;
	}
	return uri;
}

struct sa_page_uri *
sa_uris_entry(struct sa_uris *uris, struct str uri)
{
	struct vec *all = &uris->page->uris;
	size_t number = (size_t)(uintptr_t)map_find(uris->by_name, uri);
	struct sa_page_uri *entry;

	if (number == 0 && all->len >= URIS_MAX)
		number = all->len;
	if (number != 0)
		return vec_at(all, number - 1);
	entry = vec_push(all);
	entry->uri = uri;
	vec_init(&entry->anchors, uris->arena, sizeof(struct str));
	map_put(uris->by_name, uri, (void *)(uintptr_t)all->len);
	return entry;
}

static bool
needs_no_base(struct str uri)
{
	static const char *const schemes[] = { "data:", "mailto:", "file:",
		"cid:", "tel:" };

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (str_has_prefix_nocase(uri, str_from(schemes[i])))
			return true;
	return false;
}

static void
keep(struct sa_uris *uris, const struct sa_tag *tag, struct str uri)
{
	if (uri.data == NULL)
		return;
	uri = sa_uri_trim(uris, uri);
	if (uri.len == 0)
		return;
	if (!needs_no_base(uri))
		uri = sa_uri_target(uris->arena, uris->base, uri);
	if (uri.len != 0)
		sa_uris_entry(uris, uri)->uses |= tag->use;
}

/* --- tags ---------------------------------------------------------------------------- */

/* What the addresses of the page are relative to: no file at its end, a slash
 * instead. */
static void
set_base(struct sa_uris *uris, struct str uri)
{
	ptrdiff_t slash, dot;
	size_t host;

	uri = sa_uri_trim(uris, uri);
	if (!str_has_prefix_nocase(uri, STR("http:")) &&
	    !str_has_prefix_nocase(uri, STR("https:")) &&
	    !str_has_prefix_nocase(uri, STR("ftp:")))
		return;
	host = (size_t)str_find(uri, ':') + 1;
	while (host < uri.len && uri.data[host] == '/')
		host++;
	slash = str_find_last(uri, '/');
	dot = str_find_last(uri, '.');
	if (slash > (ptrdiff_t)host && dot > slash + 1 &&
	    uri.len - (size_t)dot - 1 >= 2 && uri.len - (size_t)dot - 1 <= 4)
		uri.len = (size_t)slash + 1;
	if (uri.len != 0 && uri.data[uri.len - 1] != '/')
		uri = str_from(arena_printf(uris->arena, "%.*s/",
		    STR_ARG(uri)));
	uris->base = uri;
}

static void
take_refresh(struct sa_uris *uris, const struct sa_tag *tag,
    const struct html_token *token)
{
	struct str kind = sa_attr(uris->arena, token, ATTR_http_equiv);
	struct str content = sa_attr(uris->arena, token, ATTR_content);
	struct str lower;
	const char *url;

	if (kind.data == NULL || content.data == NULL)
		return;
	lower = str_lower(uris->arena, content);
	if (memmem(str_lower(uris->arena, kind).data, kind.len, "refresh", 7) ==
	    NULL || (url = memmem(lower.data, lower.len, "url", 3)) == NULL)
		return;
	content = str_trim(str_from_pos(content,
	    (size_t)(url - lower.data) + 3));
	if (content.len == 0 || content.data[0] != '=')
		return;
	content = str_trim(str_from_pos(content, 1));
	if (str_find(content, ';') >= 0)
		content.len = (size_t)str_find(content, ';');
	keep(uris, tag, content);
}

void
sa_uris_take(struct sa_uris *uris, const struct sa_tag *tag,
    const struct html_token *token)
{
	struct arena *arena = uris->arena;
	struct str uri;

	switch (tag->use) {
	case SA_IN_BODY: case SA_IN_TABLE: case SA_IN_TR: case SA_IN_TD:
		keep(uris, tag, sa_attr(arena, token, ATTR_background));
		break;
	case SA_IN_A: case SA_IN_AREA: case SA_IN_LINK:
		keep(uris, tag, sa_attr(arena, token, ATTR_href));
		keep(uris, tag,
		    sa_attr(arena, token, ATTR_data_saferedirecturl));
		break;
	case SA_IN_FORM:
		keep(uris, tag, sa_attr(arena, token, ATTR_action));
		break;
	case SA_IN_BASE:
		uri = sa_attr(arena, token, ATTR_href);
		if (uri.len == 0)
			break;
		keep(uris, tag, uri);
		set_base(uris, uri);
		break;
	case SA_IN_META:
		take_refresh(uris, tag, token);
		break;
	default:
		keep(uris, tag, sa_attr(arena, token, ATTR_src));
		break;
	}
}
