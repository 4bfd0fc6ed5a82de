/* SPDX-License-Identifier: ISC */
/* dmarc_author.c - for the check dmarc: whom From names, and their verdict. */
#include "milter/check/dmarc_author.h"

#include "auth/dkim.h"
#include "auth/dkim_tag.h"
#include "auth/dmarc.h"
#include "base/arena.h"
#include "mail/origin.h"
#include "mail/txn.h"

/*
 * DMARC judges the one domain in From (RFC 9989 5.3.1), and a forger gains when
 * his message has none, or one that passes and another that is shown (11.5). So
 * every domain that stands in From is judged, the first four at least: that is
 * what a reader may see. If one of them fails, the strictest wish decides, as
 * 11.5 recommends. If none fails, but a reader may take another domain for the
 * author's than we do, the message has neither pass nor none: permerror, with
 * the reason. This holds for
 *
 *   no From field, none with an address, an address without domain name
 *   several From fields, though they name one domain: which one is shown?
 *   a From that does not parse to its end, an address with an oddity
 *   (address.h)
 *   authors of several domains
 *
 * Several authors of one domain are a plain case. What to do with a From that
 * is malformed, the check from_header says.
 */

struct dmarc_author {
	struct arena *arena;
	size_t count;
	struct str domains[DMARC_AUTHOR_DOMAINS_MAX];	/* distinct */
	struct dmarc *dmarcs[DMARC_AUTHOR_DOMAINS_MAX];
	bool is_cut;
	const char *doubt;	/* why it may be read otherwise; NULL: plain */
};

/* The first doubt is told. */
static void
doubt(struct dmarc_author *author, const char *why)
{
	if (author->doubt == NULL)
		author->doubt = why;
}

static void
add_domain(struct dmarc_author *author, struct str domain)
{
	for (size_t i = 0; i < author->count; i++)
		if (str_eq(author->domains[i], domain))
			return;
	if (author->count != 0)
		doubt(author, "From has authors of several domains");
	if (author->count == DMARC_AUTHOR_DOMAINS_MAX)
		author->is_cut = true;
	else
		author->domains[author->count++] = domain;
}

static void
add_address(struct dmarc_author *author, const struct address *address)
{
	if (address->domain.len == 0) {
		doubt(author, "From has an address without domain");
		return;
	}
	if (address->domain.data[0] == '[') {
		doubt(author, "From has an address literal");
		return;
	}
	if (address_oddity(address) != NULL)
		doubt(author, arena_printf(author->arena,
		    "From has an address with %s", address_oddity(address)));
	add_domain(author, address->domain);
}

static void
read_from(struct dmarc_author *author, struct txn *txn)
{
	size_t fields = txn_from_fields(txn);
	const struct vec *from = txn_from(txn);

	if (fields == 0)
		doubt(author, "the message has no From");
	if (fields > 1)
		doubt(author, arena_printf(txn->arena,
		    "the message has %zu From fields", fields));
	if (txn_from_error(txn) != NULL)
		doubt(author, arena_printf(txn->arena,
		    "From cannot be read: %s", txn_from_error(txn)));
	if (from->len == 0)
		doubt(author, "From has no address");
	if (from->len > DMARC_AUTHORS_MAX) {
		author->is_cut = true;
		doubt(author, arena_printf(txn->arena,
		    "From has more than %d addresses", DMARC_AUTHORS_MAX));
	}
	for (size_t i = 0; i < from->len && i < DMARC_AUTHORS_MAX; i++)
		add_address(author, vec_at(from, i));
}

/* --- what may be authenticated -------------------------------------------- */

static void
expect(struct dmarc_author *author, struct str identifier)
{
	for (size_t i = 0; i < author->count; i++)
		dmarc_expect(author->dmarcs[i], identifier);
}

/* What SPF judges is known, and who claims to have signed; whether they pass is
 * known behind the end of the message only, and a question is a round trip
 * then. */
static void
expect_all(struct dmarc_author *author, struct txn *txn)
{
	const struct header *field;
	const char *helo = origin_of(txn)->helo, *error;
	struct dkim_tags tags;
	size_t at = 0;

	if (txn->sender.domain.len != 0)
		expect(author, txn->sender.domain);
	else if (helo != NULL)
		expect(author, str_from(helo));
	for (size_t i = 0; i < DKIM_SIGNATURES_MAX; i++) {
		field = header_next(&txn->headers, "DKIM-Signature", &at);
		if (field == NULL)
			break;
		if (dkim_tags_parse(txn->arena, field->value, &tags,
		    &error) == 0)
			expect(author, dkim_tag_packed(&tags, "d"));
	}
}

struct dmarc_author *
dmarc_author_new(struct txn *txn, struct dns_view *dns)
{
	struct dmarc_author *author = arena_zalloc(txn->arena,
	    sizeof(*author));

	author->arena = txn->arena;
	read_from(author, txn);
	for (size_t i = 0; i < author->count; i++)
		author->dmarcs[i] = dmarc_new(txn->arena, dns,
		    author->domains[i]);
	expect_all(author, txn);
	return author;
}

void
dmarc_author_prepare(struct dmarc_author *author)
{
	for (size_t i = 0; i < author->count; i++)
		dmarc_prepare(author->dmarcs[i]);
}

bool
dmarc_author_is_cut(const struct dmarc_author *author)
{
	return author->is_cut;
}

/* How much stands against the message: the stricter wish, and of equal ones a
 * fail before what may be one. 0: nothing. */
static int
weight(const struct dmarc_verdict *verdict)
{
	if (verdict->result == RESULT_FAIL)
		return 2 * (int)verdict->wish + 2;
	if (verdict->result == RESULT_TEMPERROR)
		return verdict->is_undecided
		    ? 2 * (int)verdict->wish + 1 : 1;
	return 0;
}

static const struct dmarc_verdict *
refuse_to_say(struct dmarc_author *author)
{
	struct dmarc_verdict *verdict = arena_zalloc(author->arena,
	    sizeof(*verdict));

	verdict->result = RESULT_PERMERROR;
	verdict->reason = author->doubt;
	verdict->domain = author->count != 0 ? author->domains[0] : STR("");
	return verdict;
}

const struct dmarc_verdict *
dmarc_author_judge(struct dmarc_author *author, const struct spf_verdict *spf,
    const struct dkim_verdicts *dkim, bool could_not_run)
{
	const struct dmarc_verdict *worst = NULL, *verdict;
	bool is_done = true;

	/* No early end: each asks while the others wait. */
	for (size_t i = 0; i < author->count; i++) {
		verdict = dmarc_judge(author->dmarcs[i], spf, dkim,
		    could_not_run);
		if (verdict == NULL)
			is_done = false;
		else if (worst == NULL || weight(verdict) > weight(worst))
			worst = verdict;
	}
	if (!is_done)
		return NULL;
	if (author->doubt != NULL && (worst == NULL || weight(worst) == 0))
		return refuse_to_say(author);
	return worst;
}
