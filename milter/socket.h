/* SPDX-License-Identifier: ISC */
/* socket.h - the socket that Postfix connects to: who may, and its end. */
#ifndef MILTER_SOCKET_H
#define MILTER_SOCKET_H

struct arena;
struct waker;

/* Let Postfix's smtpd and cleanup connect: the members of the group, or with
 * NULL of the daemon's own. -1 with the reason. */
int socket_share(const char *path, const char *group_name,
    struct arena *arena, const char **error_r);

/* libmilter looks whether it should stop every five seconds only, or when a
 * connection comes. Between these calls connections come until the socket is
 * gone. listen is the setting (unix:PATH, inet:PORT@ADDRESS). */
struct waker *socket_wake(const char *listen);
void socket_woken(struct waker **waker);

#endif
