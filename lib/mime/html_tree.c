/* SPDX-License-Identifier: ISC */
/* html_tree.c - which elements are open, and what a tag opens and closes.
 *
 * A browser builds a tree (WHATWG HTML 13.2.6); for what is seen its open
 * elements suffice. Kept of its rules: what a tag ends by its place alone, end
 * tags that reach no further than their table cell, formatting elements that go
 * on behind a block that ended within them, void elements, and end tags that
 * nothing fits to. Not kept: text between rows of a table moves in front of it
 * there, here it stays.
 *
 * Each element knows which tags an end tag within it can reach, so a tag that
 * fits to nothing costs one look; what is searched is closed by that. So time is
 * linear whatever the nesting is.
 */
#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "mime/html_private.h"

/* So many formatting elements go on behind a block. */
#define MAX_RESUMED 8
/* How far the end tag of an element that is not in the list may reach. */
#define OTHER_REACH 16

static const enum html_tag table_parts[] = {
	TAG_table, TAG_tbody, TAG_thead, TAG_tfoot, TAG_tr, TAG_td, TAG_th,
	TAG_caption,
};

static const enum html_tag items[] = { TAG_li, TAG_dd, TAG_dt, TAG_option };

static void
set_scope(uint64_t *scope, enum html_tag tag)
{
	scope[tag / 64] |= (uint64_t)1 << tag % 64;
}

static void
clear_scope(uint64_t *scope, enum html_tag tag)
{
	scope[tag / 64] &= ~((uint64_t)1 << tag % 64);
}

static bool
in_scope(const uint64_t *scope, enum html_tag tag)
{
	return (scope[tag / 64] >> tag % 64 & 1) != 0;
}

_Static_assert(TAG_COUNT <= 128, "a scope has 128 bits");

struct html_element *
html_top(struct html_reader *reader)
{
	return &reader->elements[reader->depth - 1];
}

static void
write_break(struct html_reader *reader, enum html_tag tag)
{
	unsigned breaks = (html_behaviour(tag) & PARAGRAPH) != 0 ? 2 : 1;

	html_write_break(&reader->seen, breaks);
	html_write_break(&reader->hidden, breaks);
}

/* --- opening ----------------------------------------------------------------- */

/* What an end tag within a new element of this tag can reach. */
static void
inherit_scope(struct html_element *element, const struct html_element *above)
{
	unsigned behaviour = html_behaviour(element->tag);

	/* Scopes end at cells and tables, for items at lists (13.2.4.2). */
	memset(element->scope, 0, sizeof(element->scope));
	if ((behaviour & (BARRIER | TABLE)) == 0) {
		memcpy(element->scope, above->scope, sizeof(above->scope));
	} else if ((behaviour & TABLE) == 0) {
		for (size_t i = 0; i < ARRAY_LEN(table_parts); i++)
			if (in_scope(above->scope, table_parts[i]))
				set_scope(element->scope, table_parts[i]);
	}
	if ((behaviour & LIST) != 0)
		for (size_t i = 0; i < ARRAY_LEN(items); i++)
			clear_scope(element->scope, items[i]);
	set_scope(element->scope, element->tag);
}

static void
push(struct html_reader *reader, enum html_tag tag, struct str name,
    const struct html_style *style, const struct html_declared *declared,
    size_t address)
{
	const struct html_element *above = html_top(reader);
	struct html_element *element;

	if (reader->depth == (size_t)reader->limits->max_depth) {
		reader->page->is_cut = true;
		reader->too_deep[tag]++;
		return;
	}
	element = &reader->elements[reader->depth++];
	element->tag = tag;
	element->name = name;
	element->address = address;
	element->declared = *declared;
	element->style = *style;
	inherit_scope(element, above);
	if (reader->depth > reader->page->max_depth)
		reader->page->max_depth = reader->depth;
	if (element->style.is_block)
		write_break(reader, tag);
}

void
html_tree_open(struct html_reader *reader,
    const struct html_style *style, const struct html_declared *declared,
    size_t address)
{
	const struct html_token *token = &reader->tokens.token;

	push(reader, token->tag, token->name, style, declared, address);
}

/* --- closing ----------------------------------------------------------------- */

static void
end_link(struct html_reader *reader, size_t address)
{
	struct html_span *span;

	if (address == 0)
		return;
	span = vec_at(&reader->spans, address - 1);
	span->seen_to = reader->seen.buf.len;
	span->hidden_to = reader->hidden.buf.len;
}

static void
pop(struct html_reader *reader)
{
	struct html_element *element = html_top(reader);

	end_link(reader, element->address);
	if (element->style.is_block)
		write_break(reader, element->tag);
	reader->depth--;
}

/* Close everything down to element at; formatting elements in it go on when
 * the innermost that closes says so. */
static void
pop_to(struct html_reader *reader, size_t at, bool resumes)
{
	struct html_element kept[MAX_RESUMED];
	size_t count = 0;

	while (reader->depth > at + 1) {
		struct html_element *element = html_top(reader);
		unsigned behaviour = html_behaviour(element->tag);

		if ((behaviour & BARRIER) != 0)
			count = 0;
		else if (resumes && (behaviour & FORMATTING) != 0 &&
		    count < MAX_RESUMED)
			kept[count++] = *element;
		pop(reader);
	}
	pop(reader);
	while (count-- > 0) {
		struct html_element *again = &kept[count];

		again->style = html_style_of(&html_top(reader)->style,
		    again->tag, &again->declared);
		push(reader, again->tag, again->name, &again->style,
		    &again->declared, again->address);
	}
}

