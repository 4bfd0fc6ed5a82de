/* SPDX-License-Identifier: ISC */
/* remote_server.c - policyd's side of remote.h: its memory on a socket.
 *
 * A connection reads only when all of its answers have left. So what one client
 * can make us keep is one request under way and the answers to one chunk, and
 * others have their turn between chunks. */
#include "store/remote_server.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/acceptor.h"
#include "base/arena.h"
#include "base/loop.h"
#include "base/net.h"
#include "store/redis_bytes.h"
#include "store/redis_codec.h"
#include "store/remote.h"

#define CHUNK_BYTES 16384
#define LAST_CHUNKS 64		/* read from each at the end */
#define REFUSAL_MAX 256

struct remote_conn {
	struct remote_server *server;
	struct remote_conn *next, **link;
	int fd;
	struct loop_watch *watch;
	struct redis_codec *codec;
	struct redis_bytes out;		/* what the client did not take yet */
	bool is_writing;		/* it is watched for room, not input */
	bool is_leaving;		/* it is closed once out has left */
	bool is_broken;
};

struct remote_server {
	struct store *store;
	struct loop *loop;
	int fd;
	char *path;
	struct acceptor *acceptor;
	struct remote_conn *conns;	/* who spoke last is the first */
	struct remote_server_stats stats;
};

/* --- the list of connections ---------------------------------------------- */

static void
list_conn(struct remote_conn *conn)
{
	struct remote_server *server = conn->server;

	conn->next = server->conns;
	conn->link = &server->conns;
	if (conn->next != NULL)
		conn->next->link = &conn->next;
	server->conns = conn;
}

static void
unlist_conn(struct remote_conn *conn)
{
	*conn->link = conn->next;
	if (conn->next != NULL)
		conn->next->link = conn->link;
}

static void
close_conn(struct remote_conn *conn)
{
	unlist_conn(conn);
	conn->server->stats.conns--;
	loop_unwatch(&conn->watch);
	close(conn->fd);
	redis_codec_free(&conn->codec);
	redis_bytes_clear(&conn->out);
	free(conn);
}

/* --- out ------------------------------------------------------------------ */

static void
flush(struct remote_conn *conn)
{
	while (redis_bytes_count(&conn->out) != 0) {
		ssize_t done = send(conn->fd, redis_bytes_first(&conn->out),
		    redis_bytes_count(&conn->out), MSG_NOSIGNAL);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0) {
			conn->is_broken = errno != EAGAIN;
			return;
		}
		redis_bytes_take(&conn->out, (size_t)done);
	}
}

static void
say_list(struct remote_conn *conn, const struct str *values, size_t count)
{
	size_t len;
	char *bytes = redis_codec_format(values, count, &len);

	redis_bytes_add(&conn->out, bytes, len);
	free(bytes);
}

/* Reasons are sentences of ours, on one line. */
static void
say_refusal(struct remote_conn *conn, const char *reason)
{
	char line[REFUSAL_MAX];
	int len = snprintf(line, sizeof(line), "-REFUSED %.*s\r\n",
	    REFUSAL_MAX - 16, reason);

	redis_bytes_add(&conn->out, line, (size_t)len);
}

/* --- in ------------------------------------------------------------------- */

static void
run_op(struct remote_conn *conn, const struct store_request *request)
{
	struct store_call *call = store_ask(conn->server->store, request,
	    NULL);
	const struct store_answer *answer = store_call_answer(call);

	assert(answer != NULL);
	if (answer->status == STORE_DONE)
		say_list(conn, answer->values, answer->count);
	else
		say_refusal(conn, answer->error);
	store_call_unref(&call);
}

static void
answer(struct remote_conn *conn, const struct redis_reply *words)
{
	static const struct str name = { "mailreeve", 9 };
	struct store_request request;
	const char *error;

	switch (remote_read(words, &request, &error)) {
	case REMOTE_HELLO:
		say_list(conn, &name, 1);
		return;
	case REMOTE_OP:
		run_op(conn, &request);
		break;
	case REMOTE_UNKNOWN:
		say_refusal(conn, error);
		break;
	}
	conn->server->stats.requests++;
}

