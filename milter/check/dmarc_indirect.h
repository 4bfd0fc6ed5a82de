/* SPDX-License-Identifier: ISC */
/* dmarc_indirect.h - for the check dmarc: what shows that a message came by way
 * of somebody else (DESIGN 5.6). */
#ifndef MILTER_CHECK_DMARC_INDIRECT_H
#define MILTER_CHECK_DMARC_INDIRECT_H

#include <stdbool.h>

struct ours;
struct txn;

/* The trusted forwarder that handed it over or signed it, in words ("client
 * 192.0.2.1", "signed by example.net"). NULL: none. Arena text. */
const char *dmarc_indirect_forwarder(struct txn *txn);

/* Is it known which of the signers that sign for a list are ours? Else that is
 * asked, and who calls waits (ours.h). */
bool dmarc_indirect_knows(struct txn *txn, struct ours *ours);

/* The mailing list whose host signed it, in words ("dev.example.net, signed by
 * example.net"). NULL: none. Arena text. */
const char *dmarc_indirect_list(struct txn *txn);

#endif
