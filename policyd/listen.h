/* SPDX-License-Identifier: ISC */
/* listen.h - the sockets that Postfix connects to. */
#ifndef POLICYD_LISTEN_H
#define POLICYD_LISTEN_H

struct arena;
struct conns;
struct loop;
struct policyd_settings;

struct listeners;

/* Open all of settings->listen; connections go to conns. NULL with the
 * reason. */
struct listeners *listeners_open(struct loop *loop,
    const struct policyd_settings *settings, struct conns *conns,
    struct arena *arena, const char **error_r);

/* Accept those who stand in line, then close and unlink. */
void listeners_close(struct listeners **listeners);

#endif
