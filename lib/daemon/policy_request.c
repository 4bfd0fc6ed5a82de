/* SPDX-License-Identifier: ISC */
/* policy_request.c - a message as requests of Postfix's policy protocol. */
#include "daemon/policy_request.h"

#include <inttypes.h>

#include "daemon/policy_asker.h"

/* An address has at most 320 octets (RFC 5321 4.5.3.1); a request of 16 KB is
 * read by nobody. */
#define VALUE_MAX 1024

/* A value ends with its line. */
static void
put(struct buf *out, const char *name, struct str value)
{
	size_t begin;

	buf_printf(out, "%s=", name);
	begin = out->len;
	buf_add_str(out, str_sub(value, 0, VALUE_MAX));
	for (size_t i = begin; i < out->len; i++)
		if (out->data[i] == '\n' || out->data[i] == '\0')
			out->data[i] = '?';
	buf_add_char(out, '\n');
}

/* recipient data NULL: several, or none. */
static void
put_request(struct buf *out, const struct policy_message *message,
    const char *state, size_t rcpt_count, struct str rcpt)
{
	buf_add_text(out, "request=smtpd_access_policy\n");
	put(out, "protocol_state", str_from(state));
	put(out, "client_address", message->client_address);
	put(out, "client_name", message->client_name);
	put(out, "reverse_client_name", message->client_name);
	put(out, "sender", message->sender);
	put(out, "recipient", rcpt);
	buf_printf(out, "recipient_count=%zu\n", rcpt_count);
	put(out, "instance", str_from(message->id));
	put(out, "queue_id", str_from(message->queue_id));
	put(out, "sasl_username", message->login);
	buf_printf(out, "size=%" PRIu64 "\n\n", message->size_bytes);
}

struct str
policy_requests_rcpt(struct arena *arena,
    const struct policy_message *message)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < message->rcpt_count; i++)
		put_request(&out, message, "RCPT", 0, message->rcpts[i]);
	return buf_str(&out);
}

struct str
policy_request_end(struct arena *arena, const struct policy_message *message)
{
	struct buf out;

	buf_init(&out, arena);
	put_request(&out, message, "END-OF-MESSAGE", message->rcpt_count,
	    message->rcpt_count == 1 ? message->rcpts[0] : STR(""));
	return buf_str(&out);
}
