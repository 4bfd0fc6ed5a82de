/* SPDX-License-Identifier: ISC */
/* stages.c - libmilter's callbacks: facts in, edits and the answer out.
 *
 * All but RCPT and end of message is negotiated to need no reply, which lets
 * Postfix send a message in one go: each reply wakes two processes. RCPT is
 * answered at once, which makes it hand over what it held back, so that
 * questions to the DNS start early. Nothing here waits before end of message.
 * Header values come with their leading blank, so that DKIM sees every byte.
 */
#include "milter/stages.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmilter/mfapi.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/net.h"
#include "mail/edit.h"
#include "mail/spool.h"
#include "mail/txn.h"
#include "mail/verdict.h"
#include "milter/engine.h"
#include "milter/metrics.h"
#include "milter/serve.h"
#include "milter/serve_charges.h"
#include "milter/session.h"
#include "milter/settings.h"
#include "milter/socket.h"

#define STAGES_BACKLOG 1024
/* RFC 5321 4.5.3.1.5: a reply line has 512 octets, code and CRLF included. */
#define STAGES_REPLY_MAX 480

#define STAGES_NEEDED_STEPS (SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | \
	SMFIP_NR_DATA | SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY | \
	SMFIP_HDR_LEADSPC)
#define STAGES_ACTIONS (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_CHGBODY | \
	SMFIF_QUARANTINE)
/* libmilter counts a body in int, and cuts it into packets of its own. */
#define STAGES_BODY_PIECE ((size_t)1024 * 1024)

/* libmilter's callbacks have no argument of ours but the session's. */
static struct server *stages_server;
static const char *stages_listen;

static const struct {
	int stage;
	const char *macros;
} stages_macros[] = {
	{ SMFIM_CONNECT, "j {client_addr} {client_name} {client_ptr} "
	    "{daemon_addr} {daemon_name}" },
	{ SMFIM_HELO, "{tls_version}" },
	{ SMFIM_ENVFROM, "i {auth_authen} {mail_addr}" },
	{ SMFIM_ENVRCPT, "i" },
	{ SMFIM_DATA, "i" },
	/* Postfix sends these with each header field, too, and takes an empty
	 * list for none. A macro that nobody defines leaves little to read;
	 * the queue id came with DATA. */
	{ SMFIM_EOH, "{nothing}" },
	{ SMFIM_EOM, "i" },
};

static sfsistat
on_negotiate(SMFICTX *context, unsigned long actions, unsigned long steps,
    unsigned long f2, unsigned long f3, unsigned long *actions_r,
    unsigned long *steps_r, unsigned long *f2_r, unsigned long *f3_r)
{
	(void)f2;
	(void)f3;
	if ((actions & STAGES_ACTIONS) != STAGES_ACTIONS ||
	    (steps & STAGES_NEEDED_STEPS) != STAGES_NEEDED_STEPS)
		log_warn(NULL, "the mail server offers less than Postfix 2.6 "
		    "does: actions=0x%lx steps=0x%lx", actions, steps);
	for (size_t i = 0; i < ARRAY_LEN(stages_macros); i++)
		smfi_setsymlist(context, stages_macros[i].stage,
		    (char *)stages_macros[i].macros);
	*actions_r = STAGES_ACTIONS & actions;
	/* Bodies come even when nobody wants them: after a reload somebody may,
	 * and what is agreed here holds for all messages of the session. */
	*steps_r = (STAGES_NEEDED_STEPS | SMFIP_NOUNKNOWN) & steps;
	*f2_r = *f3_r = 0;
	return SMFIS_CONTINUE;
}

