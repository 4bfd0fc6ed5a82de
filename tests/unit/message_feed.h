/* SPDX-License-Identifier: ISC */
/* message_feed.h - for tests and fuzz harnesses: a message comes into a
 * transaction. */
#ifndef TESTS_MESSAGE_FEED_H
#define TESTS_MESSAGE_FEED_H

#include "base/str.h"

struct txn;

/* The stage is that of the whole message; headers and body get what bytes have,
 * in the form of the wire, and mime what is read in it. -1: the body cannot be
 * kept. */
int message_feed(struct txn *txn, struct str bytes);

#endif
