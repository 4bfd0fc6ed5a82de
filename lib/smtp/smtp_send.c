/* SPDX-License-Identifier: ISC */
/* smtp_send.c - one message handed to a server of this host, without waiting. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/loop.h"
#include "smtp/smtp_private.h"
#include "smtp/smtp_server.h"

#define CHUNK_BYTES ((size_t)16384)
#define CHUNKS_MAX 16			/* in one turn of the loop */

/* How long each may last, in percent of the time for MAIL (RFC 5321 4.5.3.2;
 * connecting and QUIT are not in it). */
static const struct {
	const char *what;
	int64_t percent;
} steps[] = {
	[SMTP_CONNECT] = { "it does not take the connection", 100 },
	[SMTP_GREETING] = { "it does not greet", 100 },
	[SMTP_HELLO] = { "it does not answer our greeting", 100 },
	[SMTP_MAIL] = { "it does not answer MAIL", 100 },
	[SMTP_RCPT] = { "it does not answer RCPT", 100 },
	[SMTP_DATA] = { "it does not answer DATA", 40 },
	[SMTP_CONTENT] = { "it does not take the message", 60 },
	[SMTP_END] = { "it does not answer the end of the message", 200 },
	[SMTP_QUIT] = { "it does not answer QUIT", 10 },
};

/* --- results -------------------------------------------------------------- */

void
smtp_settle(struct smtp_sending *sending, size_t rcpt,
    const struct smtp_result *result)
{
	if (sending->has_result[rcpt])
		return;
	sending->has_result[rcpt] = true;
	sending->results[rcpt] = *result;
}

void
smtp_settle_rest(struct smtp_sending *sending, const struct smtp_result *result)
{
	for (size_t i = 0; i < sending->mail->rcpt_count; i++)
		smtp_settle(sending, i, result);
}

size_t
smtp_next_open(const struct smtp_sending *sending, size_t rcpt)
{
	while (rcpt < sending->mail->rcpt_count && sending->has_result[rcpt])
		rcpt++;
	return rcpt;
}

/* --- the end -------------------------------------------------------------- */

static void
hang_up(struct smtp_sending *sending)
{
	loop_unwatch(&sending->watch);
	loop_cancel(&sending->timer);
	if (sending->fd >= 0)
		close(sending->fd);
	sending->fd = -1;
}

void
smtp_cancel(struct smtp_sending **sending)
{
	struct arena *arena;

	if (*sending == NULL)
		return;
	hang_up(*sending);
	smtp_reader_free(&(*sending)->reader);
	arena = (*sending)->arena;
	*sending = NULL;
	arena_free(&arena);
}

static void
on_over(void *arg)
{
	struct smtp_sending *sending = arg;

	sending->timer = NULL;
	sending->done(sending->arg, sending->results);
	smtp_cancel(&sending);
}

/* The owner is told from the loop, when no function of ours is under way. */
void
smtp_finish(struct smtp_sending *sending)
{
	hang_up(sending);
	sending->step = SMTP_OVER;
	sending->timer = loop_after(sending->loop, 0, on_over, sending);
}

static void
break_off(struct smtp_sending *sending, const char *text)
{
	smtp_settle_rest(sending, &(struct smtp_result){ .outcome = SMTP_LATER,
	    .text = arena_strdup(sending->arena, text) });
	smtp_finish(sending);
}

/* --- out ------------------------------------------------------------------ */

static void
on_timeout(void *arg)
{
	struct smtp_sending *sending = arg;

	sending->timer = NULL;
	break_off(sending, steps[sending->step].what);
}

void
smtp_expect(struct smtp_sending *sending, enum smtp_step step)
{
	int64_t timeout_ms = sending->timeout_ms * steps[step].percent / 100;

	sending->step = step;
	loop_cancel(&sending->timer);
	sending->timer = loop_after(sending->loop, timeout_ms, on_timeout,
	    sending);
}

static void
watch_for(struct smtp_sending *sending, uint32_t events)
{
	if (sending->watch == NULL || sending->events == events)
		return;
	sending->events = events;
	loop_watch_change(sending->watch, events);
}

