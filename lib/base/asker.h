/* SPDX-License-Identifier: ISC */
/* asker.h - asks the daemons behind UNIX sockets: any thread has a question, a
 * loop talks.
 *
 * A question has a connection of its own: what hangs in one holds up no other,
 * and who hangs up has said that nobody waits any more. Threads and the loop
 * meet in the queue of waits (wait.h), by which a question is handed over, and
 * once more when it is dropped. What is said is the protocol's. */
#ifndef BASE_ASKER_H
#define BASE_ASKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/str.h"

struct arena;
struct asker_question;
struct loop;
struct loop_timer;
struct loop_watch;
struct wait;

/* What is under way; served by a loop. */
struct asker;

/* NULL and errno when the process has no descriptor left. */
struct asker *asker_open(struct loop *loop);
/* Nobody may ask any more; what is under way ends as ASKER_CLOSED. Before the
 * loop goes, in its thread. */
void asker_close(struct asker **asker);

/* Why the asker gives a question up. */
enum asker_trouble { ASKER_LATE, ASKER_CLOSED };

/* How to talk: called in the loop's thread. Each function may end the question,
 * and does not touch it after that. */
struct asker_protocol {
	/* asker_connect(), and send. */
	void (*begin)(struct asker_question *question);
	/* There is room for more of out. -1: it has ended. */
	int (*send)(struct asker_question *question);
	/* Something came, or the other side is gone. */
	void (*receive)(struct asker_question *question);
	/* Give it an answer that says so, and asker_end(). */
	void (*give_up)(struct asker_question *question,
	    enum asker_trouble trouble);
	/* It ends: let go what it holds beside memory. NULL: nothing. */
	void (*release)(struct asker_question *question);
};

/* Lives in its arena, as the first member of what the protocol knows of it. The
 * protocol may use the members before the blank line. Who asks and the loop have
 * a reference each; but for the atomics it is the loop's once it was asked. */
struct asker_question {
	struct arena *arena;
	const char *path;
	int fd;				/* -1: not connected */
	struct str out;			/* what is still to be sent */

	const struct asker_protocol *protocol;
	atomic_int references;
	atomic_bool is_answered, is_dropped;
	struct wait *asker_wait;	/* who asked */
	struct wait *wait;		/* of the asker's queue */
	struct asker *asker;
	struct asker_question *next, **link;	/* link NULL: in no list */
	struct loop_watch *watch;
	struct loop_timer *timer;
};

/* Ask the daemon that listens at path; question is all zero but for what the
 * protocol and out have put there. arena becomes its own, path is copied.
 * Never blocks; the end posts wait. Any thread, like the two below. */
void asker_ask(struct asker *asker, struct asker_question *question,
    const struct asker_protocol *protocol, struct arena *arena,
    const char *path, struct wait *wait);
/* Has it ended, so that its answer may be read? */
bool asker_is_answered(struct asker_question *question);
/* Who asked has no more use for it: its memory goes when the loop has done with
 * it. */
void asker_drop(struct asker_question *question);

/* For protocols. -1 with errno, EAGAIN: too many stand in line. After timeout_ms
 * (0: never) it is given up as ASKER_LATE. */
int asker_connect(struct asker_question *question, int timeout_ms);
/* So many bytes of out were sent; what is left goes when there is room. */
void asker_sent(struct asker_question *question, size_t count);
/* As recv(), but never EINTR. */
ssize_t asker_receive(struct asker_question *question, void *data, size_t len);
/* Its answer is there: the loop has done with it. */
void asker_end(struct asker_question *question);

#endif