/* Where the next request begins is not known any more. */
static void
give_up_reading(struct remote_conn *conn)
{
	conn->server->stats.unread++;
	say_refusal(conn, "what came is no array of strings, or too long");
	conn->is_leaving = true;
}

static void
take_requests(struct remote_conn *conn)
{
	struct redis_reply words;
	const char *error;
	int found;

	while ((found = redis_codec_next(conn->codec, &words, &error)) == 1 &&
	    words.kind == REDIS_REPLY_LIST)
		answer(conn, &words);
	if (found != 0)
		give_up_reading(conn);
}

/* False: nothing has come. */
static bool
receive(struct remote_conn *conn)
{
	char chunk[CHUNK_BYTES];
	ssize_t got = recv(conn->fd, chunk, sizeof(chunk), 0);

	if (got > 0) {
		redis_codec_feed(conn->codec, chunk, (size_t)got);
		take_requests(conn);
		return true;
	}
	if (got == 0)
		conn->is_leaving = true;
	else if (errno != EAGAIN && errno != EINTR)
		conn->is_broken = true;
	return false;
}

/* Send what can be sent; then close it, or wait for what is missing. */
static void
settle(struct remote_conn *conn)
{
	bool is_empty;

	flush(conn);
	is_empty = redis_bytes_count(&conn->out) == 0;
	if (conn->is_broken || (conn->is_leaving && is_empty)) {
		close_conn(conn);
	} else if (conn->is_writing == is_empty) {
		conn->is_writing = !is_empty;
		loop_watch_change(conn->watch,
		    is_empty ? EPOLLIN : EPOLLOUT);
	}
}

static void
on_conn(void *arg, uint32_t events)
{
	struct remote_conn *conn = arg;

	(void)events;
	unlist_conn(conn);
	list_conn(conn);
	if (redis_bytes_count(&conn->out) == 0)
		receive(conn);
	settle(conn);
}

/* --- begin and end -------------------------------------------------------- */

static void
close_silent_one(struct remote_server *server)
{
	struct remote_conn *conn = server->conns;

	while (conn->next != NULL)
		conn = conn->next;
	close_conn(conn);
}

static void
add_conn(void *arg, int fd)
{
	struct remote_server *server = arg;
	struct remote_conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL)
		abort();
	if (server->stats.conns == REMOTE_CONNS_MAX)
		close_silent_one(server);
	conn->server = server;
	conn->fd = fd;
	conn->codec = redis_codec_new();
	conn->watch = loop_watch(server->loop, fd, EPOLLIN, on_conn, conn);
	list_conn(conn);
	server->stats.conns++;
	server->stats.accepted++;
}

struct remote_server *
remote_server_open(struct store *store, const char *path, struct loop *loop,
    struct arena *arena, const char **error_r)
{
	int fd = net_listen_unix(path, 0660, arena, error_r);
	struct remote_server *server;

	if (fd < 0)
		return NULL;
	server = calloc(1, sizeof(*server));
	if (server == NULL)
		abort();
	*server = (struct remote_server){ .store = store, .loop = loop,
	    .fd = fd, .path = strdup(path) };
	if (server->path == NULL)
		abort();
	server->acceptor = acceptor_new(loop, fd, add_conn, server);
	return server;
}

/* Whoever asked before the end hears of it, if he reads. */
static void
close_well(struct remote_conn *conn)
{
	for (int i = 0; i < LAST_CHUNKS && !conn->is_leaving &&
	    redis_bytes_count(&conn->out) == 0 && receive(conn); i++)
		flush(conn);
	close_conn(conn);
}

void
remote_server_close(struct remote_server **server)
{
	struct remote_server *old = *server;

	*server = NULL;
	if (old == NULL)
		return;
	while (old->conns != NULL)
		close_well(old->conns);
	acceptor_free(&old->acceptor);
	close(old->fd);
	unlink(old->path);
	free(old->path);
	free(old);
}

void
remote_server_count(const struct remote_server *server,
    struct remote_server_stats *stats_r)
{
	*stats_r = server->stats;
}
