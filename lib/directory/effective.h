/* SPDX-License-Identifier: ISC */
/* effective.h - what holds for an address, put together from the directory. */
#ifndef DIRECTORY_EFFECTIVE_H
#define DIRECTORY_EFFECTIVE_H

#include <stdint.h>

struct address;
struct arena;
struct db_error;
struct directory;
struct inquiry_question;
struct policy;

/* As policy_find() gives it for what stands in the configuration: user > class
 * of the user, or of the domain where the user names none > domain > global >
 * default, with origins (policy_origin(), policy_limit()). Never NULL: what is
 * not managed has the global values.
 *
 * The address is sought as a whole, then without its extension behind delimiter
 * (0: none). An alias domain stands for its domain. An alias that leads to one
 * address gives what that one has; one that leads to several has a policy of
 * its own, that of its domain. An alias that has expired at now_ms, or is
 * suspended, is none.
 *
 * is_deliverable: a user, an alias, any address of a relay domain or one with a
 * catch-all, postmaster@ and abuse@ (RFC 5321 4.5.1, RFC 2142). */
int effective_policy(struct directory *directory, struct arena *arena,
    const struct address *address, char delimiter, int64_t now_ms,
    const struct policy **policy_r, struct db_error *error_r);

/* For inquiry_ask(): an address as in an envelope, or "@example.org" for the
 * domain alone; the delimiter ("+" or ""); the time (RFC 3339); and a login,
 * for is_owned ("": none). The answer is a const struct policy *. */
extern const struct inquiry_question effective_question;

#endif
