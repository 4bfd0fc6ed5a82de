/* SPDX-License-Identifier: ISC */
/* mime.h - a stored message taken apart, and how that is told. */
#ifndef CLI_MIME_H
#define CLI_MIME_H

#include <stdbool.h>

#include "base/str.h"
#include "mail/header.h"
#include "mime/content.h"

struct arena;
struct mime_limits;
struct mime_message;
struct mime_part;

/* A message that was read. */
struct mime_story {
	struct arena *arena;
	const char *file;		/* its name for people */
	struct header_list headers;
	const struct mime_message *message;
	struct content content;
	bool has_colour;
};

/* Read a message from its bytes, as the milter would. keeps_files: what files
 * hold is wanted. */
void mime_story_read(struct mime_story *story, struct arena *arena,
    const char *file, struct str bytes, const struct mime_limits *limits,
    bool keeps_files);

/* Append what people read: the parts as a tree, with what is odd. */
void mime_write_tree(const struct mime_story *story, struct buf *out);
/* The texts that a reader sees, part by part. */
void mime_write_text(const struct mime_story *story, struct buf *out);
/* The links, and what is odd about them. */
void mime_write_urls(const struct mime_story *story, struct buf *out);
/* All of it as one line of JSON. */
void mime_write_json(const struct mime_story *story, struct buf *out);

/* Write what the files hold into directory, which is made when it is absent;
 * tell each in out. A file that is there is never written over. How many could
 * not be written: cli_error() has said why. */
unsigned mime_extract(const struct mime_story *story, const char *directory,
    struct buf *out);
/* The name for a part's content: its number and what is harmless of the name it
 * came with ("05-invoice.pdf"). Arena text. */
const char *mime_safe_name(struct arena *arena, const struct mime_part *part);

/* What a part is, for people: "text/html". Arena text. */
const char *mime_type_text(struct arena *arena, const struct mime_part *part);

#endif
