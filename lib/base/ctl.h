/* SPDX-License-Identifier: ISC */
/* ctl.h - asking a running daemon: `VERB [JSON]` in, `OK n` and n bytes out. */
#ifndef BASE_CTL_H
#define BASE_CTL_H

#include <stdbool.h>

#include "base/str.h"

struct arena;
struct loop;

/* A request is one line of at most CTL_LINE_MAX bytes, VERB [JSON]; the answer
 * is "OK n" or "ERR code text", newline, n bytes (JSON, or Prometheus text).
 * A connection may ask again; one that stays silent for CTL_IDLE_MS is closed,
 * and of more than CTL_CONNS_MAX the one that was silent for the longest. */
#define CTL_LINE_MAX 65536
#define CTL_ANSWER_MAX (64 * 1024 * 1024)
#define CTL_IDLE_MS 30000
#define CTL_CONNS_MAX 32

struct ctl_request {
	struct str verb;	/* [a-z][a-z0-9-]* */
	struct str json;	/* empty when none was given */
};

/* Split a line (without its newline). 0, or -1 with the reason. */
int ctl_parse(struct str line, struct ctl_request *request_r,
    const char **error_r);

#define CTL_LATER 1

/* Whom a verb is for: each may use those of the ones before it as well. */
enum ctl_user {
	CTL_PLUGIN,		/* other services: the mode of a socket is 0660 */
	CTL_ADMIN,		/* the administrator: 0600 */
	CTL_TEST,		/* who tests the daemon: 0600 */
};

struct ctl_verb {
	const char *name;
	/* 0 with the answer in out, or -1 with the reason: its first word is
	 * the code of the ERR line ("not-found no message with this id"). Or
	 * CTL_LATER: ctl_answer() follows, and out, its arena and json live
	 * until then. */
	int (*run)(void *arg, struct str json, struct buf *out,
	    const char **error_r);
	enum ctl_user user;
};

struct ctl_server;

/* Serve what this user may of the verbs (which end with a NULL name) on a UNIX
 * socket. NULL with the reason. */
struct ctl_server *ctl_open(struct loop *loop, const char *path,
    enum ctl_user user, const struct ctl_verb *verbs, void *arg,
    struct arena *arena, const char **error_r);
/* Close it with its connections and unlink the path. An answer that was to
 * come later must come all the same; it goes nowhere. */
void ctl_close(struct ctl_server **server);

/* The answer of a verb that said CTL_LATER; result as it would have returned
 * it. Whether the client is still there does not matter. out is gone then. In
 * the loop's thread, not from within the verb. */
void ctl_answer(struct buf *out, int result, const char *error);

/* Ask the daemon at path once. 0 with the answer (arena), or -1 with the
 * reason: nobody there, no answer in time, or the daemon's ERR line. */
int ctl_ask(const char *path, const char *verb, struct str json,
    int timeout_ms, struct arena *arena, struct str *answer_r,
    const char **error_r);

#endif
