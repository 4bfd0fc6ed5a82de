/* SPDX-License-Identifier: ISC */
/* html.c - a page of HTML as a person sees it.
 *
 * The tokenizer is our own: a page is read where the milter runs, at the speed
 * of its body, in memory that the limits bound, and no parser of others' making
 * sees foreign bytes outside of the sandbox. It follows the standard's states
 * (WHATWG HTML 13.2.5), so that tags, comments and raw text end where a browser
 * ends them; of the tree only the open elements are kept (html_tree.c).
 *
 * Style elements are read first, wherever they stand, as they hold for all of
 * the page. Then one pass: each tag changes the style, each text is written to
 * what is seen or to what is hidden by the style around it.
 */
#include <string.h>

#include "base/arena.h"
#include "mime/html_private.h"

/* More pieces of hidden text than these are told as one. */
#define MAX_PIECES 10000
/* What most pages take while they are read: the open elements and some text. */
#define SCRATCH_SIZE ((size_t)64 * 1024)

/* --- style elements ---------------------------------------------------------- */

/* Where the last style element may begin, behind its "<"; 0: there is none. */
static size_t
find_last_style(struct str page)
{
	size_t last = 0, at = 0;
	const char *found;

	while (at < page.len &&
	    (found = memchr(page.data + at, '<', page.len - at)) != NULL) {
		at = (size_t)(found - page.data) + 1;
		if (at < page.len && (page.data[at] | 0x20) == 's' &&
		    str_has_prefix_nocase(str_from_pos(page, at),
		    STR("style")))
			last = at;
	}
	return last;
}

/* For the screen, not only for the printer? */
static bool
is_for_screen(const struct html_token *token)
{
	struct str media;

	if (!html_has(token, ATTR_media))
		return true;
	media = str_trim(token->attrs[ATTR_media]);
	return media.len == 0 || str_is_nocase(media, "all") ||
	    str_is_nocase(media, "screen");
}

static void
read_styles(struct html_reader *reader)
{
	size_t last = find_last_style(reader->tokens.page);
	struct html_tokens tokens;

	if (last == 0)
		return;
	html_tokens_init(&tokens, reader->tokens.page);
	while ((tokens.at < last || tokens.raw != TAG_OTHER) &&
	    html_tokens_next(&tokens) != TOKEN_END) {
		const struct html_token *token = &tokens.token;

		if (token->kind == TOKEN_RAW && token->tag == TAG_style &&
		    is_for_screen(token) &&
		    !html_sheet_add(reader->sheet, token->text,
		    &reader->css_urls))
			reader->page->is_cut = true;
	}
	html_facts_take_css(reader, HTML_STYLE, HTML_SEEN);
}

/* --- text --------------------------------------------------------------------- */

/* Write hidden text, as a piece of its own unless its neighbour is alike. */
static void
write_hidden(struct html_reader *reader, enum html_hidden hidden,
    struct str text, unsigned how)
{
	struct html_writer *writer = &reader->hidden;
	struct html_extent *piece = NULL;
	size_t from = writer->buf.len;

	if (reader->pieces.len > 0)
		piece = vec_at(&reader->pieces, reader->pieces.len - 1);
	if (piece == NULL || piece->hidden != hidden)
		html_write_break(writer, 1);
	html_write(writer, text, how);
	if (writer->buf.len == from)
		return;
	reader->page->hidden_bytes[hidden] += writer->buf.len - from;
	if (piece == NULL || (piece->hidden != hidden &&
	    reader->pieces.len < MAX_PIECES)) {
		piece = vec_push(&reader->pieces);
		piece->hidden = hidden;
		piece->from = from;
	}
	piece->to = writer->buf.len;
}

static void
write_text(struct html_reader *reader, struct str text, unsigned how)
{
	const struct html_style *style = &html_top(reader)->style;
	enum html_hidden hidden = style->hides;

	if (style->is_pre)
		how |= WRITE_PRE;
	if (hidden == HTML_SEEN)
		html_write(&reader->seen, text, how);
	else
		write_hidden(reader, hidden, text, how);
}

