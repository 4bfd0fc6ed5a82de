/* SPDX-License-Identifier: ISC */
/* serve_lists.h - the directory's lists, read again when it has changed. */
#ifndef POLICYD_SERVE_LISTS_H
#define POLICYD_SERVE_LISTS_H

#include <stdint.h>

struct arena;
struct inquiry;
struct lists;
struct loop;
struct rulebook;
struct serve_lists;
struct serve_reload;

/* In the loop's thread: they are others than before. */
typedef void serve_lists_changed(void *arg);

/* Wait until they are read once, for so long; without an answer there are none
 * until one comes. inquiry NULL: there is no directory, and NULL comes back. */
struct serve_lists *serve_lists_open(struct inquiry *inquiry,
    struct loop *loop, int64_t timeout_ms, serve_lists_changed *changed,
    void *arg);
void serve_lists_close(struct serve_lists **serve);

/* The first rulebook of the daemon made anew with those that were read, if any.
 * -1 with the reason. */
int serve_lists_begin(const struct serve_lists *serve,
    struct serve_reload *reload, struct rulebook **rulebook,
    struct arena *arena, const char **error_r);

/* The newest; NULL: they could not be read yet, or serve is NULL. */
struct lists *serve_lists_get(const struct serve_lists *serve);

#endif
