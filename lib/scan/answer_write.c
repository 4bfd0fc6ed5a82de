/* SPDX-License-Identifier: ISC */
/* answer_write.c - what a worker found, as bytes. */
#include "scan/answer.h"

#include "scan/answer_private.h"

static void
put_number(struct buf *out, uint64_t number)
{
	while (number >= 0x80) {
		buf_add_char(out, (char)(number | 0x80));
		number >>= 7;
	}
	buf_add_char(out, (char)number);
}

static void
put_text(struct buf *out, struct str text)
{
	put_number(out, text.len);
	buf_add_str(out, text);
}

static void
put_entry(struct buf *out, const struct scan_entry *entry)
{
	put_number(out, entry->depth);
	put_number(out, entry->kind);
	put_number(out, (entry->has_size ? ANSWER_HAS_SIZE : 0) |
	    (entry->is_encrypted ? ANSWER_IS_ENCRYPTED : 0) |
	    (entry->is_directory ? ANSWER_IS_DIRECTORY : 0));
	put_number(out, entry->size);
	put_text(out, entry->name);
}

void
scan_answer_write(const struct scan_answer *answer, struct buf *out)
{
	put_number(out, ANSWER_VERSION);
	put_number(out, answer->unread);
	put_number(out, answer->marks);
	put_number(out, answer->inflated);
	put_text(out, answer->type);
	put_number(out, answer->entries.len);
	for (size_t i = 0; i < answer->entries.len; i++)
		put_entry(out, vec_at(&answer->entries, i));
	put_number(out, answer->links.len);
	for (size_t i = 0; i < answer->links.len; i++)
		put_text(out, *(struct str *)vec_at(&answer->links, i));
	put_text(out, answer->text);
}

void
scan_answer_write_unread(enum scan_unread unread, struct buf *out)
{
	struct scan_answer answer;

	scan_answer_init(&answer, out->arena);
	answer.unread = unread;
	scan_answer_write(&answer, out);
}