static void
take_title(struct html_reader *reader, struct str text)
{
	struct html_writer writer;

	if (reader->has_title)
		return;
	reader->has_title = true;
	html_writer_init(&writer, reader->arena,
	    (size_t)reader->limits->max_text_bytes);
	html_write(&writer, text, WRITE_REFERENCES);
	reader->page->title = buf_str(&writer.buf);
}

/* The content of an element that has no HTML in it. */
static void
take_raw(struct html_reader *reader)
{
	const struct html_token *token = &reader->tokens.token;

	if (token->tag == TAG_title)
		take_title(reader, token->text);
	else if (token->tag != TAG_script && token->tag != TAG_style)
		write_text(reader, token->text,
		    token->tag == TAG_textarea ? WRITE_REFERENCES : 0);
}

/* --- tags --------------------------------------------------------------------- */

/* What holds for the element of a tag: the old attributes, the rules, its own
 * style. */
static void
declare(struct html_reader *reader, struct html_declared *declared)
{
	const struct html_token *token = &reader->tokens.token;
	struct html_declared own;
	struct str style;

	memset(declared, 0, sizeof(*declared));
	html_style_attrs(token, declared);
	html_sheet_declare(reader->sheet, token, declared);
	if (!html_has(token, ATTR_style))
		return;
	memset(&own, 0, sizeof(own));
	style = html_css_plain(reader->scratch,
	    html_attr_text(reader->scratch, token->attrs[ATTR_style]));
	html_css_declare(&own, style, &reader->css_urls);
	html_declared_add(declared, &own);
}

static void
write_alt(struct html_reader *reader, const struct html_style *style)
{
	const struct html_token *token = &reader->tokens.token;
	enum html_hidden hidden = style->hides;

	if (!html_has(token, ATTR_alt))
		return;
	if (hidden == HTML_SEEN)
		html_write(&reader->seen, token->attrs[ATTR_alt],
		    WRITE_REFERENCES);
	else
		write_hidden(reader, hidden, token->attrs[ATTR_alt],
		    WRITE_REFERENCES);
}

/* What a tag writes by itself. */
static void
write_mark(struct html_reader *reader, const struct html_style *style)
{
	enum html_tag tag = reader->tokens.token.tag;
	bool is_seen = style->hides == HTML_SEEN;

	if (tag == TAG_br && is_seen)
		html_write_line(&reader->seen);
	else if (tag == TAG_br)
		html_write_line(&reader->hidden);
	else if (tag == TAG_hr)
		html_write_break(&reader->seen, 1);
	else if (tag == TAG_img || tag == TAG_image)
		write_alt(reader, style);
	else if (tag == TAG_li && is_seen)
		html_write(&reader->seen, STR("* "), 0);
	else if (tag == TAG_td || tag == TAG_th)
		html_write_cell(is_seen ? &reader->seen : &reader->hidden);
}

static void
open_tag(struct html_reader *reader)
{
	enum html_tag tag = reader->tokens.token.tag;
	bool is_void = (html_behaviour(tag) & VOID) != 0;
	bool is_instead = (html_behaviour(tag) & HIDDEN) != 0;
	struct html_declared declared;
	struct html_style style, inside;
	size_t address;

	reader->page->tags++;
	declare(reader, &declared);
	html_tree_imply(reader, tag);
	/* A frame is seen, if what stands in its element is not. */
	style = html_style_of(&html_top(reader)->style,
	    is_instead ? TAG_OTHER : tag, &declared);
	address = html_facts_take(reader, &style);
	if (reader->css_urls.len != 0)
		html_facts_take_css(reader, HTML_IMAGE, style.hides);
	if (is_instead)
		inside = html_style_of(&html_top(reader)->style, tag,
		    &declared);
	if (!is_void)
		html_tree_open(reader, is_instead ? &inside : &style,
		    &declared, address);
	write_mark(reader, &style);
}

static void
take_comment(struct html_reader *reader)
{
	struct str text = str_trim(reader->tokens.token.text);

	reader->page->comments_bytes += text.len;
	if (str_has_prefix_nocase(text, STR("[if ")))
		reader->page->has_conditional = true;
}

