/* SPDX-License-Identifier: ISC */
/* dmarc_author.h - for the check dmarc: whom From names, and their verdict. */
#ifndef MILTER_CHECK_DMARC_AUTHOR_H
#define MILTER_CHECK_DMARC_AUTHOR_H

#include <stdbool.h>

struct dkim_verdicts;
struct dmarc_verdict;
struct dns_view;
struct spf_verdict;
struct txn;

/* So many author domains are judged, and so many addresses are looked at
 * (RFC 9989 11.5). */
#define DMARC_AUTHOR_DOMAINS_MAX 4
#define DMARC_AUTHORS_MAX 20

/* The authors of one message; lives in its arena. */
struct dmarc_author;

/* Begin: reads From, asks for the records of its domains, and for what the
 * alignment of the sender and of the signers (the first DKIM_SIGNATURES_MAX)
 * will need. The header is complete. */
struct dmarc_author *dmarc_author_new(struct txn *txn, struct dns_view *dns);

/* Ask for what is missing, as far as it can be named by now. */
void dmarc_author_prepare(struct dmarc_author *author);

/* From names more than DMARC_AUTHOR_DOMAINS_MAX domains or DMARC_AUTHORS_MAX
 * addresses: not all were judged. */
bool dmarc_author_is_cut(const struct dmarc_author *author);

/* The verdict for the message, or NULL: answers are missing. Of several
 * domains the strictest. permerror, whose reason says why: From does not name
 * one domain for every reader, and nothing of what it names fails. The rest as
 * for dmarc_judge(). */
const struct dmarc_verdict *dmarc_author_judge(struct dmarc_author *author,
    const struct spf_verdict *spf, const struct dkim_verdicts *dkim,
    bool could_not_run);

#endif
