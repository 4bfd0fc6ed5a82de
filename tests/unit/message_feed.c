/* SPDX-License-Identifier: ISC */
/* message_feed.c - for tests and fuzz harnesses: a message comes into a
 * transaction. */
#include "message_feed.h"

#include "mail/message.h"
#include "mail/spool.h"
#include "mail/txn.h"
#include "mime/reader.h"

#define MEMORY_BYTES ((size_t)1 << 20)

int
message_feed(struct txn *txn, struct str bytes)
{
	struct mime_reader *reader;
	struct message message;
	struct str name, value;
	int result = 0;

	txn->stage = STAGE_MESSAGE;
	txn->body = spool_new(NULL, MEMORY_BYTES);
	reader = mime_reader_new(txn->arena, &mime_default_limits, txn->body);
	message_begin(&message, txn->arena, bytes);
	while (message_next_field(&message, &name, &value)) {
		header_list_add(&txn->headers, name, value);
		mime_reader_field(reader, name, value);
	}
	while (message_next_piece(&message, &value)) {
		mime_reader_feed(reader, value);
		if (spool_add(txn->body, value.data, value.len) < 0)
			result = -1;
	}
	txn->mime = mime_reader_end(reader);
	return result;
}
