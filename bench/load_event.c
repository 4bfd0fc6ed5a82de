/* SPDX-License-Identifier: ISC */
/* load_event.c - what each event says of the client and the message. */
#include <stdio.h>
#include <string.h>

#include "load_event.h"
#include "load_message.h"
#include "load_session.h"

static void
put_client(struct load_session *session)
{
	const struct load_envelope *from = &session->msg->from;
	int is_ipv6 = strchr(from->client_addr, ':') != NULL;
	char name[64];

	/* Postfix says "unknown" itself, Sendmail's form on the wire. */
	snprintf(name, sizeof(name), "[%s]", from->client_addr);
	wire_put_string(&session->out, strcmp(from->client_name, "unknown") ?
	    from->client_name : name);
	wire_put(&session->out, is_ipv6 ? "6" : "4", 1);
	wire_put_u16(&session->out, 54321);
	wire_put_string(&session->out, from->client_addr);
}

static void
put_address(struct load_session *session, const char *address)
{
	wire_put(&session->out, "<", 1);
	wire_put(&session->out, address, strlen(address));
	wire_put_string(&session->out, ">");
}

static void
put_mail(struct load_session *session)
{
	char size[32];

	session->began_us = load_now_us();
	put_address(session, session->msg->from.sender);
	snprintf(size, sizeof(size), "SIZE=%zu", session->msg->size);
	wire_put_string(&session->out, size);
}

static void
put_header(struct load_session *session)
{
	const struct load_header *header =
	    &session->msg->headers[session->next++];
	const char *value = header->value;

	if (!(session->steps & STEP_LEADING_SPACE) && *value == ' ')
		value++;
	wire_put_string(&session->out, header->name);
	wire_put_string(&session->out, value);
}

static void
put_body(struct load_session *session)
{
	size_t len = session->msg->body_len - session->next;

	if (len > WIRE_BODY_CHUNK)
		len = WIRE_BODY_CHUNK;
	wire_put(&session->out, session->msg->body + session->next, len);
	session->next += len;
}

void
load_event_put(struct load_session *session)
{
	switch (session->stage) {
	case STAGE_CONNECT:
		put_client(session);
		break;
	case STAGE_HELO:
		wire_put_string(&session->out, session->msg->from.helo);
		break;
	case STAGE_MAIL:
		put_mail(session);
		break;
	case STAGE_RCPT:
		put_address(session, session->msg->from.recipient);
		break;
	case STAGE_HEADER:
		put_header(session);
		break;
	case STAGE_BODY:
		put_body(session);
		break;
	case STAGE_EOM:
		session->eom_us = load_now_us();
		break;
	default:
		break;
	}
}
