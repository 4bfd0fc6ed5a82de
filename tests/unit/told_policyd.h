/* SPDX-License-Identifier: ISC */
/* told_policyd.h - for tests: a policy service that answers as it is told. */
#ifndef TESTS_TOLD_POLICYD_H
#define TESTS_TOLD_POLICYD_H

#include "base/str.h"

struct arena;
struct asker;
struct loop;
struct told_policyd;

#define TOLD_DUNNO "action=DUNNO\n\n"
/* Instead of an answer: hang up; say no more; the answer before, for ever. */
#define TOLD_CLOSE "close"
#define TOLD_REPEAT "repeat"

/* Serves one connection after the other in a thread of its own. The bytes
 * answers[i] leave when request i of a connection has come; those behind the
 * last (NULL) get none. */
struct told_policyd *told_policyd_start(struct arena *arena,
    const char *const *answers);
const char *told_policyd_path(const struct told_policyd *told);
/* Until something has come. */
void told_policyd_await(struct told_policyd *told);
/* Until a connection has ended: all that came by it. */
struct str told_policyd_heard(struct told_policyd *told);
void told_policyd_stop(struct told_policyd *told);

/* Who asks, with a loop in a thread of its own. */
struct asking {
	struct loop *loop;
	struct asker *asker;
	unsigned long thread;		/* pthread_t */
};

void asking_begin(struct asking *asking);
void asking_end(struct asking *asking);

#endif
