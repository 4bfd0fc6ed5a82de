/* SPDX-License-Identifier: ISC */
/* sa_html.c - a page of HTML rendered as SpamAssassin does it.
 *
 * It is not how a browser shows a page (lib/mime/html.h knows that): a block is a
 * line end, a paragraph two, hidden text stands where it is. Rules for bodies were
 * written against exactly this text. */
#include "rules/place/sa_html.h"

#include "base/arena.h"
#include "base/map.h"
#include "rules/place/sa_html_private.h"

/* Tags of other names than HTML has that are counted. */
#define NAMES_MAX ((size_t)5000)
/* Comments without end in one page. */
#define ENDLESS_MAX 8

/* --- tags that are open --------------------------------------------------------------- */

int
sa_page_inside(const struct sa_page *page, struct str tag)
{
	const struct sa_tag *known = sa_tag_find(tag);
	const int *count = known != NULL ?
	    &page->inside[sa_tag_number(known)] : map_find(page->others, tag);

	return count != NULL ? *count : -1;
}

/* The count of a name; tag NULL: of one that means nothing. */
static int *
inside(struct sa_reader *reader, struct str name, const struct sa_tag *tag,
    bool *is_new_r)
{
	struct sa_page *page = reader->page;
	int *count = tag != NULL ? &page->inside[sa_tag_number(tag)] :
	    map_find(page->others, name);

	*is_new_r = count == NULL || *count < 0;
	if (count == NULL && map_len(page->others) < NAMES_MAX) {
		count = arena_zalloc(reader->arena, sizeof(*count));
		map_put(page->others, name, count);
	} else if (*is_new_r && count != NULL) {
		*count = 0;
	}
	return count;
}

/* Tags of office programs: "o:p", "st1:city". */
static bool
is_foreign(struct str name)
{
	size_t at = name.len > 2 && name.data[0] == 'o' && name.data[1] == ':' ?
	    2 : name.len > 4 && name.data[0] == 's' && name.data[1] == 't' &&
	    char_is_digit(name.data[2]) && name.data[3] == ':' ? 4 : 0;

	if (at == 0)
		return false;
	for (; at < name.len; at++)
		if (!char_is_alnum(name.data[at]) && name.data[at] != '_' &&
		    name.data[at] != '-')
			return false;
	return true;
}

static void
count_tag(struct sa_reader *reader, struct str name, const struct sa_tag *tag,
    int by)
{
	struct sa_page *page = reader->page;
	bool is_new, is_element = (tag != NULL &&
	    (tag->flags & SA_TAG_ELEMENT) != 0) || is_foreign(name);
	int *count = inside(reader, name, tag, &is_new);

	page->tags++;
	page->tags_seen += is_new;
	page->elements += is_element;
	page->elements_seen += is_element && is_new;
	if (count == NULL)
		return;
	*count += by;
	if (*count < 0) {
		*count = 0;
		page->closed_extra++;
	}
}

/* --- text ------------------------------------------------------------------------------ */

/* White space that stands for tags. The blank at the end of text before it
 * goes. */
static void
add_space(struct sa_reader *reader, const char *space)
{
	struct buf *text = &reader->text;

	if (reader->has_piece && !reader->is_space_piece &&
	    !reader->is_hidden_piece && text->len > reader->piece_at &&
	    text->data[text->len - 1] == ' ')
		text->len--;
	reader->piece_at = text->len;
	reader->has_piece = reader->is_space_piece = true;
	reader->is_hidden_piece = false;
	buf_add_text(text, space);
}

/* Text, runs of white space as one blank; none in front behind white space that
 * stands for tags. */
static void
add_text(struct sa_reader *reader, struct str text, bool is_hidden)
{
	bool drops = reader->has_piece && reader->is_space_piece && !is_hidden;

	reader->piece_at = reader->text.len;
	reader->has_piece = true;
	reader->is_space_piece = false;
	reader->is_hidden_piece = is_hidden;
	for (size_t at = 0, from; at < text.len;) {
		for (from = at; at < text.len && !sa_is_space(text.data[at]);)
			at++;
		buf_add_str(&reader->text, str_sub(text, from, at - from));
		if (at == text.len)
			break;
		while (at < text.len && sa_is_space(text.data[at]))
			at++;
		if (!drops || reader->text.len != reader->piece_at)
			buf_add_char(&reader->text, ' ');
	}
}

/* What is neither white space nor a sign. */
static bool
is_letter(char c)
{
	return (unsigned char)c >= 0x80 || char_is_alnum(c) ||
	    ((unsigned char)c < ' ' && !sa_is_space(c)) || c == 0x7f;
}

/* A tag in the middle of a word. */
static void
note_cut(struct sa_reader *reader, struct str text)
{
	const struct buf *before = &reader->text;

	if (reader->has_piece && before->len > reader->piece_at &&
	    text.len != 0 && is_letter(text.data[0]) &&
	    is_letter(before->data[before->len - 1]))
		reader->page->obfuscation++;
}

