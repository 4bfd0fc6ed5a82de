/* SPDX-License-Identifier: ISC */
/* socketmap.h - one look-up in Postfix's socketmap protocol.
 *
 * "MAP KEY" in a netstring; "OK VALUE", "NOTFOUND ", "TEMP REASON", "TIMEOUT
 * REASON" or "PERM REASON" in another (socketmap_table(5), from Sendmail). After
 * the last three Postfix puts the mail off and logs the reason.
 */
#ifndef POLICYD_SOCKETMAP_H
#define POLICYD_SOCKETMAP_H

#include "base/netstring.h"

struct directory_map;

/* No key that Postfix asks about has more: a line of SMTP has 2 KB. */
#define SOCKETMAP_CONTENT_MAX ((size_t)4096)
#define SOCKETMAP_REQUEST_MAX NETSTRING_SIZE(SOCKETMAP_CONTENT_MAX)

/* How many bytes the first request in text has, 0: it has not come whole. All of
 * it when it is no netstring: then nobody knows where the next one begins. */
size_t socketmap_len(struct str text, size_t *looked_r);

struct socketmap_request {
	const struct directory_map *map;	/* NULL: there is no such */
	struct str key;		/* inside the bytes of the request */
};

/* Read a whole request. 0; or -1: it is no netstring. */
int socketmap_parse(struct str text, struct socketmap_request *request_r);

/* What Postfix is told: by its first word. */
enum socketmap_status { SOCKETMAP_OK, SOCKETMAP_NOT_FOUND, SOCKETMAP_TEMP,
	SOCKETMAP_TIMEOUT, SOCKETMAP_PERM, SOCKETMAP_STATUSES };

/* "ok", "not_found", …: for metrics. */
const char *socketmap_status_text(enum socketmap_status status);
/* The bytes of the answer; text is the value or the reason. */
struct str socketmap_answer(struct arena *arena, enum socketmap_status status,
    const char *text);

/* Read an answer, as clients do. 0 with the text in arena; or -1: it is
 * none. */
int socketmap_parse_answer(struct arena *arena, struct str content,
    enum socketmap_status *status_r, const char **text_r);

#endif
