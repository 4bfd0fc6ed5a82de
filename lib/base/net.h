/* SPDX-License-Identifier: ISC */
/* net.h - sockets, opened with their traps in mind. */
#ifndef BASE_NET_H
#define BASE_NET_H

#include <sys/types.h>

struct arena;

/* A listening, non-blocking UNIX stream socket with this mode. A stale one of
 * a process that is gone is replaced; one that somebody answers on is not. The
 * descriptor, or -1 with the reason and its remedy. */
int net_listen_unix(const char *path, mode_t mode, struct arena *arena,
    const char **error_r);

/* The same over TCP, at a numeric IPv4 or IPv6 address. */
int net_listen_tcp(const char *address, const char *port, struct arena *arena,
    const char **error_r);

/* Let the members of the group connect to the socket at path, or with NULL those
 * of the process's own group; key is the setting that named it, for the reason.
 * -1 with the reason. */
int net_share_unix(const char *path, const char *group_name, const char *key,
    struct arena *arena, const char **error_r);

/* A connected, blocking UNIX stream socket whose reads and writes give up
 * after timeout_ms. -1 with the reason, which stands in errno as well. */
int net_connect_unix(const char *path, int timeout_ms, struct arena *arena,
    const char **error_r);

/* Write it all to a blocking descriptor. 0, or -1 with errno. */
int net_write_all(int fd, const void *data, size_t len);

#endif
