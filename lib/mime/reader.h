/* SPDX-License-Identifier: ISC */
/* reader.h - a message read once, as it comes, in bounded time and memory. */
#ifndef MIME_READER_H
#define MIME_READER_H

#include <stddef.h>

#include "base/str.h"
#include "mime/limits.h"

struct arena;
struct mime_message;
struct spool;

struct mime_reader;

/* A reader, in arena. What it keeps of files lies in spools like the one given
 * (NULL: no file's content is kept, size and hash only). limits must outlive
 * what was read. */
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
