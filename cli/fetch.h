/* SPDX-License-Identifier: ISC */
/* fetch.h - files over HTTPS. */
#ifndef CLI_FETCH_H
#define CLI_FETCH_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct fetch;

/* authorities: certificates by which servers are known; NULL: those of the
 * system. has_progress: tell on standard error how far it is. NULL with the
 * reason. */
struct fetch *fetch_new(struct arena *arena, const char *authorities,
    bool has_progress, const char **error_r);
void fetch_free(struct fetch **fetch);

/* Write what is at url to fd: 0; 1: it is not there; -1 with the reason, also
 * where it is more than max octets. arg: struct fetch (as struct channel_fetch
 * wants it). */
int fetch_get(void *arg, const char *url, int fd, size_t max,
    const char **error_r);

#endif
