/* SPDX-License-Identifier: ISC */
/* reader.h - a message read once, as it comes, in bounded time and memory. */
#ifndef MIME_READER_H
#define MIME_READER_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct arena;
struct mime_message;
struct section;
struct spool;

/* How much is read; beyond it the rest is passed over and the message has the
 * oddity of that limit. */
struct mime_limits {
	int64_t max_depth;	/* of nesting */
	int64_t max_parts;
	int64_t max_header_bytes;	/* of one part */
	int64_t max_text_bytes;	/* kept decoded, of one text and 4 times that of
				 * all together */
	int64_t max_content_bytes;	/* kept decoded, of all files together */
};

/* The section "mime" with these; its settings struct is mime_limits. */
extern const struct section mime_section;
/* What holds where no configuration says anything. */
extern const struct mime_limits mime_default_limits;

struct mime_reader;

/* A reader, in arena. What it keeps of files lies in spools like the one given
 * (NULL: no file's content is kept, size and hash only). limits must outlive
 * it. */
struct mime_reader *mime_reader_new(struct arena *arena,
    const struct mime_limits *limits, const struct spool *like);

/* The message's own header fields, in order, as struct header has them (name
 * and value must outlive the reader). */
void mime_reader_field(struct mime_reader *reader, struct str name,
    struct str value);
/* Then its body, in chunks of any size: how it is cut changes nothing. */
void mime_reader_feed(struct mime_reader *reader, struct str chunk);
/* The body has ended. The message lives in the arena. Once only. */
const struct mime_message *mime_reader_end(struct mime_reader *reader);

#endif
