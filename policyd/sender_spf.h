/* SPDX-License-Identifier: ISC */
/* sender_spf.h - is the sender proven by SPF (RFC 7208)? For rules. */
#ifndef POLICYD_SENDER_SPF_H
#define POLICYD_SENDER_SPF_H

struct dns_source;
struct spf_verdict;
struct txn;
struct wait;

/* An evaluation under way; lives in the transaction's arena. */
struct sender_spf;

/* Begin: of MAIL FROM, or for the null sender of the name of HELO (RFC 7208
 * 2.4). dns NULL, a sender that is no address, a client that is not known or
 * passes on mail of others (trusted_relays): the result is none. */
struct sender_spf *sender_spf_new(struct txn *txn, struct dns_source *dns,
    struct wait *wait);

/* The verdict; NULL: answers are missing. Restartable (auth/spf.h). */
const struct spf_verdict *sender_spf_judge(struct sender_spf *spf);

#endif
