/* SPDX-License-Identifier: ISC */
/* look.h - one file that is read, with all that lies in it. */
#ifndef AVSCAN_LOOK_H
#define AVSCAN_LOOK_H

#include <stdbool.h>

#include "avscan/limits.h"
#include "scan/answer.h"

struct arena;
struct map;

/* What was found so far. All texts stand in arena. */
struct look {
	struct arena *arena;
	struct file_limits limits;
	struct scan_answer answer;
	size_t answer_bytes;		/* of entries and links, about */
	struct map *links;		/* those that are told */
	struct buf text;		/* of answer */
	struct vec last;		/* struct last_piece, until look_end() */
	size_t last_bytes;		/* copied for that */
	int64_t last_end_ms;		/* until then, by clock_steady_ms() */
};

/* A file, or one within it. */
struct piece {
	struct str data;
	struct str name;
	enum scan_kind kind;		/* by how data begins */
	unsigned depth;			/* 0: the file itself */
};

/* A reader of some kinds of file: parse/NAME.c ends in one, and parsers.list has
 * its row. */
struct parser {
	/* In the zygote, once: load what stands in files. NULL, or why it
	 * failed. May be NULL. */
	const char *(*prepare)(void);
	/* Is this for it? */
	bool (*fits)(const struct piece *piece);
	/* In the sandbox. It may take for ever, crash or eat: the pool sees to
	 * that. */
	void (*read)(struct look *look, const struct piece *piece);
	/* The same, behind all else: what was found until then is told even
	 * when this takes for ever or crashes. One of both is NULL. */
	void (*read_last)(struct look *look, const struct piece *piece);
	/* Of the entries of an archive, what each is called, with its bytes
	 * where this says that it wants them. Both may be NULL. */
	bool (*wants_entry)(struct str name);
	void (*read_entry)(struct look *look, struct str name,
	    struct str data);
};

extern const struct parser *const parsers[];	/* ends with NULL */

void look_init(struct look *look, struct arena *arena,
    const struct file_limits *limits);

/* All parsers that it fits read it. Deeper than is allowed: a mark. */
void look_at(struct look *look, struct str data, struct str name,
    unsigned depth);

/* Is there something that is read last? It is by look_end(), for time_ms or
 * little more where its readers mind that. */
bool look_has_last(const struct look *look);
void look_end(struct look *look, int64_t time_ms);

void look_mark(struct look *look, enum scan_mark mark);

/* A new entry with this name, which is cleaned; it holds until the next one.
 * NULL: there are too many, and a mark says so. */
struct scan_entry *look_add_entry(struct look *look, struct str name,
    unsigned depth);

/* Each once. */
void look_add_link(struct look *look, struct str link);

/* What people read in it, or a piece of that: UTF-8, or as good as it is. Links
 * in it are added. false: there is room for no more, and a mark says so. */
bool look_add_text(struct look *look, struct str text);

/* So many bytes more were unpacked. false: that is too much, and a mark says
 * so. */
bool look_unpack(struct look *look, size_t bytes);
/* How many may still be. */
uint64_t look_unpack_left(const struct look *look);

#endif
