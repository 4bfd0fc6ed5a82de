/* SPDX-License-Identifier: ISC */
/* answer.h - what a sandboxed worker found in a file.
 *
 * A worker reads what strangers send, and one of them may own it one day: the
 * bytes of an answer are read as such. In them every number is a varint (seven
 * bits a byte, the lowest first), every text a number and so many bytes:
 *   version reason marks inflated type entries links text
 * entries is their number, and for each: depth kind flags size name; links is
 * their number, and for each its text. */
#ifndef SCAN_ANSWER_H
#define SCAN_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"

struct arena;

/* No answer has more: what goes beyond is cut, with a mark. */
#define SCAN_ANSWER_MAX ((size_t)16 * 1024 * 1024)
#define SCAN_ENTRIES_MAX 100000
#define SCAN_LINKS_MAX 1000
#define SCAN_NAME_MAX 512	/* bytes of UTF-8 */
#define SCAN_LINK_MAX 2048
#define SCAN_TYPE_MAX 128
#define SCAN_TEXT_MAX ((size_t)1024 * 1024)
#define SCAN_DEPTH_MAX 64

/* What was found, one for each row of marks.list, and a set of it. */
enum scan_mark {
#define SCAN_MARK(name, words) SCAN_MARK_##name,
#include "scan/marks.list"
#undef SCAN_MARK
	SCAN_MARK_COUNT
};
typedef uint64_t scan_marks;
_Static_assert(SCAN_MARK_COUNT <= 64, "a set has 64 bits");

static inline scan_marks
scan_marked(enum scan_mark mark)
{
	return (scan_marks)1 << mark;
}

static inline bool
scan_has(scan_marks set, enum scan_mark mark)
{
	return (set & scan_marked(mark)) != 0;
}

/* Why nothing was found out, one for each row of unread.list. */
enum scan_unread {
	SCAN_READ,
#define SCAN_UNREAD(name, words) SCAN_UNREAD_##name,
#include "scan/unread.list"
#undef SCAN_UNREAD
	SCAN_UNREAD_COUNT
};

enum scan_kind {
#define SCAN_KIND(name) SCAN_KIND_##name,
#include "scan/kinds.list"
#undef SCAN_KIND
	SCAN_KIND_COUNT
};

/* "macros" and a sentence for people; "late" and one; "zip". */
const char *scan_mark_name(enum scan_mark mark);
const char *scan_mark_words(enum scan_mark mark);
const char *scan_unread_name(enum scan_unread unread);
const char *scan_unread_words(enum scan_unread unread);
const char *scan_kind_name(enum scan_kind kind);

/* Something that lies in the file: of an archive, or packed in a document. */
struct scan_entry {
	struct str name;	/* UTF-8 without control characters; may be a
				 * path, "" when it has none */
	uint64_t size;		/* as claimed; with has_size */
	unsigned depth;		/* 1: in the file itself; what follows with more
				 * lies in the last one with less */
	enum scan_kind kind;
	bool has_size, is_encrypted, is_directory;
};

struct scan_answer {
	enum scan_unread unread;	/* SCAN_READ: all below holds */
	scan_marks marks;
	uint64_t inflated;		/* bytes that were unpacked for it */
	struct str type;		/* "application/zip", by content */
	struct vec entries;		/* struct scan_entry, in their order */
	struct vec links;		/* struct str: UTF-8 without control
					 * characters */
	struct str text;		/* what people read in it: UTF-8 whose
					 * control characters are LF and tab */
};

/* An answer without anything. */
void scan_answer_init(struct scan_answer *answer, struct arena *arena);

/* text as a name or link may be: what is no UTF-8 and every control character
 * become U+FFFD, and it is cut at max bytes. In arena. */
struct str scan_answer_clean(struct arena *arena, struct str text, size_t max);
/* The same for what people read, in which lines end with LF and tabs stay;
 * appended to out, which has max bytes at most then. false: it was cut. */
bool scan_answer_add_text(struct buf *out, struct str text, size_t max);

/* Append its bytes. */
void scan_answer_write(const struct scan_answer *answer, struct buf *out);

/* The bytes of one that says this alone. */
void scan_answer_write_unread(enum scan_unread unread, struct buf *out);

/* Trusts nothing; texts point into bytes, lists stand in arena. 0, or -1: they
 * are no answer. */
int scan_answer_read(struct arena *arena, struct str bytes,
    struct scan_answer *answer_r);

#endif