static bool
has_word(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (i + 1 < text.len && text.data[i] == '\xc2' &&
		    text.data[i + 1] == '\xa0')
			i++;
		else if (!sa_is_space(text.data[i]))
			return true;
	}
	return false;
}

/* A text of the page, references resolved. */
static void
take_text(struct sa_reader *reader, struct str text)
{
	bool is_hidden;

	if (*reader->in_script > 0) {
		sa_reader_keep(reader, &reader->page->scripts, text);
		return;
	}
	if (*reader->in_style > 0)
		return;
	if (reader->has_anchor && *reader->in_anchor > 0)
		buf_add_str(&reader->anchor, text);
	if (reader->has_title && *reader->in_title > 0)
		buf_add_str(&reader->title, text);
	is_hidden = has_word(text) &&
	    sa_styles_hide(&reader->styles, reader->page);
	note_cut(reader, text);
	add_text(reader, text, is_hidden);
}

/* "&#150;" is character 150 there, whatever browsers make of it. */
static size_t
control_reference(struct str text, char out[HTML_ENTITY_MAX])
{
	unsigned value = 0;
	size_t at = 2;

	for (; at < text.len && at < 6 && char_is_digit(text.data[at]); at++)
		value = value * 10 + (unsigned)(text.data[at] - '0');
	if (value < 128 || value > 159)
		return 0;
	out[0] = '\xc2';
	out[1] = (char)value;
	return at + (at < text.len && text.data[at] == ';');
}

/* One reference at the start of text, or its first byte; how long it is. */
static size_t
add_reference(struct sa_reader *reader, struct str text)
{
	char out[HTML_ENTITY_MAX];
	size_t out_len = 2, len = 0;

	if (text.len >= 6 && memcmp(text.data, "&nbsp;", 6) == 0) {
		buf_add_char(&reader->chunk, ' ');
		return 6;
	}
	if (text.len > 2 && text.data[1] == '#')
		len = control_reference(text, out);
	if (len == 0)
		len = html_entity(text, false, out, &out_len);
	if (len == 0) {
		buf_add_char(&reader->chunk, text.data[0]);
		return 1;
	}
	/* Beyond U+00FF: two octets from 0xc4 on, or more. */
	reader->page->is_wide |= (unsigned char)out[0] >= 0xc4;
	buf_add(&reader->chunk, out, out_len);
	return len;
}

static void
take_source(struct sa_reader *reader, struct str source)
{
	ptrdiff_t at;

	buf_clear(&reader->chunk);
	buf_reserve(&reader->chunk, source.len + 1);
	while ((at = str_find(source, '&')) >= 0) {
		buf_add_str(&reader->chunk, str_sub(source, 0, (size_t)at));
		source = str_from_pos(source, (size_t)at);
		source = str_from_pos(source, add_reference(reader, source));
	}
	buf_add_str(&reader->chunk, source);
	take_text(reader, buf_str(&reader->chunk));
}

/* --- the page ---------------------------------------------------------------------------------- */

static void
take_space(struct sa_reader *reader, const struct sa_tag *tag)
{
	if ((tag->flags & SA_TAG_LINE) != 0)
		add_space(reader, "\n");
	else if ((tag->flags & SA_TAG_BLANK) != 0)
		add_space(reader, " ");
	else if ((tag->flags & SA_TAG_PARAGRAPH) != 0)
		add_space(reader, "\n\n");
}

static void
take_tag(struct sa_reader *reader, const struct html_token *token)
{
	struct str name = str_lower(reader->arena, token->name);
	const struct sa_tag *tag = sa_tag_find(name);
	bool is_open = token->kind == TOKEN_OPEN;

	count_tag(reader, name, tag, is_open ? 1 : -1);
	if (tag == NULL)
		return;
	if ((tag->flags & SA_TAG_STYLE) != 0 && is_open)
		sa_styles_open(&reader->styles, reader->arena, reader->page,
		    tag, token);
	else if ((tag->flags & SA_TAG_STYLE) != 0)
		sa_styles_close(&reader->styles, tag);
	take_space(reader, tag);
	if (!is_open)
		return;
	if ((tag->flags & SA_TAG_URI) != 0)
		sa_uris_take(&reader->uris, tag, token);
	sa_reader_take_facts(reader, token, name);
}

/* "<!...>", "<?...>": the text begins behind what marks it. */
static void
take_comment(struct sa_reader *reader, struct str text)
{
	bool is_new;

	if (str_has_prefix_nocase(text, STR("doctype")) &&
	    text.data[-1] == '!') {
		reader->page->elements++;
		reader->page->tags++;
		inside(reader, STR("!doctype"), NULL, &is_new);
	} else if (text.data[-1] == '-') {
		sa_reader_keep(reader, &reader->page->comments,
		    str_from(arena_printf(reader->arena, "<!--%.*s-->",
		    STR_ARG(text))));
	} else if (text.data[-1] == '!' && text.len != 0 &&
	    !char_is_alpha(text.data[0])) {
		sa_reader_keep(reader, &reader->page->comments,
		    str_from(arena_printf(reader->arena, "<!%.*s>",
		    STR_ARG(text))));
	}
}