static void
read_page(struct html_reader *reader)
{
	struct html_tokens *tokens = &reader->tokens;

	for (;;) {
		enum html_token_kind kind = html_tokens_next(tokens);

		html_split_take(reader);
		switch (kind) {
		case TOKEN_END:
			return;
		case TOKEN_TEXT:
			write_text(reader, tokens->token.text,
			    WRITE_REFERENCES);
			break;
		case TOKEN_RAW:
			take_raw(reader);
			break;
		case TOKEN_OPEN:
			open_tag(reader);
			break;
		case TOKEN_CLOSE:
			reader->page->tags++;
			html_tree_close(reader, tokens->token.tag,
			    tokens->token.name);
			break;
		case TOKEN_COMMENT:
			take_comment(reader);
			break;
		}
	}
}

/* --- the end ------------------------------------------------------------------ */

/* The text of a link: what is seen of it, or else what is not. */
static void
end_address(struct html_reader *reader, struct html_address *address,
    const struct html_span *span, struct str hidden)
{
	struct str seen = str_sub(reader->page->text, span->seen_from,
	    span->seen_to - span->seen_from);

	hidden = str_sub(hidden, span->hidden_from,
	    span->hidden_to - span->hidden_from);

	address->target = html_address_resolve(reader->arena,
	    reader->page->base, address->target);
	if (!span->is_link)
		return;
	address->shown = str_trim(seen);
	if (address->shown.len == 0)
		address->shown = str_trim(hidden);
}

static void
end_pieces(struct html_reader *reader, struct str text)
{
	for (size_t i = 0; i < reader->pieces.len; i++) {
		const struct html_extent *extent = vec_at(&reader->pieces, i);
		struct html_piece *piece = vec_push(&reader->page->hidden);

		piece->hidden = extent->hidden;
		piece->text = str_trim(str_sub(text, extent->from,
		    extent->to - extent->from));
	}
}

static void
end_page(struct html_reader *reader)
{
	struct html_page *page = reader->page;
	struct str hidden;

	html_tree_end(reader);
	page->text = str_copy(reader->arena, buf_str(&reader->seen.buf));
	hidden = str_copy(reader->arena, buf_str(&reader->hidden.buf));
	page->is_cut |= reader->seen.is_cut || reader->hidden.is_cut;
	page->has_no_end = reader->tokens.has_no_end;
	for (size_t i = 0; i < page->addresses.len; i++)
		end_address(reader, vec_at(&page->addresses, i),
		    vec_at(&reader->spans, i), hidden);
	end_pieces(reader, hidden);
}

static void
reader_init(struct html_reader *reader, struct arena *arena, struct str page,
    const struct html_limits *limits, struct html_page *page_r)
{
	memset(reader, 0, sizeof(*reader));
	memset(page_r, 0, sizeof(*page_r));
	page_r->title = page_r->base = STR("");
	reader->arena = arena;
	reader->scratch = arena_new(SCRATCH_SIZE);
	reader->limits = limits;
	reader->page = page_r;
	html_tokens_init(&reader->tokens, page);
	reader->sheet = html_sheet_new(reader->scratch,
	    (size_t)limits->max_css_rules);
	html_writer_init(&reader->seen, reader->scratch,
	    (size_t)limits->max_text_bytes);
	html_writer_init(&reader->hidden, reader->scratch,
	    (size_t)limits->max_text_bytes);
	vec_init(&page_r->addresses, arena, sizeof(struct html_address));
	vec_init(&page_r->hidden, arena, sizeof(struct html_piece));
	vec_init(&reader->pieces, reader->scratch,
	    sizeof(struct html_extent));
	vec_init(&reader->spans, reader->scratch, sizeof(struct html_span));
	vec_init(&reader->css_urls, reader->scratch, sizeof(struct str));
	reader->elements = arena_alloc(reader->scratch,
	    ((size_t)limits->max_depth + 1) * sizeof(reader->elements[0]));
	memset(&reader->elements[0], 0, sizeof(reader->elements[0]));
	reader->elements[0].style = html_first_style;
	reader->depth = 1;
}

void
html_read(struct arena *arena, struct str page,
    const struct html_limits *limits, struct html_page *page_r)
{
	struct html_reader reader;

	reader_init(&reader, arena, page, limits, page_r);
	read_styles(&reader);
	read_page(&reader);
	end_page(&reader);
	arena_free(&reader.scratch);
}
