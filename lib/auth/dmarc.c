/* SPDX-License-Identifier: ISC */
/* dmarc.c - is the author domain of a message authenticated (RFC 9989)? */
#include "auth/dmarc.h"

#include "auth/dmarc_identifier.h"
#include "auth/opendmarc.h"
#include "base/arena.h"
#include "mail/address.h"

struct dmarc {
	struct arena *arena;
	struct dns_view *dns;
	enum dmarc_walk_status policy_status;	/* of verdict.applied */
	bool has_identifiers;
	struct dmarc_identifiers identifiers;
	bool is_done;
	struct dmarc_verdict verdict;
};

/* Which policy applies needs no identifier: it is the first question. */
static void
find_policy(struct dmarc *dmarc)
{
	if (dmarc->policy_status == DMARC_WALK_WAIT)
		dmarc->policy_status = dmarc_walk_policy(dmarc->arena,
		    dmarc->dns, dmarc->verdict.domain,
		    &dmarc->verdict.applied);
}

enum dmarc_policy
dmarc_disposition(const struct dmarc_verdict *verdict)
{
	return verdict->result == RESULT_FAIL ? verdict->wish : DMARC_NONE;
}

struct dmarc *
dmarc_new(struct arena *arena, struct dns_view *dns, struct str domain)
{
	struct dmarc *dmarc = arena_zalloc(arena, sizeof(*dmarc));

	dmarc->arena = arena;
	dmarc->dns = dns;
	dmarc->verdict.domain = str_copy(arena, domain);
	dmarc->policy_status = DMARC_WALK_WAIT;
	find_policy(dmarc);
	return dmarc;
}

void
dmarc_prepare(struct dmarc *dmarc)
{
	find_policy(dmarc);
}

void
dmarc_expect(struct dmarc *dmarc, struct str identifier)
{
	struct dmarc_org org;
	struct str domain;

	find_policy(dmarc);
	if (dmarc->policy_status != DMARC_WALK_WAIT &&
	    !dmarc->verdict.applied.has_record)
		return;
	if (domain_canonical(dmarc->arena, identifier, &domain) == 0 &&
	    !str_eq(domain, dmarc->verdict.domain) &&
	    dmarc_identifier_is_likely(domain, dmarc->verdict.domain))
		dmarc_walk_org(dmarc->arena, dmarc->dns, domain, &org);
}

/* While the policy is on its way. */
static void
expect_passing(struct dmarc *dmarc)
{
	for (size_t i = 0; i < dmarc->identifiers.count; i++)
		if (dmarc->identifiers.items[i].result == RESULT_PASS)
			dmarc_expect(dmarc,
			    dmarc->identifiers.items[i].domain);
}

/* --- pass or fail ------------------------------------------------------------ */

static const struct dmarc_identifier *
find_any(const struct dmarc *dmarc, enum result result,
    enum dmarc_alignment alignment)
{
	const struct dmarc_identifier *found = dmarc_identifiers_find(
	    &dmarc->identifiers, DMARC_SPF, result, alignment);

	return found != NULL ? found : dmarc_identifiers_find(
	    &dmarc->identifiers, DMARC_DKIM, result, alignment);
}

/* t=y: one step milder (4.7). */
static enum dmarc_policy
wish_of(const struct dmarc_applied *applied)
{
	if (!applied->record.is_test)
		return applied->policy;
	return applied->policy == DMARC_REJECT ? DMARC_QUARANTINE : DMARC_NONE;
}

static void
pass(struct dmarc *dmarc, const struct dmarc_identifier *spf,
    const struct dmarc_identifier *dkim)
{
	struct dmarc_verdict *verdict = &dmarc->verdict;
	struct buf who;

	buf_init(&who, dmarc->arena);
	if (dkim != NULL)
		buf_printf(&who, "DKIM of %.*s", STR_ARG(dkim->domain));
	if (spf != NULL)
		buf_printf(&who, "%sSPF of %.*s", dkim != NULL ? " and " : "",
		    STR_ARG(spf->domain));
	verdict->result = RESULT_PASS;
	verdict->is_spf_aligned = spf != NULL;
	verdict->is_dkim_aligned = dkim != NULL;
	verdict->reason = arena_printf(dmarc->arena, "aligned with %.*s: %s",
	    STR_ARG(verdict->domain), buf_str(&who).data);
}

/* Nothing aligned passes. is_open: something might have. */
static void
refute(struct dmarc *dmarc, bool is_open, bool could_not_run)
{
	struct dmarc_verdict *verdict = &dmarc->verdict;

	verdict->result = is_open ? RESULT_TEMPERROR : RESULT_FAIL;
	verdict->is_undecided = is_open;
	verdict->wish = wish_of(&verdict->applied);
	verdict->reason = arena_printf(dmarc->arena,
	    "neither SPF nor DKIM vouches for it%s (%s%s)",
	    is_open ? ", but not all could be judged" : "",
	    dmarc_identifiers_describe(dmarc->arena, &dmarc->identifiers),
	    could_not_run ? ", a check could not run" : "");
}

/* A record applies: which identifiers are aligned (5.3.4, 5.3.5)? What the DNS
 * left open counts only if nothing else passes (5.3.6), and what is open of
 * another domain does not. False: wait. */
