/* SPDX-License-Identifier: ISC */
/* serve_reload.h - reading the configuration again, beside the requests. */
#ifndef POLICYD_SERVE_RELOAD_H
#define POLICYD_SERVE_RELOAD_H

struct arena;
struct buf;
struct lists;
struct loop;
struct rulebook;

/* Maps of a million lines take a second to read: that is a thread's. One at a
 * time, and a file that changes meanwhile is not missed: who asks while one is
 * under way is answered by the next. */
struct serve_reload;

/* In the loop's thread: what follows from the configuration, a reference that is
 * the taker's; or NULL with the reason. */
typedef void serve_reload_taker(void *arg, struct rulebook *fresh,
    const char *error);

/* path must outlive it. NULL and errno when the process has no descriptor
 * left. */
struct serve_reload *serve_reload_new(struct loop *loop, const char *path,
    serve_reload_taker *take, void *arg);
/* Waits for what is under way, which nobody takes any more. After the control
 * sockets are closed. */
void serve_reload_free(struct serve_reload **reload);

/* Begin. out is a verb's that says CTL_LATER (ctl.h), and is answered when all
 * is done; or NULL. */
void serve_reload_begin(struct serve_reload *reload, struct buf *out);

/* The directory has other lists: they go with the configuration of the rulebook
 * in force into one that is given to the taker too. The file is not read for
 * that; when it is, the last such lists go with it. */
void serve_reload_lists(struct serve_reload *reload,
    struct rulebook *in_force, struct lists *lists);

/* The first rulebook of the daemon is made anew with these (NULL: none were
 * read). -1 with the reason. */
int serve_reload_first(struct serve_reload *reload,
    struct rulebook **rulebook, struct lists *lists, struct arena *arena,
    const char **error_r);

#endif
