/* SPDX-License-Identifier: ISC */
/* memory.h - the store in this process: `store { where memory; }`. */
#ifndef STORE_MEMORY_H
#define STORE_MEMORY_H

#include "store/store.h"

/* Answers are there when ask returns. All calls from one thread. snapshot: a
 * file that it is read from now and written to by memory_save(); NULL: it
 * forgets all at its end. NULL with the reason (a file that cannot be read is
 * an error, and so is one of somebody else; one that does not exist is not; of
 * one that is torn, snapshot.old counts, the one before it; of one of another
 * version nothing, and the log tells). It holds MEMORY_LIMIT_BYTES. */
struct store *memory_open(const char *snapshot, struct arena *arena,
    const char **error_r);

/* A store that holds so many bytes refuses all operations (STORE_REFUSED) and
 * is degraded, until enough of it has expired. */
#define MEMORY_LIMIT_BYTES ((size_t)512 << 20)
void memory_limit(struct store *store, size_t bytes);

/* Write the snapshot when something has changed: a child process writes it
 * beside the old one and renames it (fsync). Call it every so often from the
 * loop, and memory_save_now() at the end. -1 with the reason. */
int memory_save(struct store *store, struct arena *arena,
    const char **error_r);
int memory_save_now(struct store *store, struct arena *arena,
    const char **error_r);

/* --- for the operations (op.h) ------------------------------------------- */

struct memory;

/* The value under key, or NULL: there is none, or it has expired. Holds until
 * the next memory_put() or memory_forget(). */
void *memory_find(struct memory *memory, struct str key, int64_t now_ms,
    size_t *len_r);
/* The same, made or resized to len bytes (what is new is zero). It expires at
 * expires_ms, or later when it would have without. */
void *memory_put(struct memory *memory, struct str key, size_t len,
    int64_t now_ms, int64_t expires_ms);
void memory_forget(struct memory *memory, struct str key);

/* How many entries, and the bytes of all with their table. */
size_t memory_count(const struct store *store);
size_t memory_bytes(const struct store *store);

#endif
