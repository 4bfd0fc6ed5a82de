/* SPDX-License-Identifier: ISC */
/* served_lists.h - the directory's lists, read again when it has changed. */
#ifndef DIRECTORY_SERVED_LISTS_H
#define DIRECTORY_SERVED_LISTS_H

#include <stdint.h>

struct inquiry;
struct lists;
struct loop;
struct served_lists;

/* In the loop's thread: they are others than before. */
typedef void served_lists_changed(void *arg);

/* Wait until they are read once, for so long; without an answer there are none
 * until one comes. inquiry NULL: there is no directory, and NULL comes back. */
struct served_lists *served_lists_open(struct inquiry *inquiry,
    struct loop *loop, int64_t timeout_ms, served_lists_changed *changed,
    void *arg);
void served_lists_close(struct served_lists **serve);

/* The newest; NULL: they could not be read yet, or serve is NULL. */
struct lists *served_lists_get(const struct served_lists *serve);

#endif
