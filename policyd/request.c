/* SPDX-License-Identifier: ISC */
/* request.c - one request of Postfix's policy protocol, read in place. */
#include "policyd/request.h"

#include <string.h>

#include "base/vec.h"

#define SIZE_LIMIT (UINT64_C(1) << 50)
#define COUNT_LIMIT (UINT64_C(1) << 31)

/* All that is read of a request as it stands there. */
struct raw_request {
	struct request texts;
	struct str kind;	/* request= */
	struct str size, recipient_count;
};

#define ATTRIBUTE(text, member)                                              \
	{ { text, sizeof(text) - 1 }, offsetof(struct raw_request, member) }

/* Attribute of the protocol → where it goes. */
static const struct attribute {
	struct str name;
	size_t offset;
} attributes[] = {
	ATTRIBUTE("request", kind),
	ATTRIBUTE("protocol_state", texts.protocol_state),
	ATTRIBUTE("helo_name", texts.helo),
	ATTRIBUTE("queue_id", texts.queue_id),
	ATTRIBUTE("sender", texts.sender),
	ATTRIBUTE("recipient", texts.recipient),
	ATTRIBUTE("recipient_count", recipient_count),
	ATTRIBUTE("client_address", texts.client_address),
	ATTRIBUTE("client_name", texts.client_name),
	ATTRIBUTE("reverse_client_name", texts.reverse_client_name),
	ATTRIBUTE("instance", texts.instance),
	ATTRIBUTE("sasl_username", texts.login),
	ATTRIBUTE("size", size),
	ATTRIBUTE("encryption_protocol", texts.tls_version),
	ATTRIBUTE("server_address", texts.server_address),
};

static const struct {
	const char *word;
	enum policy_stage stage;
} stages[] = {
	{ "RCPT", POLICY_RCPT },
	{ "DATA", POLICY_DATA },
	{ "END-OF-MESSAGE", POLICY_END },
};

size_t
request_len(struct str text, size_t *looked_r)
{
	const char *end;

	/* An empty line at once: a request without attributes. */
	if (text.len != 0 && text.data[0] == '\n')
		return 1;
	if (text.len < 2)
		return 0;
	end = memmem(text.data + *looked_r, text.len - *looked_r, "\n\n", 2);
	if (end != NULL)
		return (size_t)(end - text.data) + 2;
	*looked_r = text.len - 1;
	return 0;
}

static void
take_attribute(struct raw_request *raw, struct str name, struct str value)
{
	for (size_t i = 0; i < ARRAY_LEN(attributes); i++) {
		const struct attribute *attribute = &attributes[i];
		struct str *field = (struct str *)(void *)((char *)raw +
		    attribute->offset);

		/* Most are of another length: thirty lines come each time. */
		if (attribute->name.len != name.len ||
		    !str_eq(attribute->name, name))
			continue;
		if (field->data == NULL)
			*field = value;
		return;
	}
}

static int
take_lines(struct raw_request *raw, struct str text, const char **error_r)
{
	struct str line;

	while (str_cut(&text, '\n', &line)) {
		ptrdiff_t equals = str_find(line, '=');

		if (line.len == 0)
			continue;
		if (equals < 0) {
			*error_r = "a line without '='";
			return -1;
		}
		/* Values may hold '=' themselves: SRS and VERP addresses. */
		take_attribute(raw, str_sub(line, 0, (size_t)equals),
		    str_from_pos(line, (size_t)equals + 1));
	}
	return 0;
}

static enum policy_stage
stage_of(struct str state)
{
	for (size_t i = 0; i < ARRAY_LEN(stages); i++)
		if (str_is(state, stages[i].word))
			return stages[i].stage;
	return POLICY_OTHER;
}

static int
take_number(struct str text, uint64_t max, uint64_t *value_r)
{
	*value_r = 0;
	return text.len == 0 ? 0 : str_to_u64(text, max, value_r);
}

int
request_parse(struct str text, struct request *request_r,
    const char **error_r)
{
	struct raw_request raw = { .kind = { NULL, 0 } };

	if (str_find(text, '\0') >= 0) {
		*error_r = "a NUL byte";
		return -1;
	}
	if (take_lines(&raw, text, error_r) < 0)
		return -1;
	if (!str_is(raw.kind, "smtpd_access_policy")) {
		*error_r = "not a request=smtpd_access_policy";
		return -1;
	}
	*request_r = raw.texts;
	request_r->stage = stage_of(raw.texts.protocol_state);
	if (take_number(raw.size, SIZE_LIMIT, &request_r->size) == 0 &&
	    take_number(raw.recipient_count, COUNT_LIMIT,
	    &request_r->recipient_count) == 0)
		return 0;
	*error_r = "size or recipient_count is no number";
	return -1;
}
