/* SPDX-License-Identifier: ISC */
/* rules_message.h - for harnesses of rules: a message to be judged. */
#ifndef TESTS_RULES_MESSAGE_H
#define TESTS_RULES_MESSAGE_H

#include "base/arena.h"
#include "base/vec.h"
#include "fuzz.h"
#include "mail/spool.h"
#include "mail/txn.h"
#include "tests/unit/message_feed.h"

static inline void
rules_message_free_body(void *body)
{
	struct spool *spool = body;

	spool_free(&spool);
}

/* A transaction of no more than the message; all of it goes with the arena. */
static inline struct txn *
rules_message(struct arena *arena, struct str bytes)
{
	struct txn *txn = arena_zalloc(arena, sizeof(*txn));

	txn->arena = arena;
	vec_init(&txn->rcpts, arena, sizeof(struct rcpt));
	vec_init(&txn->files, arena, sizeof(struct scanned_file));
	header_list_init(&txn->headers, arena);
	must(message_feed(txn, bytes) == 0);
	arena_on_free(arena, rules_message_free_body, txn->body);
	return txn;
}

#endif
