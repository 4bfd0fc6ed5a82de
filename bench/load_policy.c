/* SPDX-License-Identifier: ISC */
/* load_policy.c - one request of name=value lines, one answer (Postfix's
 * SMTPD_POLICY_README). */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "load_edit.h"
#include "load_message.h"
#include "load_policy.h"

enum { ANSWER_MAX = 65536 };

static void
put(struct load_session *session, const char *name, const char *value)
{
	wire_put(&session->out, name, strlen(name));
	wire_put(&session->out, "=", 1);
	wire_put(&session->out, value, strlen(value));
	wire_put(&session->out, "\n", 1);
}

void
load_policy_put(struct load_session *session)
{
	const struct load_message *msg = session->msg;
	const struct load_envelope *from = &msg->from;
	char size[32], instance[64];

	/* A service may answer a known instance from memory. */
	snprintf(instance, sizeof(instance), "1a.%s.0", session->queue_id);
	snprintf(size, sizeof(size), "%zu", msg->size);
	put(session, "request", "smtpd_access_policy");
	put(session, "protocol_state", "RCPT");
	put(session, "protocol_name", "ESMTP");
	put(session, "client_address", from->client_addr);
	put(session, "client_name", from->client_name);
	put(session, "reverse_client_name", from->client_name);
	put(session, "helo_name", from->helo);
	put(session, "sender", from->sender);
	put(session, "recipient", from->recipient);
	put(session, "recipient_count", "0");
	put(session, "queue_id", "");
	put(session, "instance", instance);
	put(session, "size", size);
	put(session, "sasl_username", from->login);
	wire_put(&session->out, "\n", 1);
	session->stage = STAGE_RCPT;
	session->awaits_reply = true;
}

/* The word in TEXT, which ends at a blank; behind it the rest. */
static bool
takes_word(const char **text, const char *word)
{
	size_t len = strlen(word);

	if (strncasecmp(*text, word, len) != 0 ||
	    ((*text)[len] != ' ' && (*text)[len] != '\0'))
		return false;
	*text += len;
	*text += strspn(*text, " ");
	return true;
}

/* What access(5) makes of ACTION; unknown words let the message pass. */
static enum load_verdict
judge(struct load_session *session, const char *action)
{
	if (takes_word(&action, "PREPEND")) {
		load_edit_prepend(&session->edits, action);
		session->edit_count++;
		return VERDICT_CONTINUE;
	}
	if (takes_word(&action, "REJECT") || *action == '5')
		return VERDICT_REPLY_5XX;
	if (strncasecmp(action, "DEFER", 5) == 0 || *action == '4')
		return VERDICT_REPLY_4XX;
	return VERDICT_CONTINUE;
}

enum load_event
load_policy_read(struct load_session *session)
{
	static const char name[] = "action=";
	struct wire_buf *in = &session->in;
	char *text = in->data + in->done;
	char *end = memmem(text, in->len - in->done, "\n\n", 2);

	if (end == NULL && in->len < ANSWER_MAX)
		return SESSION_GOES_ON;
	if (end == NULL || !session->awaits_reply ||
	    strncmp(text, name, sizeof(name) - 1) != 0) {
		session->trouble = "the policy service does not name an action";
		return SESSION_BROKEN;
	}
	*end = '\0';
	session->verdict = judge(session, text + sizeof(name) - 1);
	in->done = (size_t)(end + 2 - in->data);
	wire_buf_shift(in);
	session->awaits_reply = false;
	session->msg = NULL;
	return SESSION_MESSAGE_DONE;
}
