/* SPDX-License-Identifier: ISC */
/* ctl.c - the daemon's side of ctl, and the words both sides speak. */
#include "base/ctl.h"

#include <errno.h>
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

/* One client. Its requests run in the loop's thread, one after another. */
struct ctl_conn {
	struct ctl_server *server;
	struct ctl_conn *next, **link;
	int fd;
	struct loop_watch *watch;
	struct loop_timer *idle;
	char *line;			/* CTL_LINE_MAX bytes */
	size_t len;
	char *answer;			/* what is not yet written */
	size_t answer_len, answer_done;
	struct pending *pending;	/* NULL: no answer is awaited */
};

/* A request that runs, or whose answer comes later; lives in its arena. */
struct pending {
	struct buf body;		/* first: the verb knows it by that */
	struct arena *arena;
	struct ctl_conn *conn;		/* NULL: it is gone */
};

struct ctl_server {
	struct loop *loop;
	int fd;
	char *path;
	struct acceptor *acceptor;
	const struct ctl_verb *verbs;
	enum ctl_user user;
	void *arg;
	struct ctl_conn *conns;		/* who spoke last is the first */
	size_t count;
};

static bool
is_verb_char(char c)
{
	return (c >= 'a' && c <= 'z') || char_is_digit(c) || c == '-';
}

int
ctl_parse(struct str line, struct ctl_request *request_r,
    const char **error_r)
{
	ptrdiff_t blank;

	line = str_trim(line);
	blank = str_find(line, ' ');
	request_r->verb = blank < 0 ? line : str_sub(line, 0, (size_t)blank);
	request_r->json = blank < 0 ? STR("")
	    : str_trim(str_from_pos(line, (size_t)blank));
	if (request_r->verb.len == 0) {
		*error_r = "bad-request empty line; try 'ping'";
		return -1;
	}
	for (size_t i = 0; i < request_r->verb.len; i++)
		if (!is_verb_char(request_r->verb.data[i])) {
			*error_r = "bad-request a verb has small letters, "
			    "digits and '-'";
			return -1;
		}
	return 0;
}

static void
list_conn(struct ctl_conn *conn)
{
	struct ctl_server *server = conn->server;

	conn->next = server->conns;
	conn->link = &server->conns;
	if (conn->next != NULL)
		conn->next->link = &conn->next;
	server->conns = conn;
	server->count++;
}

static void
unlist_conn(struct ctl_conn *conn)
{
	*conn->link = conn->next;
	if (conn->next != NULL)
		conn->next->link = conn->link;
	conn->server->count--;
}

static void
close_conn(struct ctl_conn *conn)
{
	unlist_conn(conn);
	loop_cancel(&conn->idle);
	loop_unwatch(&conn->watch);
	close(conn->fd);
	if (conn->pending != NULL)
		conn->pending->conn = NULL;
	free(conn->line);
	free(conn->answer);
	free(conn);
}

static void
on_idle(void *arg)
{
	struct ctl_conn *conn = arg;

	conn->idle = NULL;
	close_conn(conn);
}

static void
renew_idle(struct ctl_conn *conn)
{
	loop_cancel(&conn->idle);
	conn->idle = loop_after(conn->server->loop, CTL_IDLE_MS, on_idle, conn);
	unlist_conn(conn);
	list_conn(conn);
}

/* -1: the connection is gone. */
static int
write_answer(struct ctl_conn *conn)
{
	while (conn->answer_done < conn->answer_len) {
		ssize_t done = send(conn->fd, conn->answer + conn->answer_done,
		    conn->answer_len - conn->answer_done,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			loop_watch_change(conn->watch, EPOLLOUT);
			return 0;
		}
		if (done < 0) {
			close_conn(conn);
			return -1;
		}
		conn->answer_done += (size_t)done;
	}
	free(conn->answer);
	conn->answer = NULL;
	conn->answer_len = conn->answer_done = 0;
	loop_watch_change(conn->watch, EPOLLIN);
	return 0;
}

static const struct ctl_verb *
find_verb(const struct ctl_server *server, struct str name)
{
	for (const struct ctl_verb *verb = server->verbs; verb->name != NULL;
	    verb++)
		if (verb->user <= server->user && str_is(name, verb->name))
			return verb;
	return NULL;
}

static int
run_line(struct ctl_conn *conn, struct str line, struct buf *body,
    const char **error_r)
{
	const struct ctl_verb *verb;
	struct ctl_request request;

	if (ctl_parse(line, &request, error_r) < 0)
		return -1;
	verb = find_verb(conn->server, request.verb);
	*error_r = "unknown-verb this daemon does not know it";
	if (verb == NULL)
		return -1;
	*error_r = "failed";
	return verb->run(conn->server->arg, request.json, body, error_r);
}

