/* SPDX-License-Identifier: ISC */
/* sa_link.c - eval: tests of links (Plugin/URIEval.pm, Plugin/HTTPSMismatch.pm,
 * Plugin/URIDetail.pm). */
#include "rules/call/sa_eval.h"

#include "base/arena.h"
#include "rules/place/sa_boundaries.h"
#include "rules/place/sa_html.h"
#include "rules/place/sa_uri.h"

static double
run_truncated(struct view *view, const void *prepared)
{
	(void)prepared;
	return sa_uris(view)->is_cut;
}

/* --- text against target --------------------------------------------------------------- */

/* What follows "http://" or "https://" at the start of uri, up to what ends a
 * host; "": it is no such address. */
static struct str
host_behind(struct str uri, bool may_have_user)
{
	size_t at = str_has_prefix_nocase(uri, STR("https:")) ? 6 :
	    str_has_prefix_nocase(uri, STR("http:")) ? 5 : 0, end;

	if (at == 0)
		return STR("");
	while (at < uri.len && uri.data[at] == '/')
		at++;
	for (end = at; end < uri.len && !char_is_space(uri.data[end]) &&
	    uri.data[end] != '/' && uri.data[end] != '?' &&
	    uri.data[end] != '#' && uri.data[end] != ':'; end++)
		if (may_have_user && uri.data[end] == '@')
			at = end + 1;
	return str_sub(uri, at, end - at);
}

/* The link of a text: from "https://" on. data NULL: it has none. */
static struct str
secure_link(struct view *view, struct str text)
{
	struct str lower = str_lower(view->arena, text);
	const char *at = lower.len == 0 ? NULL :
	    memmem(lower.data, lower.len, "https://", 8);

	return at == NULL ? str_of(NULL, 0) :
	    str_from_pos(lower, (size_t)(at - lower.data));
}

/* The registrable domain of a host that the DNS could know; "": it is none. */
static struct str
domain_of(struct view *view, struct str host)
{
	struct str domain = sa_registrable(view, host);

	return host.len != 0 && !sa_is_ipv4(host) &&
	    str_find(domain, '.') > 0 &&
	    sa_has_known_end(sa_boundaries_of(view), domain) ?
	    domain : STR("");
}

static bool
differs(struct view *view, const struct sa_page_uri *uri, struct str target)
{
	for (size_t i = 0; i < uri->anchors.len; i++) {
		struct str link = secure_link(view,
		    *(struct str *)vec_at(&uri->anchors, i)), host, shown;

		if (link.data == NULL)
			continue;
		host = host_behind(link, false);
		shown = sa_is_ipv4(host) ? host : domain_of(view, host);
		if (shown.len != 0 && !str_eq(shown, target))
			return true;
	}
	return false;
}

static bool
is_page_misleading(struct view *view, const struct sa_page *page,
    const struct sa_args *args)
{
	double anchors = 0;
	bool hits = false;

	for (size_t i = 0; i < page->uris.len; i++) {
		const struct sa_page_uri *uri = vec_at(&page->uris, i);
		struct str target;

		if (uri->anchors.len == 0)
			continue;
		target = domain_of(view, host_behind(uri->uri, false));
		if (target.len == 0)
			continue;
		anchors++;
		hits |= differs(view, uri, target);
	}
	return hits && anchors >= (args->count > 0 ? args->least[0] : 1) &&
	    anchors < args->most[1];
}

static double
run_http_mismatch(struct view *view, const void *prepared)
{
	const struct vec *pages = sa_pages(view);

	for (size_t i = 0; i < pages->len; i++)
		if (is_page_misleading(view,
		    *(struct sa_page **)vec_at(pages, i), prepared))
			return 1;
	return 0;
}

/* A link to an address in numbers that is shown as a secure one. */
static bool
hides_address(struct view *view, const struct sa_page_uri *uri)
{
	if (!sa_is_ipv4(host_behind(uri->uri, true)))
		return false;
	for (size_t i = 0; i < uri->anchors.len; i++) {
		struct str text = *(struct str *)vec_at(&uri->anchors, i);

		if (!(str_has_prefix_nocase(text, STR("https:")) &&
		    sa_is_ipv4(host_behind(text, true))) &&
		    sa_has_nocase(view, text, "https:"))
			return true;
	}
	return false;
}

static double
run_ip_mismatch(struct view *view, const void *prepared)
{
	const struct vec *pages = sa_pages(view);

	(void)prepared;
	for (size_t i = 0; i < pages->len; i++) {
		const struct sa_page *page =
		    *(struct sa_page **)vec_at(pages, i);

		for (size_t j = 0; j < page->uris.len; j++)
			if (hides_address(view, vec_at(&page->uris, j)))
				return 1;
	}
	return 0;
}

/* --- uri_detail -------------------------------------------------------------------------- */

enum key { RAW, TYPE, CLEANED, TEXT, DOMAIN, HOST };
static const char *const keys[] = { "raw", "type", "cleaned", "text",
	"domain", "host" };

struct criterion {
	enum key key;
	bool is_negated;
	const struct pattern *pattern;
};

/* "KEY =~ /x/" or "KEY !~ /x/". */
static int
read_criterion(const struct call_setup *setup, struct str text,
    struct criterion *criterion, const char **error_r)
{
	struct pattern_source source;
	struct str key, rest;
	ptrdiff_t at = str_find(text, '~');

