/* SPDX-License-Identifier: ISC */
/* list_post.h - what a message says of the mailing list it came through. */
#ifndef MAIL_LIST_POST_H
#define MAIL_LIST_POST_H

#include <stdbool.h>

#include "base/str.h"
#include "base/vec.h"

struct arena;
struct header_list;

#define LIST_POST_DOMAINS_MAX 8

/* The domains that List-Id (RFC 2919; its last labels are the list's host) and
 * List-Post (RFC 2369, mailto: only) name, canonical, without doubles, at most
 * LIST_POST_DOMAINS_MAX, each with two labels or more; struct str. Empty: it
 * does not say that it is of a list. Fields of ours do not count. */
struct vec list_post_domains(struct arena *arena,
    const struct header_list *headers);

/* Does a signature of signer stand for a list of this domain? It does when the
 * list's domain is the signer's or below it ("dev.lists.example.net" signed by
 * lists.example.net or example.net), or when both have the same registrable
 * domain (signed by mail.example.net). Both canonical. Any thread. */
bool list_post_is_of(struct str list, struct str signer);

#endif