static const char *
macro(SMFICTX *context, const char *name)
{
	const char *value = smfi_getsymval(context, (char *)name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* A macro's text that stays when libmilter forgets it. */
static const char *
kept_macro(SMFICTX *context, struct arena *arena, const char *name)
{
	const char *value = macro(context, name);

	return value != NULL ? arena_strdup(arena, value) : NULL;
}

static struct session *
session_of(SMFICTX *context)
{
	return smfi_getpriv(context);
}

static sfsistat
on_connect(SMFICTX *context, char *name, _SOCK_ADDR *socket_address)
{
	struct session *session = session_new();
	struct arena *arena = session->arena;
	struct client *client = &session->client;

	netaddr_from_socket((struct sockaddr *)socket_address,
	    &client->address);
	client->name = arena_strdup(arena, name != NULL ? name : "unknown");
	client->ptr_name = kept_macro(context, arena, "{client_ptr}");
	netaddr_parse(str_from(macro(context, "{daemon_addr}")),
	    &client->server);
	smfi_setpriv(context, session);
	return SMFIS_NOREPLY;
}

static sfsistat
on_helo(SMFICTX *context, char *name)
{
	struct session *session = session_of(context);

	if (session == NULL)
		return SMFIS_NOREPLY;
	session_greet(session, name);
	if (session->client.tls_version == NULL)
		session->client.tls_version = kept_macro(context,
		    session->arena, "{tls_version}");
	return SMFIS_NOREPLY;
}

static void
note_queue_id(SMFICTX *context, struct session *session)
{
	struct txn *txn = engine_txn(session->engine);
	const char *queue_id;

	if (txn->queue_id == NULL && (queue_id = macro(context, "i")) != NULL)
		txn_set_queue_id(txn, queue_id);
}

static sfsistat
on_mail(SMFICTX *context, char **args)
{
	struct session *session = session_of(context);
	struct txn *txn;

	if (session == NULL)
		return SMFIS_NOREPLY;
	txn = session_begin(session, stages_server);
	/* smtpd has no queue id yet at MAIL; what sendmail submits has. */
	txn->client.is_local = macro(context, "i") != NULL &&
	    netaddr_is_loopback(&session->client.address);
	txn->client.login = kept_macro(context, txn->arena, "{auth_authen}");
	session_set_sender(txn, args[0],
	    smfi_getsymval(context, "{mail_addr}"));
	for (size_t i = 1; args[i] != NULL; i++)
		if (strncasecmp(args[i], "BODY=", 5) == 0)
			txn->body_type = arena_strdup(txn->arena, args[i] + 5);
	note_queue_id(context, session);
	engine_reach(session->engine, STAGE_MAIL);
	return SMFIS_NOREPLY;
}

static sfsistat
on_rcpt(SMFICTX *context, char **args)
{
	struct session *session = session_of(context);

	if (session == NULL || session->engine == NULL)
		return SMFIS_TEMPFAIL;
	note_queue_id(context, session);
	if (engine_add_rcpt(session->engine, args[0]) == RCPT_TOO_MANY) {
		smfi_setreply(context, "452", "4.5.3", "too many recipients "
		    "in one message; send the rest in another one");
		return SMFIS_TEMPFAIL;
	}
	engine_reach(session->engine, STAGE_RCPT);
	return SMFIS_CONTINUE;
}

static sfsistat
on_data(SMFICTX *context)
{
	struct session *session = session_of(context);

	if (session != NULL && session->engine != NULL)
		note_queue_id(context, session);
	return SMFIS_NOREPLY;
}

static sfsistat
on_header(SMFICTX *context, char *name, char *value)
{
	struct session *session = session_of(context);

	if (session != NULL && session->engine != NULL)
		engine_add_header(session->engine, str_from(name),
		    str_from(value));
	return SMFIS_NOREPLY;
}

static sfsistat
on_end_of_header(SMFICTX *context)
{
	struct session *session = session_of(context);
	struct txn *txn;

	if (session == NULL || session->engine == NULL)
		return SMFIS_NOREPLY;
	note_queue_id(context, session);
	txn = engine_txn(session->engine);
	/* Of what sendmail submits policyd hears from us alone, if at all: the
	 * id is ours, and one under this queue id is an older message's. */
	if (!txn->client.is_local)
		charges_ask_id(server_charges(stages_server),
		    &session->charged, txn);
	engine_reach(session->engine, STAGE_HEADERS);
	return SMFIS_NOREPLY;
}

static sfsistat
on_body(SMFICTX *context, unsigned char *data, size_t len)
{
	struct session *session = session_of(context);

	if (session != NULL && session->engine != NULL)
		engine_add_body(session->engine, data, len);
	return SMFIS_NOREPLY;
}

static int
replace_body(SMFICTX *context, struct txn *txn)
{
	struct str body;

	if (spool_data(txn->body, &body) < 0)
		return MI_FAILURE;
	do {
		struct str piece = str_sub(body, 0, STAGES_BODY_PIECE);

		if (smfi_replacebody(context, (unsigned char *)piece.data,
		    (int)piece.len) != MI_SUCCESS)
			return MI_FAILURE;
		body = str_from_pos(body, piece.len);
	} while (body.len != 0);
	return MI_SUCCESS;
}

static int
apply_edit(SMFICTX *context, const struct edit *edit, struct txn *txn)
{
	char *name = str_dup(txn->arena, edit->name);
	char *value = str_dup(txn->arena, edit->value);

	switch (edit->kind) {
	case EDIT_INSERT_HEADER:
		return smfi_insheader(context, 0, name, value);
	case EDIT_APPEND_HEADER:
		return smfi_addheader(context, name, value);
	case EDIT_CHANGE_HEADER:
		return smfi_chgheader(context, name, (int)edit->nth, value);
	case EDIT_REMOVE_HEADER:
		return smfi_chgheader(context, name, (int)edit->nth, NULL);
	case EDIT_REPLACE_BODY:
		return replace_body(context, txn);
	case EDIT_HOLD:
		return smfi_quarantine(context, value);
	}
	return MI_FAILURE;
}

static int
apply_edits(SMFICTX *context, struct txn *txn)
{
	const struct edit *const *edits = edit_order(txn);

	for (size_t i = 0; i < txn->edits.len; i++)
		if (apply_edit(context, edits[i], txn) != MI_SUCCESS)
			return -1;
	return 0;
}

/* Printable ASCII only, "%" doubled as smfi_setreply() wants it. */
static void
set_reply(SMFICTX *context, const struct reply *reply)
{
	char code[8], text[STAGES_REPLY_MAX * 2 + 1];
	size_t len = 0;

	for (const char *c = reply->text; *c != '\0' &&
	    len < STAGES_REPLY_MAX; c++) {
		if (*c == '%')
			text[len++] = '%';
		text[len++] = *c >= 0x20 && *c < 0x7f ? *c : '?';
	}
	text[len] = '\0';
	snprintf(code, sizeof(code), "%d", reply->code);
	if (smfi_setreply(context, code, (char *)reply->enhanced, text) !=
	    MI_SUCCESS)
		log_error(NULL, "libmilter refused the reply %s %s %s", code,
		    reply->enhanced, text);
}

static sfsistat
answer(SMFICTX *context, struct txn *txn, const struct outcome *outcome)
{
	const struct verdict *verdict = outcome->verdict;

	if (verdict->done == DECISION_REFUSE ||
	    verdict->done == DECISION_DEFER) {
		set_reply(context, verdict->reply);
		return verdict->done == DECISION_REFUSE ? SMFIS_REJECT
							: SMFIS_TEMPFAIL;
	}
	if (apply_edits(context, txn) < 0) {
		log_error(&txn->log, "the mail server took no edit: "
		    "the message is deferred");
		return SMFIS_TEMPFAIL;
	}
	return SMFIS_ACCEPT;
}

static sfsistat
on_end_of_message(SMFICTX *context)
{
	struct session *session = session_of(context);
	const struct outcome *outcome;
	struct txn *txn;
	sfsistat status;

	if (session == NULL || session->engine == NULL)
		return SMFIS_TEMPFAIL;
	note_queue_id(context, session);
	txn = engine_txn(session->engine);
	charges_take_id(server_charges(stages_server), &session->charged, txn);
	outcome = engine_finish(session->engine);
	status = answer(context, txn, outcome);
	charges_settle(server_charges(stages_server), &session->charged, txn,
	    status == SMFIS_ACCEPT);
	server_decided(stages_server, session->engine, outcome);
	session_end(session);
	return status;
}

static sfsistat
on_abort(SMFICTX *context)
{
	struct session *session = session_of(context);

	if (session != NULL && session->engine != NULL) {
		metrics_count_abort(server_metrics(stages_server));
		session_end(session);
	}
	return SMFIS_CONTINUE;
}

static sfsistat
on_close(SMFICTX *context)
{
	struct session *session = session_of(context);

	smfi_setpriv(context, NULL);
	if (session != NULL)
		session_free(&session);
	return SMFIS_CONTINUE;
}

static const struct smfiDesc stages_callbacks = {
	.xxfi_name = "mailreeve-milter",
	.xxfi_version = SMFI_VERSION,
	.xxfi_flags = STAGES_ACTIONS,
	.xxfi_connect = on_connect,
	.xxfi_helo = on_helo,
	.xxfi_envfrom = on_mail,
	.xxfi_envrcpt = on_rcpt,
	.xxfi_header = on_header,
	.xxfi_eoh = on_end_of_header,
	.xxfi_body = on_body,
	.xxfi_eom = on_end_of_message,
	.xxfi_abort = on_abort,
	.xxfi_close = on_close,
	.xxfi_data = on_data,
	.xxfi_negotiate = on_negotiate,
};

int
stages_open(struct server *server, const struct milter_settings *settings,
    struct arena *arena, const char **error_r)
{
	const char *path = strncmp(settings->listen, "unix:", 5) == 0
	    ? settings->listen + 5 : NULL;
	int fd;

	stages_server = server;
	stages_listen = settings->listen;
	if (path != NULL) {
		/* Says clearly what is wrong; libmilter says it to syslog. */
		fd = net_listen_unix(path, 0600, arena, error_r);
		if (fd < 0)
			return -1;
		close(fd);
	}
	smfi_setbacklog(STAGES_BACKLOG);
	/* Within a command; between two of them threads.c has the same. */
	smfi_settimeout((int)(settings->idle_timeout_ms / 1000));
	if (smfi_setconn((char *)settings->listen) != MI_SUCCESS ||
	    smfi_register(stages_callbacks) != MI_SUCCESS ||
	    smfi_opensocket(true) != MI_SUCCESS) {
		*error_r = arena_printf(arena, "%s: cannot listen: %s",
		    settings->listen, strerror(errno));
		return -1;
	}
	return path == NULL ? 0
	    : net_share_unix(path, settings->listen_group,
	    "milter.listen_group", arena, error_r);
}

int
stages_run(void)
{
	int status = smfi_main();

	/* libmilter leaves it there when it runs as root, and opens it once
	 * more when it was stopped before it had begun. */
	if (strncmp(stages_listen, "unix:", 5) == 0)
		unlink(stages_listen + 5);
	return status == MI_SUCCESS ? 0 : -1;
}

void
stages_stop(void)
{
	struct waker *waker = socket_wake(stages_listen);

	smfi_stop();
	socket_woken(&waker);
}