	*error_r = "it wants KEY =~ /pattern/";
	if (at < 2)
		return -1;
	criterion->is_negated = text.data[at - 1] == '!';
	key = str_trim(str_sub(text, 0, (size_t)at - 1));
	while (criterion->key < ARRAY_LEN(keys) &&
	    !str_is(key, keys[criterion->key]))
		criterion->key++;
	if (criterion->key == ARRAY_LEN(keys) || pattern_read(setup->arena,
	    str_trim(str_from_pos(text, (size_t)at + 1)), &source, &rest,
	    error_r) != 0)
		return -1;
	criterion->pattern = pattern_compile(setup->arena, &source, error_r);
	return criterion->pattern != NULL ? 0 : -1;
}

static int
prepare_detail(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	struct vec *criteria = arena_zalloc(setup->arena, sizeof(*criteria));

	vec_init(criteria, setup->arena, sizeof(struct criterion));
	for (size_t i = 0; i < setup->args->len; i++)
		if (read_criterion(setup, *(struct str *)vec_at(setup->args, i),
		    vec_push(criteria), error_r) != 0)
			return -1;
	*prepared_r = criteria;
	if (criteria->len != 0)
		return 0;
	*error_r = "it wants a condition at least";
	return -1;
}

/* In the order of enum sa_use. */
static const char *const uses[] = { "parsed", "a", "area", "base", "bgsound",
	"body", "embed", "form", "frame", "iframe", "img", "link", "meta",
	"script", "table", "td", "tr", "schemeless", "unlinked",
	"domainkeys" };

static bool
is_text(struct view *view, const struct criterion *criterion, struct str text)
{
	return sa_matches(view, criterion->pattern, text) !=
	    criterion->is_negated;
}

static bool
any_text(struct view *view, const struct criterion *criterion,
    const struct vec *texts)
{
	for (size_t i = 0; i < texts->len; i++)
		if (is_text(view, criterion, *(struct str *)vec_at(texts, i)))
			return true;
	return false;
}

static bool
any_use(struct view *view, const struct criterion *criterion, unsigned set)
{
	for (size_t i = 0; i < ARRAY_LEN(uses); i++)
		if ((set >> i & 1) != 0 &&
		    is_text(view, criterion, str_from(uses[i])))
			return true;
	return false;
}

static bool
fulfils(struct view *view, const struct criterion *criterion,
    const struct sa_uri *uri)
{
	switch (criterion->key) {
	case RAW:
		return is_text(view, criterion, uri->uri);
	case TYPE:
		return any_use(view, criterion, uri->uses);
	case CLEANED:
		return any_text(view, criterion, &uri->cleaned);
	case TEXT:
		return any_text(view, criterion, &uri->anchors);
	case DOMAIN:
		return any_text(view, criterion, &uri->domains);
	case HOST:
		return any_text(view, criterion, &uri->hosts);
	}
	return false;
}

static double
run_detail(struct view *view, const void *prepared)
{
	const struct vec *criteria = prepared;
	const struct sa_uri_list *list = sa_uris(view);

	for (size_t i = 0; i < list->uris.len; i++) {
		size_t fulfilled = 0;

		while (fulfilled < criteria->len && fulfils(view,
		    vec_at(criteria, fulfilled), vec_at(&list->uris, i)))
			fulfilled++;
		if (fulfilled == criteria->len)
			return 1;
	}
	return 0;
}

/* --- redirections ----------------------------------------------------------------------------- */

/* The address within an address, behind the host of the first; *host_r: that.
 * data NULL: there is none. */
static struct str
inner_address(struct str uri, struct str *host_r)
{
	*host_r = host_behind(uri, false);
	if (host_r->len == 0)
		return str_of(NULL, 0);
	for (size_t at = (size_t)(host_r->data - uri.data) + host_r->len + 1;
	    at < uri.len; at++) {
		struct str inner = str_from_pos(uri, at);

		if (char_lower(inner.data[0]) == 'h' &&
		    host_behind(inner, false).len != 0)
			return inner;
	}
	return str_of(NULL, 0);
}

static bool
leads_elsewhere(struct view *view, struct str uri)
{
	struct str inner, from, to;

	while ((inner = inner_address(uri, &from)).data != NULL) {
		to = host_behind(inner, false);
		if (!str_eq(sa_registrable(view, from),
		    sa_registrable(view, to)))
			return true;
		uri = inner;
	}
	return false;
}

static double
run_redirector(struct view *view, const void *prepared)
{
	const struct sa_uri_list *list = sa_uris(view);

	(void)prepared;
	for (size_t i = 0; i < list->uris.len; i++) {
		const struct vec *forms = &((const struct sa_uri *)
		    vec_at(&list->uris, i))->cleaned;

		for (size_t j = 0; j < forms->len; j++)
			if (leads_elsewhere(view,
			    *(struct str *)vec_at(forms, j)))
				return 1;
	}
	return 0;
}

const struct call call_check_for_http_redirector = {
	"check_for_http_redirector", NULL, NULL, run_redirector };
const struct call call_check_uri_truncated = { "check_uri_truncated", NULL,
	NULL, run_truncated };
const struct call call_check_https_http_mismatch = {
	"check_https_http_mismatch", NULL, sa_prepare_args,
	run_http_mismatch };
const struct call call_check_https_ip_mismatch = { "check_https_ip_mismatch",
	NULL, NULL, run_ip_mismatch };
const struct call call_check_uri_detail = { "check_uri_detail", NULL,
	prepare_detail, run_detail };
