/* SPDX-License-Identifier: ISC */
/* link.c - links that are written to deceive, or where honest mail has none. */
#include "rules/call.h"

#include "base/arena.h"
#include "base/vec.h"
#include "rules/call_args.h"
#include "rules/view.h"

/* What url_oddity has, each at its bit, then what else shows of a link. */
enum {
	BIT_MISLEADS = 12,	/* its text names another host */
	BIT_HIDDEN,
	BIT_FORM,		/* a form goes there */
	BIT_REFRESH,		/* the page goes there by itself */
	BIT_FRAME,
	BIT_SCRIPT,
	BIT_UNKNOWN_SUFFIX,
};

static const char *const words[] = {
	"userinfo", "numeric_host", "address_host", "punycode",
	"mixed_script", "odd_port", "encoded_host", "odd_slashes", "control",
	"defanged", "redirects", "no_scheme",
	[BIT_MISLEADS] = "misleads", [BIT_HIDDEN] = "hidden",
	[BIT_FORM] = "form", [BIT_REFRESH] = "refresh", [BIT_FRAME] = "frame",
	[BIT_SCRIPT] = "script", [BIT_UNKNOWN_SUFFIX] = "unknown_suffix",
	NULL
};

static int
url_prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	return call_prepare_set(setup, words, prepared_r, error_r);
}

static unsigned
bit_of_use(enum html_use use)
{
	switch (use) {
	case HTML_FORM:
		return 1u << BIT_FORM;
	case HTML_REFRESH:
		return 1u << BIT_REFRESH;
	case HTML_FRAME:
		return 1u << BIT_FRAME;
	case HTML_SCRIPT:
		return 1u << BIT_SCRIPT;
	default:
		return 0;
	}
}

/* Links that a link carries count with it: the outer one may be a redirector. */
static unsigned
bits_of(const struct content_url *found)
{
	unsigned bits = 0;

	for (const struct url *url = &found->url; url != NULL;
	    url = url->inner) {
		bits |= url->oddities;
		if (url->host.len > 0 && url->address.len == 0 &&
		    !url->is_known)
			bits |= 1u << BIT_UNKNOWN_SUFFIX;
	}
	if (found->misleads)
		bits |= 1u << BIT_MISLEADS;
	if (found->hidden != HTML_SEEN)
		bits |= 1u << BIT_HIDDEN;
	return found->place == URL_IN_HTML ? bits | bit_of_use(found->use) :
	    bits;
}

/* How many links have one of these. */
static double
url_run(struct view *view, const void *prepared)
{
	const struct vec *urls = &view_content(view)->urls;
	uint64_t set = *(const uint64_t *)prepared;
	size_t count = 0;

	for (size_t i = 0; i < urls->len; i++)
		count += (bits_of(vec_at(urls, i)) & set) != 0;
	return (double)count;
}

const struct call call_url = {
	.name = "url",
	.prepare = url_prepare,
	.run = url_run,
};
