/* SPDX-License-Identifier: ISC */
/* load_macro.c - names of macros, and what they stand for at this moment. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "load_macro.h"
#include "load_message.h"
#include "load_session.h"

/* milter_*_macros of Postfix 3.7. */
static const char *const default_lists[MACRO_STAGES] = {
	[MACRO_CONNECT] = "j {daemon_name} {daemon_addr} v _",
	[MACRO_HELO] = "{tls_version} {cipher} {cipher_bits} {cert_subject} "
	    "{cert_issuer}",
	[MACRO_MAIL] = "i {auth_type} {auth_authen} {auth_author} "
	    "{mail_addr} {mail_host} {mail_mailer}",
	[MACRO_RCPT] = "i {rcpt_addr} {rcpt_host} {rcpt_mailer}",
	[MACRO_DATA] = "i",
	[MACRO_EOM] = "i",
	[MACRO_EOH] = "i",
};

/* Macros with one value for all: the receiving host's. */
static const struct {
	const char *name;
	const char *value;
} host_macros[] = {
	{ "j", "mx.bench.test" },
	{ "v", "Postfix 3.7.11" },
	{ "daemon_name", "mx.bench.test" },
	{ "daemon_addr", "192.0.2.25" },
	{ "daemon_port", "25" },
	{ "client_port", "54321" },
	{ "client_connections", "0" },
	{ "mail_host", "mx.bench.test" },
	{ "mail_mailer", "smtp" },
	{ "rcpt_host", "bench.test" },
	{ "rcpt_mailer", "local" },
};

static const char *
host_value(const char *name)
{
	for (size_t i = 0; i < sizeof(host_macros) / sizeof(*host_macros);
	    i++) {
		if (strcmp(host_macros[i].name, name) == 0)
			return host_macros[i].value;
	}
	return NULL;
}

/* Postfix's smtpd spells IPv6 as SMTP does, cleanup does not. */
static const char *
client_addr(const struct load_session *session, char *room, size_t size)
{
	const char *addr = session->msg->from.client_addr;

	if (session->stage >= STAGE_HEADER || strchr(addr, ':') == NULL)
		return addr;
	snprintf(room, size, "IPv6:%s", addr);
	return room;
}

static const char *
client_value(const struct load_session *session, const char *name, char *room,
    size_t size)
{
	const struct load_envelope *from = &session->msg->from;
	int is_known = strcmp(from->client_name, "unknown") != 0;

	if (strcmp(name, "_") == 0) {
		snprintf(room, size, "%s [%s]", from->client_name,
		    from->client_addr);
		return room;
	}
	if (strcmp(name, "client_addr") == 0)
		return client_addr(session, room, size);
	if (strcmp(name, "client_name") == 0 ||
	    strcmp(name, "client_ptr") == 0)
		return from->client_name;
	if (strcmp(name, "client_resolve") == 0)
		return is_known ? "OK" : "FAIL";
	return NULL;
}

static const char *
mail_value(const struct load_session *session, const char *name)
{
	const struct load_envelope *from = &session->msg->from;
	int is_login = from->login != NULL && *from->login != '\0';

	/* The queue file comes with the first accepted recipient. */
	if (strcmp(name, "i") == 0)
		return session->rcpts_accepted > 0 ? session->queue_id : NULL;
	if (strcmp(name, "mail_addr") == 0)
		return session->stage >= STAGE_MAIL ? from->sender : NULL;
	if (strcmp(name, "rcpt_addr") == 0)
		return session->stage == STAGE_RCPT ? from->recipient : NULL;
	if (strcmp(name, "auth_authen") == 0)
		return is_login ? from->login : NULL;
	if (strcmp(name, "auth_type") == 0)
		return is_login ? "PLAIN" : NULL;
	return NULL;
}

/* Content comes from Postfix's cleanup, which knows less than its smtpd. */
static bool
is_smtpd_only(const char *name)
{
	return strncmp(name, "mail_", 5) == 0 ||
	    strncmp(name, "rcpt_", 5) == 0 ||
	    strcmp(name, "client_resolve") == 0 ||
	    strcmp(name, "client_connections") == 0;
}

/* The value of NAME (without braces), or NULL: it is not defined now. */
static const char *
macro_value(const struct load_session *session, const char *name, char *room,
    size_t size)
{
	const char *value;

	if (session->stage >= STAGE_HEADER && is_smtpd_only(name))
		return NULL;
	value = mail_value(session, name);
	if (value == NULL)
		value = client_value(session, name, room, size);
	return value != NULL ? value : host_value(name);
}

static void
put_macro(struct load_session *session, const char *name, size_t len)
{
	char spelled[64], bare[64], room[512];
	size_t brace = name[0] == '{' && name[len - 1] == '}';
	const char *value;

	if (len >= sizeof(spelled))
		return;
	snprintf(spelled, sizeof(spelled), "%.*s", (int)len, name);
	snprintf(bare, sizeof(bare), "%.*s", (int)(len - 2 * brace),
	    name + brace);
	value = macro_value(session, bare, room, sizeof(room));
	if (value == NULL)
		return;
	wire_put_string(&session->out, spelled);
	wire_put_string(&session->out, value);
}

void
load_macro_put(struct load_session *session, char command,
    enum macro_stage stage)
{
	const char *names = session->macro_lists[stage];
	size_t mark = wire_begin(&session->out, 'D');

	if (names == NULL)
		names = default_lists[stage];
	wire_put(&session->out, &command, 1);
	while (*(names += strspn(names, " ,\t")) != '\0') {
		size_t len = strcspn(names, " ,\t");

		put_macro(session, names, len);
		names += len;
	}
	wire_end(&session->out, mark);
}
