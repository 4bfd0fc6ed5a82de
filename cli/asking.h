/* SPDX-License-Identifier: ISC */
/* asking.h - the daemons behind sockets as a command asks them, which has no loop
 * of its own. */
#ifndef CLI_ASKING_H
#define CLI_ASKING_H

#include <pthread.h>

struct asker;
struct loop;

/* All NULL: nobody can be asked. */
struct asking {
	struct asker *asker;	/* for any thread */
	struct loop *loop;
	pthread_t thread;	/* where it runs */
};

/* -1 with the reason: nothing runs then. */
int asking_begin(struct asking *asking, const char **error_r);
/* Nobody asks any more. What never began is passed over. */
void asking_end(struct asking *asking);

#endif