static void
set_answer(struct pending *pending, int result, const char *error)
{
	struct ctl_conn *conn = pending->conn;
	struct arena *arena = pending->arena;
	struct buf full;

	buf_init(&full, arena);
	if (result == 0) {
		buf_printf(&full, "OK %zu\n", pending->body.len);
		buf_add_str(&full, buf_str(&pending->body));
	} else {
		buf_printf(&full, "ERR %s\n", error);
	}
	conn->answer = malloc(full.len);
	if (conn->answer == NULL)
		abort();
	memcpy(conn->answer, full.data, full.len);
	conn->answer_len = full.len;
	arena_free(&arena);
}

/* While an answer is awaited the connection is watched for its end alone, and
 * its silence is ours. */
static void
run_request(struct ctl_conn *conn, struct str line)
{
	struct arena *arena = arena_new(0);
	struct pending *pending = arena_zalloc(arena, sizeof(*pending));
	const char *error;
	int result;

	pending->arena = arena;
	pending->conn = conn;
	buf_init(&pending->body, arena);
	result = run_line(conn, str_copy(arena, line), &pending->body, &error);
	if (result != CTL_LATER) {
		set_answer(pending, result, error);
		return;
	}
	conn->pending = pending;
	loop_cancel(&conn->idle);
	loop_watch_change(conn->watch, 0);
}

void
ctl_answer(struct buf *out, int result, const char *error)
{
	struct pending *pending = (struct pending *)out;
	struct ctl_conn *conn = pending->conn;
	struct arena *arena = pending->arena;

	if (conn == NULL) {
		arena_free(&arena);
		return;
	}
	conn->pending = NULL;
	set_answer(pending, result, error);
	renew_idle(conn);
	loop_watch_change(conn->watch, EPOLLOUT);
}

/* Answer the lines that are complete, one at a time: the next one is taken up
 * when the answer before it has left. */
static void
serve_lines(struct ctl_conn *conn)
{
	char *end;

	while (conn->answer == NULL && conn->pending == NULL &&
	    (end = memchr(conn->line, '\n', conn->len)) != NULL) {
		size_t used = (size_t)(end - conn->line) + 1;

		run_request(conn, str_of(conn->line, used - 1));
		memmove(conn->line, conn->line + used, conn->len - used);
		conn->len -= used;
		if (conn->answer != NULL && write_answer(conn) < 0)
			return;
	}
	if (conn->len == CTL_LINE_MAX && conn->answer == NULL &&
	    conn->pending == NULL)
		close_conn(conn);	/* a line without end */
}

static void
on_conn(void *arg, uint32_t events)
{
	struct ctl_conn *conn = arg;
	ssize_t got;

	renew_idle(conn);
	if (conn->answer != NULL || conn->pending != NULL) {
		if ((events & (EPOLLERR | EPOLLHUP)) != 0)
			close_conn(conn);
		else if (conn->answer != NULL && write_answer(conn) == 0)
			serve_lines(conn);
		return;
	}
	got = recv(conn->fd, conn->line + conn->len, CTL_LINE_MAX - conn->len,
	    MSG_DONTWAIT);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		close_conn(conn);
		return;
	}
	conn->len += (size_t)got;
	serve_lines(conn);
}

static void
close_silent_one(struct ctl_server *server)
{
	struct ctl_conn *conn = server->conns;

	while (conn->next != NULL)
		conn = conn->next;
	close_conn(conn);
}

static void
add_conn(void *arg, int fd)
{
	struct ctl_server *server = arg;
	struct ctl_conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL || (conn->line = malloc(CTL_LINE_MAX)) == NULL)
		abort();
	conn->server = server;
	conn->fd = fd;
	if (server->count == CTL_CONNS_MAX)
		close_silent_one(server);
	list_conn(conn);
	conn->watch = loop_watch(server->loop, fd, EPOLLIN, on_conn, conn);
	renew_idle(conn);
}

struct ctl_server *
ctl_open(struct loop *loop, const char *path, enum ctl_user user,
    const struct ctl_verb *verbs, void *arg, struct arena *arena,
    const char **error_r)
{
	struct ctl_server *server;
	int fd = net_listen_unix(path, user == CTL_PLUGIN ? 0660 : 0600, arena,
	    error_r);

	if (fd < 0)
		return NULL;
	server = calloc(1, sizeof(*server));
	if (server == NULL)
		abort();
	*server = (struct ctl_server){ .loop = loop, .fd = fd,
	    .path = strdup(path), .verbs = verbs, .user = user,
	    .arg = arg };
	server->acceptor = acceptor_new(loop, fd, add_conn, server);
	return server;
}

void
ctl_close(struct ctl_server **server)
{
	struct ctl_server *old = *server;

	if (old == NULL)
		return;
	while (old->conns != NULL)
		close_conn(old->conns);
	acceptor_free(&old->acceptor);
	close(old->fd);
	unlink(old->path);
	free(old->path);
	free(old);
	*server = NULL;
}