/* A comment without end is one up to the next ">" there. So often that is
 * tried. */
static void
cut_endless(struct html_tokens *tokens, unsigned *endless)
{
	struct str *text = &tokens->token.text;
	ptrdiff_t close = str_find(*text, '>');

	if (text->data + text->len != tokens->page.data + tokens->page.len ||
	    text->data[-1] != '-' || close < 0 || *endless >= ENDLESS_MAX)
		return;
	++*endless;
	text->len = (size_t)close;
	tokens->at = (size_t)(text->data - tokens->page.data) +
	    text->len + 1;
}

static void
read_page(struct sa_reader *reader, struct str source)
{
	struct html_tokens tokens;
	const struct html_token *token = &tokens.token;
	unsigned endless = 0;

	html_tokens_init(&tokens, source);
	for (;;) {
		switch (html_tokens_next(&tokens)) {
		case TOKEN_END:
			return;
		case TOKEN_TEXT:
			take_source(reader, token->text);
			break;
		case TOKEN_RAW:
			if (token->text.len == 0)
				break;
			if ((html_behaviour(token->tag) & RAW) != 0)
				take_text(reader, token->text);
			else
				take_source(reader, token->text);
			break;
		case TOKEN_COMMENT:
			cut_endless(&tokens, &endless);
			take_comment(reader, token->text);
			break;
		case TOKEN_OPEN:
		case TOKEN_CLOSE:
			take_tag(reader, token);
			break;
		}
	}
}

/* Quotation marks of typography would be in the way around values. */
static struct str
plain_quotes(struct arena *arena, struct str source)
{
	struct str rest = source;
	const char *at;
	struct buf out;

	if (memmem(source.data, source.len, "\xe2\x80\x9c", 3) == NULL &&
	    memmem(source.data, source.len, "\xe2\x80\x9d", 3) == NULL)
		return source;
	buf_init(&out, arena);
	buf_reserve(&out, source.len + 1);
	while ((at = memchr(rest.data, 0xe2, rest.len)) != NULL) {
		size_t len = (size_t)(at - rest.data);
		bool is_quote = len + 2 < rest.len && at[1] == '\x80' &&
		    (at[2] == '\x9c' || at[2] == '\x9d');

		buf_add_str(&out, str_sub(rest, 0, len + (is_quote ? 0 : 1)));
		if (is_quote)
			buf_add_char(&out, '"');
		rest = str_from_pos(rest, len + (is_quote ? 3 : 1));
	}
	buf_add_str(&out, rest);
	return buf_str(&out);
}

static size_t
count_chars(struct str text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
	return count;
}

static size_t
count_spaces(struct str text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += sa_is_space(text.data[i]);
	return count;
}

static const int *
count_of(const struct sa_page *page, const char *tag)
{
	return &page->inside[sa_tag_number(sa_tag_find(str_from(tag)))];
}

static void
init(struct sa_reader *reader, struct arena *arena, struct sa_page *page)
{
	struct vec *const texts[] = { &page->anchors, &page->titles,
		&page->comments, &page->scripts };
	struct buf *const bufs[] = { &reader->text, &reader->chunk,
		&reader->anchor, &reader->title };

	*reader = (struct sa_reader){ .arena = arena, .page = page };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		vec_init(texts[i], arena, sizeof(struct str));
	for (size_t i = 0; i < ARRAY_LEN(bufs); i++) {
		buf_init(bufs[i], arena);
		buf_reserve(bufs[i], 1);
	}
	vec_init(&page->uris, arena, sizeof(struct sa_page_uri));
	for (size_t i = 0; i < SA_TAGS; i++)
		page->inside[i] = -1;
	page->others = map_new(arena);
	reader->in_script = count_of(page, "script");
	reader->in_style = count_of(page, "style");
	reader->in_anchor = count_of(page, "a");
	reader->in_title = count_of(page, "title");
	page->min_size = page->max_size = 3;
	sa_styles_init(&reader->styles, arena);
	reader->uris = (struct sa_uris){ .arena = arena, .page = page,
		.by_name = map_new(arena), .base = STR("") };
}

struct sa_page *
sa_html_render(struct arena *arena, struct str source, bool is_wide)
{
	struct sa_page *page = arena_zalloc(arena, sizeof(*page));
	struct sa_reader reader;

	init(&reader, arena, page);
	page->is_wide = is_wide;
	page->length = count_chars(source);
	if (source.len != 0)
		read_page(&reader, plain_quotes(arena, source));
	sa_reader_end_anchor(&reader);
	sa_reader_end_title(&reader);
	page->text = buf_str(&reader.text);
	page->text_length = count_chars(page->text);
	page->space_length = count_spaces(page->text);
	return page;
}
