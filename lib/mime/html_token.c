/* SPDX-License-Identifier: ISC */
/* html_token.c - a page as its tags, texts and comments. */
#include <string.h>

#include "base/vec.h"
#include "mime/html_private.h"

/* Longer than every name in the lists. */
#define NAME_SIZE 24

struct name {
	char text[NAME_SIZE];
	unsigned value;
};

static const struct name tag_names[] = {
#define TAG(name, behaviour) { #name, TAG_##name },
#include "mime/html_tags.list"
#undef TAG
};

static const struct name attr_names[] = {
#define ATTR(name, identifier) { name, ATTR_##identifier },
#include "mime/html_attrs.list"
#undef ATTR
};

const uint16_t html_behaviours[TAG_COUNT] = {
#define TAG(name, behaviour) [TAG_##name] = (behaviour),
#include "mime/html_tags.list"
#undef TAG
};

/* The value of text, which begins with front, or none. No step may call a
 * function or take a branch that nobody can foresee. */
static unsigned
search(const struct name *names, size_t count, struct str text, uint64_t front,
    unsigned none)
{
	const struct name *found = names;

	while (count > 1) {
		size_t step = count / 2;

		found += html_name_half(found[step].text) <= front ? step : 0;
		count -= step;
	}
	return str_is_nocase(text, found->text) ? found->value : none;
}

/* The value of text, which begins with front, without regard to case, or none.
 * Every tag and attribute is looked up, and most of them came just before. */
static unsigned
find_name(struct html_names *known, const struct name *names, size_t count,
    struct str text, uint64_t front, unsigned none)
{
	struct html_known_name *slot = &known->slots[((front + text.len) *
	    UINT64_C(0x9e3779b97f4a7c15)) >> 58];

	if (slot->front != front || slot->name.len != text.len ||
	    (text.len > sizeof(front) && !str_eq_nocase(slot->name, text)))
		*slot = (struct html_known_name){ front, text,
		    search(names, count, text, front, none) };
	return slot->value;
}

/* What a byte is within a tag. */
#define BLANK 1
#define ENDS_TAG_NAME 2		/* the name of a tag */
#define ENDS_ATTR_NAME 4	/* that of an attribute */
#define ENDS (ENDS_TAG_NAME | ENDS_ATTR_NAME)

static const unsigned char classes[256] = {
	[' '] = BLANK | ENDS, ['\n'] = BLANK | ENDS, ['\t'] = BLANK | ENDS,
	['\r'] = BLANK | ENDS, ['\f'] = BLANK | ENDS, ['>'] = ENDS,
	['/'] = ENDS, ['='] = ENDS_ATTR_NAME,
};

static bool
is_any(char c, unsigned class)
{
	return (classes[(unsigned char)c] & class) != 0;
}

static bool
is_blank(char c)
{
	return is_any(c, BLANK);
}

/* The name that begins at `at`, whatever it begins with, up to what ends it; and
 * its first eight bytes in lower case, as html_name_half() has them. */
static struct str
read_name(const struct html_tokens *tokens, size_t at, unsigned ends,
    uint64_t *front_r)
{
	struct str name = str_from_pos(tokens->page, at);
	size_t max = name.len, len = 0;
	uint64_t front = 0;

	do {
		if (len < sizeof(front))
			front = front << 8 |
			    (unsigned char)char_lower(name.data[len]);
		len++;
	} while (len < max && !is_any(name.data[len], ends));
	if (len < sizeof(front))
		front <<= 8 * (sizeof(front) - len);
	*front_r = front;
	return str_of(name.data, len);
}

/* Where c is from position at on, or the end of the page. */
static size_t
find_char(const struct html_tokens *tokens, size_t at, char c)
{
	const char *found;

	if (at >= tokens->page.len)
		return tokens->page.len;
	found = memchr(tokens->page.data + at, c, tokens->page.len - at);
	return found == NULL ? tokens->page.len :
	    (size_t)(found - tokens->page.data);
}

static int
peek(const struct html_tokens *tokens, size_t at)
{
	return at < tokens->page.len ? (unsigned char)tokens->page.data[at] :
	    -1;
}

