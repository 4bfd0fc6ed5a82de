/* SPDX-License-Identifier: ISC */
/* notice_item.h - one notice that waits: its mail, and whether it may be sent. */
#ifndef POLICYD_NOTICE_ITEM_H
#define POLICYD_NOTICE_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct arena;
struct notice;
struct notice_settings;
struct store;
struct store_call;
struct wait;
struct wait_queue;

/* It is counted first: whether it is the first of its window. Then it is sent.
 * While one of both is under way, it is busy. */
struct notice_item {
	struct notice_item *next;	/* of notice_queue.h, as are ... */
	struct arena *arena;		/* it lives there itself */
	const char *id;			/* of the message that gave cause */
	struct str rcpt, content;
	struct str name, counter;	/* charge.h */
	int64_t window_ms;
	struct store_call *call;	/* NULL: not asked */
	struct wait *wait;
	bool is_counted, is_busy;
	unsigned tries;			/* ... these; steady clock */
	int64_t born_ms, due_ms;
};

/* Its answers post to queue. NULL: there is nobody to be told. */
struct notice_item *notice_item_new(const struct notice *notice,
    const struct notice_settings *settings, const char *host,
    struct wait_queue *queue);
void notice_item_free(struct notice_item **item);

/* Ask whether it is the first of its window, of all hosts. */
void notice_item_ask(struct notice_item *item, struct store *store);

enum notice_answer {
	NOTICE_NOT_YET,
	NOTICE_FIRST,
	NOTICE_REPEATED,
	NOTICE_UNKNOWN,		/* the store does not count: ask again */
};

enum notice_answer notice_item_hear(struct notice_item *item);

#endif
