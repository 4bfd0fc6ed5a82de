/* SPDX-License-Identifier: ISC */
/* policy_host.h - for tests: policyd where a directory has people. */
#ifndef TESTS_POLICY_HOST_H
#define TESTS_POLICY_HOST_H

#include "directory_asked.h"
#include "policy_bench.h"

/* The lines of a request: to somebody; of a login, to somebody elsewhere. */
#define TO(rcpt) "recipient=" rcpt "\n"
#define BY(login, sender) "sasl_username=" login "\nsender=" sender "\n" \
	"recipient=x@else.example\n"

/* What a configuration begins with: the directory decides, nothing is
 * greylisted. */
#define POLICY_HOST_CONF "policyd { mode enforce; deadline 60s; }\n" \
	"host { recipient_delimiter +; }\nrule greylist { enabled no; }\n" \
	"directory { where sqlite:/the/bench/has/its/own; }\n"

struct policy_host {
	struct directory_asked asked;
	struct policy_bench bench;
};

/* *state is that of a directory_test: its directory gets people, and the
 * rulebook of conf goes by it. */
struct policy_host policy_host_begin(void **state, const char *conf);
void policy_host_end(struct policy_host *host);

/* Ask with these lines ("sender=a@b\n…") at RCPT; bench has what came of it,
 * until the next one. */
void policy_host_hear(struct policy_host *host, const char *lines);
/* The same; what was answered, without its id: "550 5.1.1". */
const char *policy_host_answer(struct policy_host *host, const char *lines);
/* Why a rule has decided so in the last one; "none": it has not. */
const char *policy_host_reason(const struct policy_host *host,
    const char *rule);

#endif