/* Send what the socket takes. Is all of it sent? */
static bool
write_out(struct smtp_sending *sending)
{
	ssize_t sent;

	while (sending->out_at < sending->out.len) {
		sent = send(sending->fd, sending->out.data + sending->out_at,
		    sending->out.len - sending->out_at, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			break;
		sending->out_at += (size_t)sent;
		if (sending->step == SMTP_CONTENT)
			smtp_expect(sending, SMTP_CONTENT);
	}
	if (sending->out_at == sending->out.len) {
		buf_clear(&sending->out);
		sending->out_at = 0;
		return true;
	}
	if (errno == EAGAIN)
		watch_for(sending, EPOLLIN | EPOLLOUT);
	else if (errno == EPIPE || errno == ECONNRESET)
		/* What it said before it left is still to be read. */
		watch_for(sending, EPOLLIN);
	else
		break_off(sending, strerror(errno));
	return false;
}

/* The next piece of the message: false when there is none. */
static bool
fill_out(struct smtp_sending *sending)
{
	struct str piece = str_sub(sending->mail->content,
	    sending->content_at, CHUNK_BYTES);

	if (sending->step != SMTP_CONTENT)
		return false;
	if (piece.len != 0) {
		smtp_dots_add(&sending->dots, piece, &sending->out);
		sending->content_at += piece.len;
		return true;
	}
	smtp_dots_end(&sending->dots, &sending->out);
	smtp_expect(sending, SMTP_END);
	return true;
}

/* A long message leaves in several turns of the loop, which has others too. */
static void
flush(struct smtp_sending *sending)
{
	for (int i = 0; i < CHUNKS_MAX; i++) {
		if (!write_out(sending))
			return;
		if (!fill_out(sending)) {
			watch_for(sending, EPOLLIN);
			return;
		}
	}
	watch_for(sending, EPOLLIN | EPOLLOUT);
}

/* A command is in out: send it. */
void
smtp_say(struct smtp_sending *sending, enum smtp_step step)
{
	/* It would be taken for the answer to this command. */
	if (!smtp_reader_is_empty(sending->reader)) {
		break_off(sending, "it says what nobody asked");
		return;
	}
	smtp_expect(sending, step);
	flush(sending);
}

void
smtp_say_content(struct smtp_sending *sending)
{
	smtp_expect(sending, SMTP_CONTENT);
	flush(sending);
}

/* --- in ------------------------------------------------------------------- */

static void
take_replies(struct smtp_sending *sending)
{
	struct smtp_reply reply;
	const char *error;
	int found = 0;

	while (sending->step != SMTP_OVER && (found = smtp_reader_next(
	    sending->reader, &reply, &error)) == 1)
		smtp_take_reply(sending, &reply);
	if (sending->step != SMTP_OVER && found < 0)
		break_off(sending, error);
}

static void
receive(struct smtp_sending *sending)
{
	char chunk[4096];
	ssize_t got = recv(sending->fd, chunk, sizeof(chunk), 0);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got < 0) {
		break_off(sending, strerror(errno));
	} else if (got == 0) {
		break_off(sending, "it closed the connection");
	} else {
		smtp_reader_feed(sending->reader, chunk, (size_t)got);
		take_replies(sending);
	}
}

static const char *
connect_error(struct smtp_sending *sending, int error)
{
	return arena_printf(sending->arena, "cannot connect: %s%s",
	    strerror(error), error == ENOENT || error == ECONNREFUSED
	    ? "; is the server running?" : error == EACCES
	    ? "; may this user open its socket?" : "");
}

static void
on_event(void *arg, uint32_t events)
{
	struct smtp_sending *sending = arg;
	socklen_t len = sizeof(int);
	int error = 0;

	if (sending->step == SMTP_CONNECT) {
		getsockopt(sending->fd, SOL_SOCKET, SO_ERROR, &error, &len);
		if (error != 0) {
			break_off(sending, connect_error(sending, error));
			return;
		}
		watch_for(sending, EPOLLIN);
		smtp_expect(sending, SMTP_GREETING);
		return;
	}
	if ((events & EPOLLOUT) != 0)
		flush(sending);
	if (sending->step != SMTP_OVER &&
	    (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
		receive(sending);
}

/* --- the beginning -------------------------------------------------------- */

/* What would end the command it stands in. */
static bool
is_fit(struct str address)
{
	for (size_t i = 0; i < address.len; i++)
		if ((unsigned char)address.data[i] < ' ' ||
		    address.data[i] == '\x7f')
			return false;
	return true;
}

static void
settle_unfit(struct smtp_sending *sending)
{
	static const struct smtp_result unfit = { .outcome = SMTP_NEVER,
	    .text = "an address has a control character in it" };

	if (!is_fit(sending->mail->sender))
		smtp_settle_rest(sending, &unfit);
	for (size_t i = 0; i < sending->mail->rcpt_count; i++)
		if (!is_fit(sending->mail->rcpts[i]))
			smtp_settle(sending, i, &unfit);
}

static void
begin(struct smtp_sending *sending, const struct smtp_server *server)
{
	settle_unfit(sending);
	if (smtp_next_open(sending, 0) == sending->mail->rcpt_count) {
		smtp_finish(sending);
		return;
	}
	sending->fd = smtp_server_connect(server);
	if (sending->fd < 0) {
		break_off(sending, connect_error(sending, errno));
		return;
	}
	sending->events = EPOLLOUT;
	sending->watch = loop_watch(sending->loop, sending->fd, EPOLLOUT,
	    on_event, sending);
	smtp_expect(sending, SMTP_CONNECT);
}

struct smtp_sending *
smtp_send(struct loop *loop, const struct smtp_server *server,
    const struct smtp_mail *mail,
    void (*done)(void *arg, const struct smtp_result *results), void *arg)
{
	struct arena *arena = arena_new(0);
	struct smtp_sending *sending = arena_zalloc(arena, sizeof(*sending));

	sending->arena = arena;
	sending->loop = loop;
	sending->mail = mail;
	sending->done = done;
	sending->arg = arg;
	sending->is_lmtp = server->is_lmtp;
	sending->helo = arena_strdup(arena, server->helo);
	sending->timeout_ms = server->timeout_ms;
	sending->fd = -1;
	sending->reader = smtp_reader_new();
	buf_init(&sending->out, arena);
	sending->results = arena_zalloc(arena,
	    (mail->rcpt_count + 1) * sizeof(*sending->results));
	sending->has_result = arena_zalloc(arena, mail->rcpt_count + 1);
	begin(sending, server);
	return sending;
}
