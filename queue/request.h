/* SPDX-License-Identifier: ISC */
/* request.h - which messages somebody wants released or returned. */
#ifndef QUEUE_REQUEST_H
#define QUEUE_REQUEST_H

#include <stdbool.h>

#include "base/str.h"
#include "base/vec.h"

struct arena;

#define QUEUE_ID_MAX 32
#define QUEUE_REASON_MAX 600
#define QUEUE_ITEMS_MAX 1000

struct queue_item {
	const char *queue_id;
	const char *id;		/* ours, a ULID; NULL: not known */
	const char *reason;	/* for the sender; NULL: not known */
};

/* Letters and digits only, 5 to QUEUE_ID_MAX of them: nothing that one of
 * Postfix's commands would take for an option, a path, "-" or "ALL". */
bool queue_id_is_valid(struct str text);

/* One line of UTF-8 without control characters, 1 to QUEUE_REASON_MAX bytes. */
bool queue_reason_is_valid(struct str text);

/* {"messages":[{"queue_id":…,"id":…,"reason":…}]}, id and reason may be absent
 * or null. Items (struct queue_item) go to *items_r; texts live in arena. 0, or
 * -1 with "bad-request …": any other member, an empty list, more than
 * QUEUE_ITEMS_MAX, a text that is not valid. */
int queue_request_parse(struct arena *arena, struct str json,
    struct vec *items_r, const char **error_r);

#endif
