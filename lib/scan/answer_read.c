/* SPDX-License-Identifier: ISC */
/* answer_read.c - what a worker found, from bytes that nobody vouches for. */
#include "scan/answer.h"

#include "scan/answer_private.h"

/* The shortest entry and the shortest text: so many more bytes there must be
 * before memory is taken for their number. */
#define ENTRY_BYTES_MIN 5
#define TEXT_BYTES_MIN 1

/* What is left; behind the first thing that is wrong all reads as 0. */
struct reader {
	struct str rest;
	bool is_wrong;
};

static uint64_t
refuse(struct reader *reader)
{
	reader->is_wrong = true;
	reader->rest = STR("");
	return 0;
}

/* A number up to max. */
static uint64_t
take_number(struct reader *reader, uint64_t max)
{
	uint64_t number = 0;

	for (unsigned shift = 0; shift < 64 && reader->rest.len != 0;
	    shift += 7) {
		unsigned char byte = (unsigned char)reader->rest.data[0];

		if (shift == 63 && byte > 1)
			break;
		number |= (uint64_t)(byte & 0x7f) << shift;
		reader->rest = str_from_pos(reader->rest, 1);
		if (byte < 0x80)
			return number <= max ? number : refuse(reader);
	}
	return refuse(reader);
}

/* As scan_answer_clean() leaves it. */
static bool
is_clean(struct str text, enum answer_text kind)
{
	while (text.len != 0) {
		size_t len = answer_char_len(text, kind);

		if (len == 0)
			return false;
		text = str_from_pos(text, len);
	}
	return true;
}

static struct str
take_text(struct reader *reader, enum answer_text kind, size_t max)
{
	size_t len = (size_t)take_number(reader, max);
	struct str text = str_sub(reader->rest, 0, len);

	if (text.len != len || !is_clean(text, kind)) {
		refuse(reader);
		return STR("");
	}
	reader->rest = str_from_pos(reader->rest, len);
	return text;
}

/* How many follow, each of at least bytes_min bytes. */
static size_t
take_count(struct reader *reader, size_t max, size_t bytes_min)
{
	size_t possible = reader->rest.len / bytes_min;

	return (size_t)take_number(reader, possible < max ? possible : max);
}

static void
take_entry(struct reader *reader, struct scan_entry *entry)
{
	uint64_t flags;

	entry->depth = (unsigned)take_number(reader, SCAN_DEPTH_MAX);
	entry->kind = (enum scan_kind)take_number(reader,
	    SCAN_KIND_COUNT - 1);
	flags = take_number(reader, ANSWER_FLAGS);
	entry->has_size = (flags & ANSWER_HAS_SIZE) != 0;
	entry->is_encrypted = (flags & ANSWER_IS_ENCRYPTED) != 0;
	entry->is_directory = (flags & ANSWER_IS_DIRECTORY) != 0;
	entry->size = take_number(reader, UINT64_MAX);
	entry->name = take_text(reader, ANSWER_NAME, SCAN_NAME_MAX);
}

static void
take_lists(struct reader *reader, struct scan_answer *answer)
{
	size_t count = take_count(reader, SCAN_ENTRIES_MAX, ENTRY_BYTES_MIN);

	for (size_t i = 0; i < count && !reader->is_wrong; i++)
		take_entry(reader, vec_push(&answer->entries));
	count = take_count(reader, SCAN_LINKS_MAX, TEXT_BYTES_MIN);
	for (size_t i = 0; i < count && !reader->is_wrong; i++)
		*(struct str *)vec_push(&answer->links) =
		    take_text(reader, ANSWER_NAME, SCAN_LINK_MAX);
}

int
scan_answer_read(struct arena *arena, struct str bytes,
    struct scan_answer *answer_r)
{
	/* All bits up to the last mark: a set of others is larger. */
	const scan_marks known = UINT64_MAX >> (64 - SCAN_MARK_COUNT);
	struct reader reader = { bytes, false };

	scan_answer_init(answer_r, arena);
	if (take_number(&reader, ANSWER_VERSION) != ANSWER_VERSION)
		return -1;
	answer_r->unread = (enum scan_unread)take_number(&reader,
	    SCAN_UNREAD_COUNT - 1);
	answer_r->marks = take_number(&reader, known);
	answer_r->inflated = take_number(&reader, UINT64_MAX);
	answer_r->type = take_text(&reader, ANSWER_NAME, SCAN_TYPE_MAX);
	take_lists(&reader, answer_r);
	answer_r->text = take_text(&reader, ANSWER_LINES, SCAN_TEXT_MAX);
	return reader.is_wrong || reader.rest.len != 0 ? -1 : 0;
}
