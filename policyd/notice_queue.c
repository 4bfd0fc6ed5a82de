/* SPDX-License-Identifier: ISC */
/* notice_queue.c - notices that wait, and when the next attempt is due. */
#include "policyd/notice_queue.h"

#include <string.h>

#include "policyd/notice_item.h"

#define PAUSE_MIN_MS INT64_C(1000)
#define PAUSE_MAX_MS INT64_C(300000)
#define DOUBLINGS_MAX 9

static int64_t
pause_after(unsigned failures)
{
	int64_t pause_ms = PAUSE_MIN_MS << (failures < DOUBLINGS_MAX
	    ? failures : DOUBLINGS_MAX);

	return pause_ms < PAUSE_MAX_MS ? pause_ms : PAUSE_MAX_MS;
}

void
notice_queue_init(struct notice_queue *queue)
{
	memset(queue, 0, sizeof(*queue));
	queue->end = &queue->first;
}

void
notice_queue_push(struct notice_queue *queue, struct notice_item *item,
    int64_t now_ms)
{
	item->next = NULL;
	item->born_ms = item->due_ms = now_ms;
	*queue->end = item;
	queue->end = &item->next;
	queue->count++;
}

void
notice_queue_remove(struct notice_queue *queue, struct notice_item *item)
{
	struct notice_item **link = &queue->first;

	while (*link != item)
		link = &(*link)->next;
	*link = item->next;
	if (item->next == NULL)
		queue->end = link;
	queue->count--;
}

/* The moment from which on it can be taken up; INT64_MAX: not now. */
static int64_t
due_of(const struct notice_queue *queue, const struct notice_item *item,
    bool may_send)
{
	if (item->is_busy || (item->is_counted && !may_send))
		return INT64_MAX;
	return item->is_counted && item->due_ms < queue->rest_until_ms
	    ? queue->rest_until_ms : item->due_ms;
}

struct notice_item *
notice_queue_next(const struct notice_queue *queue, struct notice_item *from,
    int64_t now_ms, bool may_send)
{
	struct notice_item *item = from;

	while (item != NULL && due_of(queue, item, may_send) > now_ms)
		item = item->next;
	return item;
}

int64_t
notice_queue_due_ms(const struct notice_queue *queue, bool may_send)
{
	int64_t earliest_ms = INT64_MAX;

	for (const struct notice_item *item = queue->first; item != NULL;
	    item = item->next) {
		int64_t due_ms = due_of(queue, item, may_send);

		if (due_ms < earliest_ms)
			earliest_ms = due_ms;
	}
	return earliest_ms;
}

struct notice_item *
notice_queue_expired(const struct notice_queue *queue, int64_t now_ms,
    int64_t keep_ms)
{
	struct notice_item *item = queue->first;

	while (item != NULL && (item->is_busy ||
	    now_ms - item->born_ms <= keep_ms))
		item = item->next;
	return item;
}

void
notice_queue_put_off(struct notice_item *item, int64_t now_ms)
{
	item->due_ms = now_ms + pause_after(item->tries++);
}

void
notice_queue_server_failed(struct notice_queue *queue, int64_t now_ms)
{
	queue->rest_until_ms = now_ms + pause_after(queue->failures++);
}

void
notice_queue_server_works(struct notice_queue *queue)
{
	queue->rest_until_ms = 0;
	queue->failures = 0;
}