static bool
weigh(struct dmarc *dmarc, bool could_not_run)
{
	struct dmarc_identifiers *identifiers = &dmarc->identifiers;
	const struct dmarc_record *record = &dmarc->verdict.applied.record;
	const struct dmarc_identifier *spf, *dkim;
	bool is_open;

	if (!dmarc_identifiers_align(identifiers, dmarc->arena, dmarc->dns,
	    record, RESULT_PASS))
		return false;
	spf = dmarc_identifiers_find(identifiers, DMARC_SPF, RESULT_PASS,
	    DMARC_ALIGNED);
	dkim = dmarc_identifiers_find(identifiers, DMARC_DKIM, RESULT_PASS,
	    DMARC_ALIGNED);
	if (spf != NULL || dkim != NULL) {
		pass(dmarc, spf, dkim);
		return true;
	}
	is_open = could_not_run || find_any(dmarc, RESULT_PASS,
	    DMARC_ALIGNMENT_FAULT) != NULL;
	if (!is_open && !dmarc_identifiers_align(identifiers, dmarc->arena,
	    dmarc->dns, record, RESULT_TEMPERROR))
		return false;
	is_open = is_open ||
	    find_any(dmarc, RESULT_TEMPERROR, DMARC_ALIGNED) != NULL ||
	    find_any(dmarc, RESULT_TEMPERROR, DMARC_ALIGNMENT_FAULT) != NULL;
	refute(dmarc, is_open, could_not_run);
	return true;
}

/* --- the verdict --------------------------------------------------------------- */

/* Has an identifier passed that may be aligned, as far as names tell? */
static bool
has_likely_pass(const struct dmarc *dmarc)
{
	const struct dmarc_identifiers *identifiers = &dmarc->identifiers;

	for (size_t i = 0; i < identifiers->count; i++) {
		const struct dmarc_identifier *identifier =
		    &identifiers->items[i];

		if (identifier->result == RESULT_PASS &&
		    (str_eq(identifier->domain, identifiers->author) ||
		    dmarc_identifier_is_likely(identifier->domain,
		    identifiers->author)))
			return true;
	}
	return false;
}

/* Neither pass nor fail (5.3.6), and what follows is ours to say (4.10.1). Below
 * most domains there is a name that does not answer, and a forger may write from
 * that: the record above it counts, as far as it is known, unless the message
 * has what an honest one has. */
static void
stop_at_fault(struct dmarc *dmarc)
{
	struct dmarc_verdict *verdict = &dmarc->verdict;
	struct dmarc_applied *applied = &verdict->applied;

	verdict->result = RESULT_TEMPERROR;
	verdict->reason = applied->remark;
	applied->has_record = applied->has_record && !has_likely_pass(dmarc);
	if (!applied->has_record)
		return;
	verdict->is_undecided = true;
	verdict->wish = wish_of(applied);
}

/* No policy is known (4.10.1). */
static void
stop(struct dmarc *dmarc)
{
	struct dmarc_verdict *verdict = &dmarc->verdict;
	const char *remark = verdict->applied.remark;

	verdict->result = RESULT_NONE;
	verdict->reason = str_concat(dmarc->arena,
	    STR("no DMARC record applies to "), verdict->domain, STR(""));
	if (remark != NULL)
		verdict->reason = str_concat(dmarc->arena,
		    str_from(verdict->reason), STR(": "), str_from(remark));
}

static const char *
compare(struct arena *arena, const struct dmarc_verdict *verdict,
    const struct opendmarc_answer *answer)
{
	bool is_pass = verdict->result == RESULT_PASS;

	if (answer->is_pass == is_pass &&
	    answer->is_spf_aligned == verdict->is_spf_aligned &&
	    answer->is_dkim_aligned == verdict->is_dkim_aligned &&
	    (is_pass || answer->policy == verdict->applied.policy))
		return NULL;
	return arena_printf(arena, "libopendmarc says %s, policy %s",
	    answer->is_pass ? "pass" : "fail",
	    dmarc_policy_text(answer->policy));
}

/* The library sees what we found; that it concludes the same is a check on both.
 * If it does not, a message is no place to find out why: ours holds, and the
 * reason shows it to the postmaster. */
static void
consult(struct dmarc *dmarc)
{
	struct dmarc_verdict *verdict = &dmarc->verdict;
	struct opendmarc_case facts = {
		.domain = verdict->domain,
		.policy = verdict->applied.policy,
		.is_spf_aligned = verdict->is_spf_aligned,
		.is_dkim_aligned = verdict->is_dkim_aligned,
	};
	struct opendmarc_answer answer;

	if (verdict->result != RESULT_PASS && verdict->result != RESULT_FAIL)
		return;
	if (opendmarc_judge(dmarc->arena, &facts, &answer,
	    &verdict->dissent) == 0)
		verdict->dissent = compare(dmarc->arena, verdict, &answer);
	if (verdict->dissent != NULL)
		verdict->reason = arena_printf(dmarc->arena, "%s (%s)",
		    verdict->reason, verdict->dissent);
}

const struct dmarc_verdict *
dmarc_judge(struct dmarc *dmarc, const struct spf_verdict *spf,
    const struct dkim_verdicts *dkim, bool could_not_run)
{
	if (dmarc->is_done)
		return &dmarc->verdict;
	if (!dmarc->has_identifiers)
		dmarc_identifiers_collect(dmarc->arena, dmarc->verdict.domain,
		    spf, dkim, &dmarc->identifiers);
	dmarc->has_identifiers = true;
	find_policy(dmarc);
	if (dmarc->policy_status == DMARC_WALK_WAIT) {
		expect_passing(dmarc);
		return NULL;
	}
	if (dmarc->policy_status == DMARC_WALK_FAULT)
		stop_at_fault(dmarc);
	else if (!dmarc->verdict.applied.has_record)
		stop(dmarc);
	else if (!weigh(dmarc, could_not_run))
		return NULL;
	consult(dmarc);
	dmarc->is_done = true;
	return &dmarc->verdict;
}
