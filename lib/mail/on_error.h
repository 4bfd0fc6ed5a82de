/* SPDX-License-Identifier: ISC */
/* on_error.h - what it means for a message that something could not run. */
#ifndef MAIL_ON_ERROR_H
#define MAIL_ON_ERROR_H

#include "mail/finding.h"

enum on_error { ON_ERROR_PASS, ON_ERROR_DEFER, ON_ERROR_REJECT };

/* The words of the settings on_error and on_limit, in the order of the enum. */
extern const char *const on_error_words[];

/* What to suggest when something could not run: HAM (*reply_r is NULL), DEFER
 * with 451 4.7.1, or REFUSE with 550 5.7.1. */
enum decision on_error_decide(int on_error, const struct reply **reply_r);
/* Add that this check (rule, action) could not run, and what that means. */
struct finding *findings_add_failure(struct findings *findings,
    const char *check, int on_error, const char *reason);

#endif