static enum html_token_kind
give(struct html_tokens *tokens, enum html_token_kind kind, size_t from,
    size_t to)
{
	tokens->token.kind = kind;
	tokens->token.text = str_sub(tokens->page, from, to - from);
	return kind;
}

/* --- comments (WHATWG HTML 13.2.5.41 on) ----------------------------------- */

/* Where the comment whose text begins at from ends; *behind_r: where the page
 * goes on. */
static size_t
comment_end(struct html_tokens *tokens, size_t from, size_t *behind_r)
{
	struct str page = tokens->page;
	size_t at = from;

	/* "<!-->" and "<!--->" are empty ones. */
	if (peek(tokens, at) == '>' ||
	    (peek(tokens, at) == '-' && peek(tokens, at + 1) == '>')) {
		*behind_r = find_char(tokens, at, '>') + 1;
		return from;
	}
	while ((at = find_char(tokens, at, '-')) + 2 < page.len) {
		if (page.data[at + 1] == '-' && page.data[at + 2] == '>') {
			*behind_r = at + 3;
			return at;
		}
		if (page.data[at + 1] == '-' && page.data[at + 2] == '!' &&
		    peek(tokens, at + 3) == '>') {
			*behind_r = at + 4;
			return at;
		}
		at++;
	}
	tokens->has_no_end = true;
	*behind_r = page.len;
	return page.len;
}

/* "<!" or "<?" or "</" and no name: to the next ">". */
static enum html_token_kind
read_declaration(struct html_tokens *tokens)
{
	size_t from = tokens->at + 2;
	size_t to, behind;

	if (peek(tokens, from - 1) == '!' && peek(tokens, from) == '-' &&
	    peek(tokens, from + 1) == '-') {
		from += 2;
		to = comment_end(tokens, from, &behind);
	} else {
		to = find_char(tokens, from, '>');
		behind = to < tokens->page.len ? to + 1 : to;
		tokens->has_no_end |= to == tokens->page.len;
	}
	tokens->at = behind;
	return give(tokens, TOKEN_COMMENT, from < to ? from : to, to);
}

/* --- tags ------------------------------------------------------------------ */

/* The value that begins at `at`, behind "=" and blanks; where it ends. */
static size_t
read_value(struct html_tokens *tokens, size_t at, struct str *value_r)
{
	int quote = peek(tokens, at);
	size_t end = at;

	if (quote == '"' || quote == '\'') {
		end = find_char(tokens, at + 1, (char)quote);
		*value_r = str_sub(tokens->page, at + 1, end - at - 1);
		return end < tokens->page.len ? end + 1 : end;
	}
	while (end < tokens->page.len && tokens->page.data[end] != '>' &&
	    !is_blank(tokens->page.data[end]))
		end++;
	*value_r = str_sub(tokens->page, at, end - at);
	return end;
}

static size_t
skip_blanks(const struct html_tokens *tokens, size_t at)
{
	while (at < tokens->page.len && is_blank(tokens->page.data[at]))
		at++;
	return at;
}

/* The first of a name counts (WHATWG HTML 13.2.5.33). */
static void
take_attr(struct html_tokens *tokens, struct str name, uint64_t front,
    struct str value)
{
	struct html_token *token = &tokens->token;
	unsigned attr = find_name(&tokens->attrs, attr_names,
	    ARRAY_LEN(attr_names), name, front, ATTR_COUNT);

	if (attr < ATTR_COUNT && !html_has(token, attr)) {
		token->present |= (uint64_t)1 << attr;
		token->attrs[attr] = value;
	} else if (name.len > 4 && char_lower(name.data[0]) == 'o' &&
	    char_lower(name.data[1]) == 'n') {
		token->handlers++;
	}
}

/* One attribute, whose name begins at `at`; where it ends. */
static size_t
read_attr(struct html_tokens *tokens, size_t at)
{
	struct str name, value = STR("");
	uint64_t front;

	name = read_name(tokens, at, ENDS_ATTR_NAME, &front);
	at = skip_blanks(tokens, at + name.len);
	if (peek(tokens, at) == '=')
		at = read_value(tokens, skip_blanks(tokens, at + 1), &value);
	take_attr(tokens, name, front, value);
	return at;
}

/* The attributes from at on, and ">". Where the page goes on; 0: it ends within
 * the tag. */
