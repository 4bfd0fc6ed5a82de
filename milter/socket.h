/* SPDX-License-Identifier: ISC */
/* socket.h - the end of the socket that Postfix connects to. */
#ifndef MILTER_SOCKET_H
#define MILTER_SOCKET_H

struct waker;

/* libmilter looks whether it should stop every five seconds only, or when a
 * connection comes. Between these calls connections come until the socket is
 * gone. listen is the setting (unix:PATH, inet:PORT@ADDRESS). */
struct waker *socket_wake(const char *listen);
void socket_woken(struct waker **waker);

#endif
