/* SPDX-License-Identifier: ISC */
/* html_facts.c - what the tags of a page tell: counts, and addresses. */
#include "mime/html_private.h"

#define TINY_IMAGE 2
/* A base longer than this is none: it goes in front of every address. */
#define MAX_BASE 2048

/* Which attribute of which element is an address, and of what. */
static const struct {
	enum html_tag tag;	/* TAG_COUNT: of every one */
	enum html_attr attr;
	enum html_use use;
} sources[] = {
	{ TAG_a, ATTR_href, HTML_LINK },
	{ TAG_area, ATTR_href, HTML_LINK },
	{ TAG_form, ATTR_action, HTML_FORM },
	{ TAG_img, ATTR_src, HTML_IMAGE },
	{ TAG_image, ATTR_src, HTML_IMAGE },
	{ TAG_image, ATTR_xlink_href, HTML_IMAGE },
	{ TAG_image, ATTR_href, HTML_IMAGE },
	{ TAG_input, ATTR_src, HTML_IMAGE },
	{ TAG_video, ATTR_poster, HTML_IMAGE },
	{ TAG_iframe, ATTR_src, HTML_FRAME },
	{ TAG_frame, ATTR_src, HTML_FRAME },
	{ TAG_embed, ATTR_src, HTML_FRAME },
	{ TAG_object, ATTR_data, HTML_FRAME },
	{ TAG_script, ATTR_src, HTML_SCRIPT },
	{ TAG_audio, ATTR_src, HTML_OTHER },
	{ TAG_video, ATTR_src, HTML_OTHER },
	{ TAG_source, ATTR_src, HTML_OTHER },
	{ TAG_COUNT, ATTR_formaction, HTML_FORM },
	{ TAG_COUNT, ATTR_background, HTML_IMAGE },
};

#define BIT(attr) ((uint64_t)1 << ATTR_##attr)
/* Tags without any of these, which most are, have no address. */
#define ADDRESSES (BIT(href) | BIT(action) | BIT(src) | BIT(xlink_href) | \
	BIT(poster) | BIT(data) | BIT(formaction) | BIT(background) | \
	BIT(srcset) | BIT(http_equiv))

/* Keep an address; its place + 1, 0 when there is no room. */
static size_t
keep(struct html_reader *reader, enum html_use use, struct str target,
    enum html_hidden hidden)
{
	struct html_page *page = reader->page;
	struct html_address *address;
	struct html_span *span;

	if (page->addresses.len == (size_t)reader->limits->max_addresses) {
		page->is_cut = true;
		return 0;
	}
	address = vec_push(&page->addresses);
	address->use = use;
	address->target = html_address_clean(reader->arena,
	    html_attr_text(reader->arena, target));
	address->shown = STR("");
	address->hidden = hidden;
	span = vec_push(&reader->spans);
	span->is_link = use == HTML_LINK;
	span->seen_from = span->seen_to = reader->seen.buf.len;
	span->hidden_from = span->hidden_to = reader->hidden.buf.len;
	if (use == HTML_IMAGE && html_address_is_remote(address->target))
		page->remote_images++;
	return page->addresses.len;
}

void
html_facts_take_css(struct html_reader *reader, enum html_use use,
    enum html_hidden hidden)
{
	for (size_t i = 0; i < reader->css_urls.len; i++) {
		struct str url = *(struct str *)vec_at(&reader->css_urls, i);

		/* A style whose escapes were resolved does not last. */
		keep(reader, use, str_copy(reader->arena, url), hidden);
	}
	reader->css_urls.len = 0;
}

static bool
attr_is(const struct html_token *token, enum html_attr attr, const char *text)
{
	return html_has(token, attr) &&
	    str_is_nocase(str_trim(token->attrs[attr]), text);
}

/* Does an attribute of length say so few pixels? */
static bool
is_tiny(const struct html_token *token, enum html_attr attr)
{
	struct str text;

	if (!html_has(token, attr))
		return false;
	text = str_trim(token->attrs[attr]);
	return text.len > 0 && text.data[0] >= '0' &&
	    text.data[0] <= '0' + TINY_IMAGE &&
	    (text.len == 1 || !(char_is_digit(text.data[1]) ||
	    text.data[1] == '%' || text.data[1] == '.'));
}

static void
count(struct html_page *page, const struct html_token *token)
{
	page->event_handlers += token->handlers;
	switch (token->tag) {
	case TAG_img:
	case TAG_image:
		page->images++;
		page->tiny_images += is_tiny(token, ATTR_width) &&
		    is_tiny(token, ATTR_height);
		break;
	case TAG_form:
		page->forms++;
		break;
	case TAG_input:
		page->password_fields += attr_is(token, ATTR_type, "password");
		break;
	case TAG_script:
		page->scripts++;
		break;
	case TAG_iframe:
	case TAG_frame:
	case TAG_object:
	case TAG_embed:
	case TAG_applet:
		page->frames++;
		break;
	default:
		break;
	}
}

/* meta, base, link: what they say of the page. */
static void
take_head(struct html_reader *reader)
{
	const struct html_token *token = &reader->tokens.token;
	struct html_page *page = reader->page;
	struct str address;

	if (token->tag == TAG_meta &&
	    attr_is(token, ATTR_http_equiv, "refresh")) {
		page->has_refresh = true;
		address = html_refresh_address(html_attr_text(reader->arena,
		    token->attrs[ATTR_content]));
		if (address.len > 0)
			keep(reader, HTML_REFRESH, address, HTML_SEEN);
	} else if (token->tag == TAG_base && html_has(token, ATTR_href) &&
	    !reader->has_base) {
		reader->has_base = true;
		address = html_address_clean(reader->arena,
		    html_attr_text(reader->arena, token->attrs[ATTR_href]));
		if (address.len <= MAX_BASE)
			page->base = address;
	} else if (token->tag == TAG_link && html_has(token, ATTR_href)) {
		keep(reader, attr_is(token, ATTR_rel, "stylesheet") ?
		    HTML_STYLE : HTML_OTHER, token->attrs[ATTR_href],
		    HTML_SEEN);
	}
}

size_t
html_facts_take(struct html_reader *reader, const struct html_style *style)
{
	const struct html_token *token = &reader->tokens.token;
	enum html_hidden hidden = style->hides;
	size_t link = 0;
	struct str rest, address;

	count(reader->page, token);
	if ((token->present & ADDRESSES) == 0)
		return 0;
	take_head(reader);
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		size_t place;

		if ((sources[i].tag != token->tag &&
		    sources[i].tag != TAG_COUNT) ||
		    !html_has(token, sources[i].attr))
			continue;
		place = keep(reader, sources[i].use,
		    token->attrs[sources[i].attr], hidden);
		if (sources[i].use == HTML_LINK)
			link = place;
	}
	if (html_has(token, ATTR_srcset)) {
		rest = token->attrs[ATTR_srcset];
		while (html_srcset_next(&rest, &address))
			keep(reader, HTML_IMAGE, address, hidden);
	}
	return link;
}
