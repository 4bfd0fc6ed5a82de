/* SPDX-License-Identifier: ISC */
/* look.c - one file that is read, with all that lies in it. */
#include "avscan/look.h"

#include "avscan/kind.h"
#include "base/arena.h"

/* What an entry takes in an answer beside its name, at most. */
#define ENTRY_BYTES 32
/* Room for the links and the rest. */
#define ENTRIES_BYTES_MAX (SCAN_ANSWER_MAX - (size_t)4 * 1024 * 1024)

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
		if ((*parser)->fits(&piece))
			(*parser)->read(look, &piece);
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

	if (clean.len == 0 || (links->len != 0 &&
	    str_eq(clean, *(struct str *)vec_at(links, links->len - 1))))
		return;
	if (links->len >= SCAN_LINKS_MAX)
		look_mark(look, SCAN_MARK_limit_links);
	else
		*(struct str *)vec_push(links) = clean;
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
