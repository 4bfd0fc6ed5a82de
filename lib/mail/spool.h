/* SPDX-License-Identifier: ISC */
/* spool.h - the body of a message: in memory while small, then in a file. */
#ifndef MAIL_SPOOL_H
#define MAIL_SPOOL_H

#include <stddef.h>

#include "base/str.h"

struct spool;

/* An empty spool. Up to memory_max bytes stay in memory; beyond that all go
 * into an unlinked file in directory (NULL: a memfd). Touches no file before
 * that. */
struct spool *spool_new(const char *directory, size_t memory_max);
/* Another empty one, with the same directory and memory_max. */
struct spool *spool_new_like(const struct spool *spool);
/* *spool becomes NULL; NULL inside is allowed. */
void spool_free(struct spool **spool);

/* Append. 0, or -1 with errno (ENOSPC: the caller answers 452 4.3.1); after a
 * failure the spool stays failed: every later call gives that errno. */
int spool_add(struct spool *spool, const void *data, size_t len);

/* Bytes added so far. */
size_t spool_size(const struct spool *spool);

/* All bytes as one slice, valid until the next spool_add or spool_free; a file
 * is mapped. 0, or -1 with errno. */
int spool_data(struct spool *spool, struct str *data_r);

/* A descriptor of the file, for another process: for reading alone, with a
 * position of its own, the caller's; it outlives the spool. -1 with errno:
 * ENODATA when all bytes are in memory. */
int spool_open_reader(const struct spool *spool);

#endif
