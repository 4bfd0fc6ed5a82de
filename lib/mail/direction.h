/* SPDX-License-Identifier: ISC */
/* direction.h - which way a message goes: the one place that decides it. */
#ifndef MAIL_DIRECTION_H
#define MAIL_DIRECTION_H

#include <stdbool.h>

struct client;
struct txn;

enum direction {
	DIRECTION_INBOUND,	/* from a stranger to us */
	DIRECTION_OUTBOUND,	/* by a login or a signing network */
	DIRECTION_INTERNAL,	/* outbound with local recipients only */
	DIRECTION_FORWARDED,	/* our own host re-sends foreign mail */
};

const char *direction_text(enum direction direction);

/* Is the client this host itself: sendmail, a loopback address, or the very
 * address that it connected to? */
bool direction_is_own_host(const struct client *client);

/* Decide from what txn knows so far: final once its headers are complete, and
 * the same whatever actions have done to them since. The first line that fits:
 *
 *   a login                                          ours
 *   a client of trusted_relays                       inbound
 *   it has travelled, from our own host              forwarded
 *   it has travelled, from elsewhere                 inbound
 *   a client of signing_networks, or sendmail here   ours
 *   anybody else                                     inbound
 *
 * Ours is internal when every recipient is local, else outbound. A message has
 * travelled when it came with Received, DKIM-Signature or X-Mailreeve-Id
 * (Postfix does not show the Received that it adds itself). trusted_relays does
 * not apply to sendmail, which Postfix reports as 127.0.0.1. */
enum direction direction_of(const struct txn *txn);

#endif
