/* SPDX-License-Identifier: ISC */
/* sa_uri_host.c - the host that an address leads to. */
#include "base/arena.h"
#include "mail/netlist.h"
#include "rules/place/sa_boundaries.h"
#include "rules/place/sa_uri.h"
#include "rules/view.h"

size_t
sa_uri_until(struct str text, size_t at, const char *stops)
{
	uint64_t stop[4] = { 0 };

	for (; *stops != '\0'; stops++)
		stop[(unsigned char)*stops >> 6] |=
		    UINT64_C(1) << (*stops & 63);
	for (; at < text.len; at++) {
		unsigned char c = (unsigned char)text.data[at];

		if ((stop[c >> 6] >> (c & 63) & 1) != 0)
			break;
	}
	return at;
}

static bool
is_label_char(char c)
{
	return char_is_alnum(c) || c == '_';
}

static bool
is_label(struct str label, bool may_have_underscore)
{
	if (label.len == 0 || label.len > 63 || !is_label_char(label.data[0]) ||
	    !is_label_char(label.data[label.len - 1]))
		return false;
	for (size_t i = 0; i < label.len; i++)
		if (!is_label_char(label.data[i]) && label.data[i] != '-')
			return false;
	return may_have_underscore || str_find(label, '_') < 0;
}

bool
sa_host_is_valid(struct str host)
{
	size_t dots = 0;
	struct str label;

	while (host.len != 0 && host.data[host.len - 1] == '.')
		host.len--;
	if (host.len > 253)
		return false;
	for (size_t i = 0; i < host.len; i++)
		dots += host.data[i] == '.';
	for (size_t left = dots + 1; str_cut(&host, '.', &label); left--)
		if (!is_label(label, left > 2))
			return false;
	return dots != 0;
}

/* The host within an address, as it stands. */
static struct str
host_within(struct str uri)
{
	ptrdiff_t at;
	size_t len;

	if (str_has_prefix_nocase(uri, STR("mailto:"))) {
		uri = str_sub(uri, 7, sa_uri_until(uri, 7, "?") - 7);
		at = str_find_last(uri, '@');
		return at < 0 || str_find(uri, '@') != at ? STR("") :
		    str_from_pos(uri, (size_t)at + 1);
	}
	for (len = 0; len < uri.len && char_is_alpha(uri.data[len]);)
		len++;
	if (len != 0 && len < uri.len && uri.data[len] == ':') {
		uri = str_from_pos(uri, len + 1);
		for (len = 0; len < 2 && uri.len != 0 && uri.data[0] == '/';
		    len++)
			uri = str_from_pos(uri, 1);
	}
	uri.len = sa_uri_until(uri, 0, "/?#");
	at = str_find_last(uri, '@');
	uri = str_from_pos(uri, (size_t)(at + 1));
	for (len = uri.len; len != 0 && char_is_digit(uri.data[len - 1]);)
		len--;
	if (len != 0 && uri.data[len - 1] == ':')
		uri.len = len - 1;
	return uri;
}

bool
sa_uri_host(const struct view *view, struct str uri, struct str *host_r,
    struct str *domain_r)
{
	const struct sa_boundaries *boundaries = sa_boundaries_of(view);
	struct netaddr address;
	struct str host;

	if (str_has_prefix_nocase(uri, STR("javascript:")) ||
	    str_has_prefix_nocase(uri, STR("cid:")) ||
	    str_has_prefix_nocase(uri, STR("file:")))
		return false;
	host = str_lower(view->arena, host_within(uri));
	if (host.len == 0)
		return false;
	*host_r = *domain_r = host;
	if (netaddr_parse(host, &address) == 0)
		return true;
	if (!sa_host_is_valid(host) || !sa_has_known_end(boundaries, host))
		return false;
	*domain_r = sa_registered(view->arena, boundaries, host);
	return true;
}