static size_t
read_attrs(struct html_tokens *tokens, size_t at)
{
	for (;;) {
		int c = peek(tokens, at);

		if (c == -1)
			return 0;
		if (c == '>')
			return at + 1;
		if (c == '/' || is_blank((char)c))
			at++;
		else
			at = read_attr(tokens, at);
	}
}

/* A tag; its name begins at `at`. */
static enum html_token_kind
read_tag(struct html_tokens *tokens, enum html_token_kind kind, size_t at)
{
	struct html_token *token = &tokens->token;
	uint64_t front;
	size_t end;

	token->kind = kind;
	token->present = 0;
	token->handlers = 0;
	token->name = read_name(tokens, at, ENDS_TAG_NAME, &front);
	token->tag = find_name(&tokens->tags, tag_names,
	    ARRAY_LEN(tag_names), token->name, front, TAG_OTHER);
	end = read_attrs(tokens, at + token->name.len);
	if (end == 0) {
		/* A browser drops it (13.2.5.8, eof-in-tag). */
		tokens->has_no_end = true;
		tokens->at = tokens->page.len;
		return give(tokens, TOKEN_END, tokens->at, tokens->at);
	}
	tokens->at = end;
	if (kind == TOKEN_OPEN &&
	    (html_behaviour(token->tag) & (RAW | ESCAPABLE)) != 0)
		tokens->raw = token->tag;
	return kind;
}

/* --- content that is no HTML (13.2.5.2 to 13.2.5.4) ------------------------- */

/* Does "</name" stand at `at`, and does the name end there? */
static bool
is_end_of(const struct html_tokens *tokens, size_t at, struct str name)
{
	struct str found = str_sub(tokens->page, at + 2, name.len);
	int behind = peek(tokens, at + 2 + name.len);

	return peek(tokens, at + 1) == '/' && str_eq_nocase(found, name) &&
	    (behind == '>' || behind == '/' ||
	    (behind != -1 && is_blank((char)behind)));
}

static enum html_token_kind
read_raw(struct html_tokens *tokens)
{
	enum html_tag tag = tokens->raw;
	struct str name = tokens->token.name;
	size_t from = tokens->at, end = from;

	tokens->raw = TAG_OTHER;
	if (tag == TAG_plaintext)
		end = tokens->page.len;
	for (; (end = find_char(tokens, end, '<')) < tokens->page.len; end++)
		if (is_end_of(tokens, end, name))
			break;
	tokens->has_no_end |= end == tokens->page.len && tag != TAG_plaintext;
	tokens->at = end;
	tokens->token.tag = tag;
	return give(tokens, TOKEN_RAW, from, end);
}

/* --- the page -------------------------------------------------------------- */

void
html_tokens_init(struct html_tokens *tokens, struct str page)
{
	memset(tokens, 0, sizeof(*tokens));
	tokens->page = page;
}

/* Does markup begin with the "<" at `at`? Else it is text (13.2.5.6). */
static bool
is_markup(const struct html_tokens *tokens, size_t at)
{
	int c = peek(tokens, at + 1);

	if (c == '/')
		return peek(tokens, at + 2) != -1;
	return c == '!' || c == '?' || (c != -1 && char_is_alpha((char)c));
}

static enum html_token_kind
read_text(struct html_tokens *tokens)
{
	size_t from = tokens->at, end = from;

	while ((end = find_char(tokens, end, '<')) < tokens->page.len &&
	    !is_markup(tokens, end))
		end++;
	tokens->at = end;
	return give(tokens, TOKEN_TEXT, from, end);
}

enum html_token_kind
html_tokens_next(struct html_tokens *tokens)
{
	size_t at = tokens->at;
	int c;

	if (tokens->raw != TAG_OTHER)
		return read_raw(tokens);
	if (at >= tokens->page.len)
		return give(tokens, TOKEN_END, at, at);
	if (tokens->page.data[at] != '<' || !is_markup(tokens, at))
		return read_text(tokens);
	c = tokens->page.data[at + 1];
	if (char_is_alpha((char)c))
		return read_tag(tokens, TOKEN_OPEN, at + 1);
	if (c == '/' && char_is_alpha(tokens->page.data[at + 2]))
		return read_tag(tokens, TOKEN_CLOSE, at + 2);
	return read_declaration(tokens);
}
