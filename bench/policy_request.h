/* SPDX-License-Identifier: ISC */
/* policy_request.h - what smtpd writes to a policy service, for many users. */
#ifndef BENCH_POLICY_REQUEST_H
#define BENCH_POLICY_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { POLICY_REQUEST_MAX = 2048, POLICY_USERS_A_DOMAIN = 100 };

/* One message of one user. */
struct policy_message {
	uint64_t number;	/* no two of one run have the same */
	uint64_t user;
	bool has_login;		/* else a stranger writes to that user */
};

/* Write the request at RCPT or at END-OF-MESSAGE to OUT, which has
 * POLICY_REQUEST_MAX bytes; how long it is. RUN tells the instances of one run
 * from those of another. */
size_t policy_request_write(const struct policy_message *msg, uint64_t run,
    bool is_end, char *out);

#endif
