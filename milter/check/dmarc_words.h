/* SPDX-License-Identifier: ISC */
/* dmarc_words.h - for the check dmarc: what it says of a verdict. */
#ifndef MILTER_CHECK_DMARC_WORDS_H
#define MILTER_CHECK_DMARC_WORDS_H

struct arena;
struct auth_result;
struct dmarc_ruling;
struct dmarc_verdict;
struct reply;

/* All give what lives in the arena. ruling NULL: no policy is applied. */

/* The reason of the finding: "example.org asks for reject: neither SPF nor DKIM
 * …; mailing_list: dev.example.net, signed by example.net". */
const char *dmarc_words_reason(struct arena *arena,
    const struct dmarc_verdict *verdict, const struct dmarc_ruling *ruling);

/* The refusal, with DMARC and the domain in it (RFC 9989 7.2). */
const struct reply *dmarc_words_reply(struct arena *arena,
    const struct dmarc_verdict *verdict);

/* For Authentication-Results (RFC 9989 9.1): dmarc=fail (p=reject
 * dis=quarantine override=mailing_list) header.from=example.org
 * policy.dmarc=quarantine. */
const struct auth_result *dmarc_words_auth(struct arena *arena,
    const struct dmarc_verdict *verdict, const struct dmarc_ruling *ruling);

#endif
