/* SPDX-License-Identifier: ISC */
/* dkim_tag.c - tag lists: "name=value; name=value" (RFC 6376 3.2). */
#include "auth/dkim_tag.h"

#include "base/arena.h"
#include "base/map.h"

/* So much of a name is shown in a reason. */
#define SHOWN_NAME_MAX 20

/* The bytes that a list may hold: tval, ';', and white space that folds. */
static int
check_bytes(struct arena *arena, struct str text, const char **error_r)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];
		char next = i + 1 < text.len ? text.data[i + 1] : '\0';

		if ((c >= ' ' && c <= '~') || c == '\t' ||
		    (c == '\r' && next == '\n') ||
		    (c == '\n' && (next == ' ' || next == '\t')))
			continue;
		*error_r = arena_printf(arena,
		    "byte 0x%02x cannot stand in a tag list", c);
		return -1;
	}
	return 0;
}

/* tag-name = ALPHA *(ALPHA / DIGIT / "_") */
static bool
name_is_valid(struct str name)
{
	if (name.len == 0 || !char_is_alpha(name.data[0]))
		return false;
	for (size_t i = 1; i < name.len; i++)
		if (!char_is_alnum(name.data[i]) && name.data[i] != '_')
			return false;
	return true;
}

static struct str
pack(struct arena *arena, struct str value)
{
	char *packed = arena_alloc(arena, value.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < value.len; i++)
		if (!char_is_space(value.data[i]))
			packed[len++] = value.data[i];
	packed[len] = '\0';
	return str_of(packed, len);
}

static int
parse_tag(struct arena *arena, struct str piece, struct map *seen,
    struct dkim_tag *tag, const char **error_r)
{
	struct str name;

	tag->value = piece;
	str_cut(&tag->value, '=', &name);
	tag->name = str_trim(name);
	tag->is_name_spaced = name.len != 0 &&
	    char_is_space(name.data[name.len - 1]);
	if (name.len == piece.len || !name_is_valid(tag->name)) {
		*error_r = "syntax error in a tag list";
		return -1;
	}
	tag->value = str_trim(tag->value);
	tag->packed = pack(arena, tag->value);
	if (map_put(seen, tag->name, seen) == NULL)
		return 0;
	/* RFC 6376 3.2: a name twice, and all of the list is invalid. */
	name = str_sub(tag->name, 0, SHOWN_NAME_MAX);
	*error_r = arena_printf(arena, "tag %.*s= occurs twice",
	    STR_ARG(name));
	return -1;
}

int
dkim_tags_parse(struct arena *arena, struct str text,
    struct dkim_tags *tags_r, const char **error_r)
{
	struct map *seen = map_new(arena);
	struct str rest = text, piece;

	vec_init(&tags_r->list, arena, sizeof(struct dkim_tag));
	if (str_trim(text).len == 0) {
		*error_r = "empty tag list";
		return -1;
	}
	if (check_bytes(arena, text, error_r) < 0)
		return -1;
	while (str_cut(&rest, ';', &piece)) {
		/* One ';' may end the list, with blanks behind it. */
		if (rest.data == NULL && tags_r->list.len != 0 &&
		    str_trim(piece).len == 0)
			break;
		if (parse_tag(arena, piece, seen, vec_push(&tags_r->list),
		    error_r) < 0)
			return -1;
	}
	return 0;
}

const struct dkim_tag *
dkim_tag_find(const struct dkim_tags *tags, const char *name)
{
	for (size_t i = 0; i < tags->list.len; i++) {
		const struct dkim_tag *tag = vec_at(&tags->list, i);

		if (str_is(tag->name, name))
			return tag;
	}
	return NULL;
}

/* So much of a tag's name goes into a reason. */
#define SHOWN_NAME_MAX 20

struct str
dkim_tag_packed(const struct dkim_tags *tags, const char *name)
{
	const struct dkim_tag *tag = dkim_tag_find(tags, name);

	return tag != NULL ? tag->packed : STR("");
}

bool
dkim_tag_has_word(struct str packed, const char *word)
{
	struct str piece;

	while (str_cut(&packed, ':', &piece))
		if (str_is(piece, word))
			return true;
	return false;
}