static bool
fits(const struct html_element *element, enum html_tag tag, struct str name)
{
	return element->tag == tag &&
	    (tag != TAG_OTHER || str_eq_nocase(element->name, name));
}

/* The innermost open element of this tag; 0, the page itself: there is none. */
static size_t
find_open(struct html_reader *reader, enum html_tag tag, struct str name,
    bool *has_block_r)
{
	size_t reach = tag == TAG_OTHER ? OTHER_REACH : reader->depth;
	size_t at = reader->depth;

	*has_block_r = false;
	while (--at > 0 && reader->depth - at <= reach) {
		const struct html_element *element = &reader->elements[at];

		if (fits(element, tag, name))
			return at;
		*has_block_r |= (html_behaviour(element->tag) &
		    (BLOCK | CELL)) != 0;
	}
	return 0;
}

/* "</b>" with a div open within: b ends, the div stays as it is (13.2.6.4.7,
 * the adoption agency). */
static void
take_out(struct html_reader *reader, size_t at)
{
	end_link(reader, reader->elements[at].address);
	reader->depth--;
	memmove(&reader->elements[at], &reader->elements[at + 1],
	    (reader->depth - at) * sizeof(reader->elements[0]));
}

static void
close_open(struct html_reader *reader, enum html_tag tag, struct str name)
{
	unsigned behaviour = html_behaviour(tag);
	bool has_block;
	size_t at = find_open(reader, tag, name, &has_block);

	if (at == 0) {
		/* It was taken out; nobody looks for it here again. */
		if (tag != TAG_OTHER)
			clear_scope(html_top(reader)->scope, tag);
		return;
	}
	if ((behaviour & FORMATTING) != 0 && has_block)
		take_out(reader, at);
	else
		pop_to(reader, at, (behaviour & (BARRIER | TABLE | CELL | ROW |
		    ROWS)) == 0);
}

void
html_tree_close(struct html_reader *reader, enum html_tag tag,
    struct str name)
{
	if (reader->too_deep[tag] > 0) {
		reader->too_deep[tag]--;
		return;
	}
	if (tag == TAG_br)
		html_write_line(&reader->seen);
	/* Behind these the page goes on as if they were open (13.2.6.4.19). */
	if (tag == TAG_body || tag == TAG_html)
		return;
	if (tag >= TAG_h1 && tag <= TAG_h6)
		for (enum html_tag other = TAG_h1; other <= TAG_h6; other++)
			if (in_scope(html_top(reader)->scope, other))
				tag = in_scope(html_top(reader)->scope, tag) ?
				    tag : other;
	if (in_scope(html_top(reader)->scope, tag))
		close_open(reader, tag, name);
	else if (tag == TAG_p)
		write_break(reader, tag);
}

/* --- what a tag ends by its place ----------------------------------------------- */

static void
close_if_open(struct html_reader *reader, enum html_tag tag)
{
	if (in_scope(html_top(reader)->scope, tag))
		close_open(reader, tag, STR(""));
}

/* The item before this one, unless a list stands between. */
static void
end_item(struct html_reader *reader, enum html_tag tag)
{
	for (size_t at = reader->depth - 1; at > 0; at--) {
		enum html_tag open = reader->elements[at].tag;
		unsigned behaviour = html_behaviour(open);

		if (open == tag || ((open == TAG_dd || open == TAG_dt) &&
		    (tag == TAG_dd || tag == TAG_dt))) {
			pop_to(reader, at, true);
			return;
		}
		if ((behaviour & (LIST | BARRIER | TABLE)) != 0)
			return;
	}
}

/* The cell, row or group of rows before this one, in the same table. */
static void
end_rows(struct html_reader *reader, unsigned kinds)
{
	size_t lowest = 0;
	bool is_open = false;

	for (size_t i = 0; i < ARRAY_LEN(table_parts); i++)
		is_open |= (html_behaviour(table_parts[i]) & kinds) != 0 &&
		    in_scope(html_top(reader)->scope, table_parts[i]);
	for (size_t at = reader->depth - 1; is_open && at > 0; at--) {
		unsigned behaviour = html_behaviour(reader->elements[at].tag);

		if ((behaviour & TABLE) != 0)
			break;
		if ((behaviour & kinds) != 0)
			lowest = at;
	}
	if (lowest > 0)
		pop_to(reader, lowest, false);
}

void
html_tree_imply(struct html_reader *reader, enum html_tag tag)
{
	unsigned behaviour = html_behaviour(tag);
	const uint64_t *scope = html_top(reader)->scope;

	if (tag == TAG_a)
		close_if_open(reader, TAG_a);
	if ((behaviour & (CELL | ROW | ROWS)) != 0) {
		end_rows(reader, (behaviour & ROWS) != 0 ? CELL | ROW | ROWS :
		    (behaviour & ROW) != 0 ? CELL | ROW : CELL);
	} else if ((behaviour & BLOCK) != 0) {
		if ((behaviour & ITEM) != 0 && (in_scope(scope, tag) ||
		    (tag == TAG_dd && in_scope(scope, TAG_dt)) ||
		    (tag == TAG_dt && in_scope(scope, TAG_dd))))
			end_item(reader, tag);
		if ((behaviour & TABLE) == 0 && tag != TAG_option &&
		    tag != TAG_optgroup)
			close_if_open(reader, TAG_p);
	}
}

void
html_tree_end(struct html_reader *reader)
{
	while (reader->depth > 1)
		pop(reader);
}
