/* SPDX-License-Identifier: ISC */
/* header.c - the header fields of a message, as they came and as they leave. */
#include "mail/header.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"

#define HEADER_NAME_MAX 998	/* RFC 5322 2.1.1: one line */
#define HEADER_LINE_AIM 78

void
header_list_init(struct header_list *list, struct arena *arena)
{
	*list = (struct header_list){ .arena = arena };
	vec_init(&list->fields, arena, sizeof(struct header));
}

void
header_list_add(struct header_list *list, struct str name, struct str value)
{
	struct header *header = vec_push(&list->fields);

	header->name = str_copy(list->arena, name);
	header->value = str_copy(list->arena, value);
	header->has_cr = str_find(value, '\r') >= 0;
	list->size_bytes += name.len + value.len;
}

static struct header *
make_room(struct vec *fields, size_t position)
{
	size_t behind = fields->len - position;
	struct header *header;

	/* The usual place; nothing moves for it. */
	if (position == 0)
		return vec_push_front(fields);
	vec_push(fields);
	header = vec_at(fields, position);
	memmove(header + 1, header, behind * sizeof(*header));
	return header;
}

void
header_list_insert(struct header_list *list, size_t position, struct str name,
    struct str value)
{
	*make_room(&list->fields, position) = (struct header){
		.name = str_copy(list->arena, name),
		.value = str_copy(list->arena, value),
		.is_ours = true,
	};
}

/* A stranger chooses how many fields there are and how they are named, so all
 * are counted in one go, by a table. Of most messages no field is asked for. */
static void
count_all(struct header_list *list)
{
	struct map *counts = map_new(list->arena);

	for (size_t i = 0; i < list->fields.len; i++) {
		struct header *header = vec_at(&list->fields, i);
		void **slot;

		if (header->is_ours)
			continue;
		slot = map_slot(counts, str_lower(list->arena, header->name));
		header->nth = (uintptr_t)*slot + 1;
		*slot = (void *)header->nth;
	}
}

size_t
header_nth(struct header_list *list, const struct header *header)
{
	if (header->nth == 0 && !header->is_ours)
		count_all(list);
	return header->nth;
}

const struct header *
header_next(const struct header_list *list, const char *name, size_t *at)
{
	const struct header *fields = list->fields.items;
	struct str wanted = str_from(name);

	while (*at < list->fields.len) {
		const struct header *header = &fields[(*at)++];

		if (str_eq_nocase(header->name, wanted) && !header->is_removed)
			return header;
	}
	return NULL;
}

size_t
header_count(const struct header_list *list, const char *name)
{
	size_t at = 0, count = 0;

	while (header_next(list, name, &at) != NULL)
		count++;
	return count;
}

const struct header *
header_first(const struct header_list *list, const char *name)
{
	size_t at = 0;

	return header_next(list, name, &at);
}

/* "From:", with blanks in front of the colon too (RFC 5322 4.5). */
static bool
is_field_of(struct str text, struct str name)
{
	if (!str_has_prefix_nocase(text, name))
		return false;
	text = str_from_pos(text, name.len);
	while (text.len != 0 && char_is_blank(text.data[0]))
		text = str_from_pos(text, 1);
	return text.len != 0 && text.data[0] == ':';
}

static size_t
count_within(struct str value, struct str name)
{
	size_t count = 0;
	ptrdiff_t cr;

	while ((cr = str_find(value, '\r')) >= 0) {
		value = str_from_pos(value, (size_t)cr + 1);
		count += is_field_of(value, name) ? 1 : 0;
	}
	return count;
}

size_t
header_count_hidden(const struct header_list *list, const char *name)
{
	const struct header *fields = list->fields.items;
	size_t count = 0;

	for (size_t i = 0; i < list->fields.len; i++) {
		const struct header *header = &fields[i];

		if (header->has_cr && !header->is_removed)
			count += count_within(header->value, str_from(name));
	}
	return count;
}

struct str
header_unfold(struct arena *arena, struct str value)
{
	char *text = arena_alloc(arena, value.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < value.len; i++) {
		bool ends_line = value.data[i] == '\n' ||
		    (value.data[i] == '\r' && i + 1 < value.len &&
		    value.data[i + 1] == '\n');

		if (!ends_line)
			text[len++] = value.data[i];
	}
	return str_trim(str_of(text, len));
}

bool
header_name_is_valid(struct str name)
{
	if (name.len == 0 || name.len > HEADER_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (name.data[i] <= ' ' || name.data[i] > '~' ||
		    name.data[i] == ':')
			return false;
	return true;
}

/* The blanks at the beginning of rest and the word behind them. */
static struct str
next_word(struct str rest)
{
	size_t len = 0;

	while (len < rest.len && char_is_blank(rest.data[len]))
		len++;
	while (len < rest.len && !char_is_blank(rest.data[len]) &&
	    rest.data[len] != '\n')
		len++;
	return str_of(rest.data, len);
}

/* Is no line of it longer than it should be? */
static bool
fits(size_t name_len, struct str value)
{
	size_t column = name_len + 1;
	struct str line;

	while (str_cut(&value, '\n', &line)) {
		if (column + line.len > HEADER_LINE_AIM)
			return false;
		column = 0;
	}
	return true;
}

struct str
header_fold(struct arena *arena, size_t name_len, struct str value)
{
	size_t column = name_len + 1;
	bool has_word = false;
	struct buf folded;

	if (fits(name_len, value))
		return str_copy(arena, value);
	buf_init(&folded, arena);
	buf_reserve(&folded, value.len + value.len / 32);
	while (value.len != 0) {
		struct str word = next_word(value);
		bool is_word = str_trim(word).len != 0;

		/* A line of blanks alone would be no fold any more
		 * (RFC 5322 3.2.2), so each line gets a word. */
		if (is_word && has_word && char_is_blank(word.data[0]) &&
		    column + word.len > HEADER_LINE_AIM) {
			buf_add_char(&folded, '\n');
			column = 0;
		}
		has_word |= is_word;
		column += word.len;
		buf_add_str(&folded, word);
		value = str_from_pos(value, word.len);
		if (value.len != 0 && value.data[0] == '\n') {
			buf_add_char(&folded, '\n');
			value = str_from_pos(value, 1);
			column = 0;
			has_word = false;
		}
	}
	return buf_str(&folded);
}
