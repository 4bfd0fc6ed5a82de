/* SPDX-License-Identifier: ISC */
/* serve_socketmap.h - Postfix's tables in the running policyd. */
#ifndef POLICYD_SERVE_SOCKETMAP_H
#define POLICYD_SERVE_SOCKETMAP_H

#include <stdint.h>

struct arena;
struct buf;
struct conf;
struct inquiry;
struct loop;

struct serve_socketmap;

/* Listen where the section socketmap says; nowhere is no error. conf must live
 * as long, and so must inquiry (NULL: there is no directory). delimiter begins
 * extensions (0: none). NULL with the reason. */
struct serve_socketmap *serve_socketmap_open(const struct conf *conf,
    char delimiter, struct inquiry *inquiry, struct loop *loop,
    struct arena *arena, const char **error_r);
void serve_socketmap_close(struct serve_socketmap **serve);

/* Take no more connections, answer what has come; done(arg) then, or after
 * grace_ms beyond the deadline. */
void serve_socketmap_stop(struct serve_socketmap *serve, int64_t grace_ms,
    void (*done)(void *arg), void *arg);

void serve_socketmap_write_metrics(const struct serve_socketmap *serve,
    struct buf *out);

#endif
