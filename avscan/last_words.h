/* SPDX-License-Identifier: ISC */
/* last_words.h - what a worker has found before it does something that may break
 * it is told all the same. */
#ifndef AVSCAN_LAST_WORDS_H
#define AVSCAN_LAST_WORDS_H

#include <stddef.h>

/* From now on: in timeout_ms, or when the process crashes, these bytes are
 * written to fd, and it ends. They must stay until last_words_drop(). */
void last_words_set(int fd, const char *data, size_t len, int timeout_ms);
void last_words_drop(void);

#endif
