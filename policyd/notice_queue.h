/* SPDX-License-Identifier: ISC */
/* notice_queue.h - notices that wait, and when the next attempt is due. */
#ifndef POLICYD_NOTICE_QUEUE_H
#define POLICYD_NOTICE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct notice_item;

/* Times are of the steady clock. */
struct notice_queue {
	struct notice_item *first, **end;
	size_t count;
	/* The server is left alone until then, after so many failures. */
	int64_t rest_until_ms;
	unsigned failures;
};

void notice_queue_init(struct notice_queue *queue);
void notice_queue_push(struct notice_queue *queue, struct notice_item *item,
    int64_t now_ms);
void notice_queue_remove(struct notice_queue *queue, struct notice_item *item);

/* From this one (NULL: none) on, the first that is due; of those that are counted
 * only if may_send, and the server is not left alone. NULL: none. */
struct notice_item *notice_queue_next(const struct notice_queue *queue,
    struct notice_item *from, int64_t now_ms, bool may_send);
/* When notice_queue_next() finds one, if nothing else happens; INT64_MAX: never. */
int64_t notice_queue_due_ms(const struct notice_queue *queue, bool may_send);
/* One that has waited for longer than that and is not busy. NULL: none. */
struct notice_item *notice_queue_expired(const struct notice_queue *queue,
    int64_t now_ms, int64_t keep_ms);

/* This one later: pauses double, from a second to five minutes. */
void notice_queue_put_off(struct notice_item *item, int64_t now_ms);
/* The server did not take any notice, or has. */
void notice_queue_server_failed(struct notice_queue *queue, int64_t now_ms);
void notice_queue_server_works(struct notice_queue *queue);

#endif
