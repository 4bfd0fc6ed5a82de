/* SPDX-License-Identifier: ISC */
/* list_post.h - what a message says of the mailing list it came through. */
#ifndef MAIL_LIST_POST_H
#define MAIL_LIST_POST_H

#include <stdbool.h>

#include "base/str.h"
#include "base/vec.h"

struct arena;
struct header_list;

/* The domains that List-Id (RFC 2919; its last labels are the list's host) and
 * List-Post (RFC 2369, mailto: only) name, canonical, without doubles, at most
 * eight; struct str. Empty: it does not say that it is of a list. Fields of
 * ours do not count. */
struct vec list_post_domains(struct arena *arena,
    const struct header_list *headers);

#endif
