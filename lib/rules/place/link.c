/* SPDX-License-Identifier: ISC */
/* link.c - the links of a message: where they go, and what they say. */
#include "base/arena.h"
#include "base/vec.h"
#include "rules/place.h"
#include "rules/view.h"

/* Of one message; more than these are there for no reader. */
#define LINKS_MAX 4096

static void
push(struct vec *texts, struct str text)
{
	if (text.len > 0 && texts->len < LINKS_MAX)
		*(struct str *)vec_push(texts) = text;
}

static const struct content_url *
next_url(struct view *view, size_t *at)
{
	const struct vec *urls = &view_content(view)->urls;

	return *at < urls->len ? vec_at(urls, (*at)++) : NULL;
}

/* In its normal form, or as it was written; then those that it carries. */
static void
uri_read(struct view *view, const struct place *place, struct vec *texts)
{
	bool is_raw = str_is(place->form, "raw");
	const struct content_url *found;
	size_t at = 0;

	while ((found = next_url(view, &at)) != NULL)
		for (const struct url *url = &found->url; url != NULL;
		    url = url->inner)
			push(texts, is_raw ? url->raw : url->normal);
}

static void
link_text_read(struct view *view, const struct place *place,
    struct vec *texts)
{
	const struct content_url *url;
	size_t at = 0;

	(void)place;
	while ((url = next_url(view, &at)) != NULL)
		if (url->place == URL_IN_HTML && url->use == HTML_LINK)
			push(texts, url->shown);
}

static void
link_host_read(struct view *view, const struct place *place,
    struct vec *texts)
{
	bool is_registered = str_is(place->form, "domain");
	const struct content_url *found;
	size_t at = 0;

	while ((found = next_url(view, &at)) != NULL)
		for (const struct url *url = &found->url; url != NULL;
		    url = url->inner)
			push(texts, is_registered ? url->registered :
			    url->host);
}

static const char *const raw_form[] = { "raw", NULL };
static const char *const domain_form[] = { "domain", NULL };

const struct place_row place_uri = {
	.name = "uri",
	.words = "each link and mail address in the text, in its normal form",
	.forms = raw_form,
	.read = uri_read,
};

const struct place_row place_link_text = {
	.name = "link_text",
	.words = "the text of each link of a page",
	.forms = place_plain,
	.read = link_text_read,
};

const struct place_row place_link_host = {
	.name = "link_host",
	.words = "the host that each link leads to",
	.forms = domain_form,
	.read = link_host_read,
};
