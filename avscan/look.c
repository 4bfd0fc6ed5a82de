/* SPDX-License-Identifier: ISC */
/* look.c - one file that is read, with all that lies in it. */
#include "avscan/look.h"

#include "avscan/kind.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "mime/url.h"

/* What an entry takes in an answer beside its name, at most. */
#define ENTRY_BYTES 32
/* Room for the links and the rest. */
#define ENTRIES_BYTES_MAX (SCAN_ANSWER_MAX - (size_t)4 * 1024 * 1024)

/* Of files within others so much is kept to be read last. */
#define LAST_BYTES_MAX ((size_t)32 * 1024 * 1024)

struct last_piece {
	const struct parser *parser;
	struct piece piece;
};

#define PARSER(name) extern const struct parser parser_##name;
#include "avscan/parsers.list"
#undef PARSER

const struct parser *const parsers[] = {
#define PARSER(name) &parser_##name,
#include "avscan/parsers.list"
#undef PARSER
	NULL,
};

void
look_init(struct look *look, struct arena *arena,
    const struct file_limits *limits)
{
	*look = (struct look){ .arena = arena, .limits = *limits };
	scan_answer_init(&look->answer, arena);
	look->links = map_new(arena);
	buf_init(&look->text, arena);
	vec_init(&look->last, arena, sizeof(struct last_piece));
}

/* The bytes of the file itself stay, those within it are somebody's who passes
 * on. */
static void
keep_for_last(struct look *look, const struct parser *parser,
    const struct piece *piece)
{
	struct last_piece *last;

	if (piece->depth != 0 &&
	    piece->data.len > LAST_BYTES_MAX - look->last_bytes) {
		look_mark(look, SCAN_MARK_limit_text);
		return;
	}
	last = vec_push(&look->last);
	*last = (struct last_piece){ parser, *piece };
	if (piece->depth == 0)
		return;
	last->piece.data = str_copy(look->arena, piece->data);
	last->piece.name = str_copy(look->arena, piece->name);
	look->last_bytes += piece->data.len;
}

bool
look_has_last(const struct look *look)
{
	return look->last.len != 0;
}

void
look_end(struct look *look, int64_t time_ms)
{
	look->last_end_ms = clock_steady_ms() + time_ms;
	for (size_t i = 0; i < look->last.len; i++) {
		const struct last_piece *last = vec_at(&look->last, i);

		last->parser->read_last(look, &last->piece);
	}
	look->last.len = 0;
}

/* As deep as limits.depth, which is at most SCAN_DEPTH_MAX. */
void
look_at(struct look *look, struct str data, struct str name, unsigned depth)
{
	const struct piece piece = { data, name, kind_of(data), depth };

	if (depth > look->limits.depth) {
		look_mark(look, SCAN_MARK_limit_depth);
		return;
	}
	if (kind_is_program(piece.kind))
		look_mark(look, SCAN_MARK_program);
	for (const struct parser *const *parser = parsers; *parser != NULL;
	    parser++)
		if ((*parser)->fits(&piece)) {
			if ((*parser)->read != NULL)
				(*parser)->read(look, &piece);
			if ((*parser)->read_last != NULL)
				keep_for_last(look, *parser, &piece);
		}
}

void
look_mark(struct look *look, enum scan_mark mark)
{
	look->answer.marks |= scan_marked(mark);
}

struct scan_entry *
look_add_entry(struct look *look, struct str name, unsigned depth)
{
	struct scan_answer *answer = &look->answer;
	struct scan_entry *entry;

	if (answer->entries.len >= look->limits.entries ||
	    look->answer_bytes + SCAN_NAME_MAX > ENTRIES_BYTES_MAX) {
		look_mark(look, SCAN_MARK_limit_entries);
		return NULL;
	}
	entry = vec_push(&answer->entries);
	entry->name = scan_answer_clean(look->arena, name, SCAN_NAME_MAX);
	entry->depth = depth;
	look->answer_bytes += ENTRY_BYTES + entry->name.len;
	return entry;
}

void
look_add_link(struct look *look, struct str link)
{
	struct vec *links = &look->answer.links;
	struct str clean = scan_answer_clean(look->arena, str_trim(link),
	    SCAN_LINK_MAX);

	if (clean.len == 0 || map_find(look->links, clean) != NULL)
		return;
	if (links->len >= SCAN_LINKS_MAX) {
		look_mark(look, SCAN_MARK_limit_links);
		return;
	}
	*(struct str *)vec_push(links) = clean;
	map_put(look->links, clean, look);
}

/* Mail addresses have no scheme in a text. */
static void
add_links_within(struct look *look, struct str text)
{
	struct vec found;

	vec_init(&found, look->arena, sizeof(struct url));
	url_find(look->arena, text, SCAN_LINKS_MAX, &found);
	for (size_t i = 0; i < found.len; i++) {
		const struct url *url = vec_at(&found, i);

		look_add_link(look, str_is(url->scheme, "mailto")
		    ? url->normal : url->raw);
	}
}

/* Pieces are kept apart by a line's end. */
bool
look_add_text(struct look *look, struct str text)
{
	size_t before = look->text.len;
	bool is_whole = true;

	if (text.len == 0)
		return true;
	if (before != 0 && look->text.data[before - 1] != '\n')
		is_whole = scan_answer_add_text(&look->text, STR("\n"),
		    look->limits.text);
	if (is_whole)
		is_whole = scan_answer_add_text(&look->text, text,
		    look->limits.text);
	if (!is_whole)
		look_mark(look, SCAN_MARK_limit_text);
	look->answer.text = buf_str(&look->text);
	add_links_within(look, str_from_pos(look->answer.text, before));
	return is_whole;
}

bool
look_unpack(struct look *look, size_t bytes)
{
	look->answer.inflated += bytes;
	if (look->answer.inflated <= look->limits.unpacked)
		return true;
	look_mark(look, SCAN_MARK_limit_unpacked);
	return false;
}

uint64_t
look_unpack_left(const struct look *look)
{
	return look->answer.inflated < look->limits.unpacked
	    ? look->limits.unpacked - look->answer.inflated : 0;
}
