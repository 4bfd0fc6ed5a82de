/* SPDX-License-Identifier: ISC */
/* conn_policy.c - connections that speak Postfix's policy protocol. */
#include "policyd/conn_policy.h"

#include <string.h>

#include "mail/txn.h"
#include "policyd/hearing.h"
#include "policyd/reply.h"
#include "policyd/request.h"
#include "policyd/rulebook.h"

static struct conn_answer
refuse_to_read(const struct policy_service *service, const char *reason)
{
	service->unread(service->arg, reason);
	return (struct conn_answer){ STR(REPLY_UNREAD), false };
}

/* The last byte stays: the end may begin with it. */
static size_t
skip(void *arg, struct str text, bool *is_over_r,
    struct conn_answer *answer_r)
{
	const char *end = memmem(text.data, text.len, "\n\n", 2);

	if (end == NULL)
		return text.len - 1;
	*is_over_r = true;
	*answer_r = refuse_to_read(arg, "longer than 16 KB");
	return (size_t)(end - text.data) + 2;
}

static void *
begin(void *arg, struct str text, struct wait *wait,
    struct conn_answer *answer_r)
{
	const struct policy_service *service = arg;
	struct rulebook *rulebook;
	struct hearing *hearing;
	struct request request;
	const char *error;

	if (request_parse(text, &request, &error) < 0) {
		*answer_r = refuse_to_read(service, error);
		return NULL;
	}
	rulebook = service->rulebook(service->arg);
	hearing = hearing_new(rulebook, service->instances, &request, wait);
	rulebook_unref(&rulebook);
	return hearing;
}

static bool
run(void *work)
{
	return hearing_run(work);
}

static int64_t
deadline_ms(const void *work)
{
	return hearing_deadline_ms(work);
}

static struct conn_answer
end(void *arg, void *work)
{
	const struct policy_service *service = arg;
	const struct ruling *ruling = hearing_end(work);

	/* First: whoever has the answer can ask why. */
	service->decided(service->arg, work, ruling);
	return (struct conn_answer){ reply_bytes(hearing_txn(work),
	    ruling->action), false };
}

static void
drop(void *work)
{
	struct hearing *hearing = work;

	hearing_free(&hearing);
}

const struct conn_protocol policy_protocol = {
	.request_max = REQUEST_MAX,
	.len = request_len,
	.skip = skip,
	.begin = begin,
	.run = run,
	.deadline_ms = deadline_ms,
	.end = end,
	.free = drop,
};
