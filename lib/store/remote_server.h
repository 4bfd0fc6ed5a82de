/* SPDX-License-Identifier: ISC */
/* remote_server.h - policyd's side of remote.h: its memory on a socket. */
#ifndef STORE_REMOTE_SERVER_H
#define STORE_REMOTE_SERVER_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct loop;
struct store;

/* Of more connections the one that was silent for the longest is closed; its
 * client comes back when it has something to ask. */
#define REMOTE_CONNS_MAX 64

struct remote_server;

/* Serve the store (memory.h: one whose answers are there at once) on a UNIX
 * socket with mode 0660. Who sends without reading is not read either, until he
 * does; who sends what cannot be read is told so and closed. All in the loop's
 * thread. NULL with the reason. */
struct remote_server *remote_server_open(struct store *store,
    const char *path, struct loop *loop, struct arena *arena,
    const char **error_r);
/* Answers what has come, closes, unlinks the path. */
void remote_server_close(struct remote_server **server);

struct remote_server_stats {
	size_t conns;		/* now */
	uint64_t accepted;
	uint64_t requests;	/* of operations, refused ones too */
	uint64_t unread;	/* connections closed for what they sent */
};

void remote_server_count(const struct remote_server *server,
    struct remote_server_stats *stats_r);

#endif
