/* SPDX-License-Identifier: ISC */
/* on_error.c - what on_error means for a message. */
#include "mail/on_error.h"

const char *const on_error_words[] = { "pass", "defer", "reject", NULL };

static const struct reply reply_defer = { 451, "4.7.1",
	"the message could not be processed now" };
static const struct reply reply_reject = { 550, "5.7.1",
	"the message could not be processed" };

enum decision
on_error_decide(int on_error, const struct reply **reply_r)
{
	switch ((enum on_error)on_error) {
	case ON_ERROR_DEFER:
		*reply_r = &reply_defer;
		return DECISION_DEFER;
	case ON_ERROR_REJECT:
		*reply_r = &reply_reject;
		return DECISION_REFUSE;
	case ON_ERROR_PASS:
		break;
	}
	*reply_r = NULL;
	return DECISION_HAM;
}

struct finding *
findings_add_failure(struct findings *findings, const char *check,
    int on_error, const char *reason)
{
	struct finding *finding = findings_add(findings, check,
	    RESULT_TEMPERROR, reason);

	finding->has_failed = true;
	finding->suggested = on_error_decide(on_error, &finding->reply);
	return finding;
}
