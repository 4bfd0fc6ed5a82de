/* SPDX-License-Identifier: ISC */
/* auth.c - what other checks found, and who is proven to have sent it. */
#include "rules/call.h"

#include "auth/dkim.h"
#include "auth/dmarc.h"
#include "auth/spf.h"
#include "base/arena.h"
#include "base/vec.h"
#include "mail/finding.h"
#include "mail/txn.h"
#include "rules/call_args.h"
#include "rules/view.h"

/* In the order of enum result. */
static const char *const results[] = { "none", "pass", "fail", "policy",
	"neutral", "softfail", "permerror", "temperror", NULL };
/* In the order of enum dmarc_policy. */
static const char *const policies[] = { "none", "quarantine", "reject", NULL };
static const char *const methods[] = { "spf", "dkim", NULL };

struct finding_test {
	const char *check;
	uint64_t results;	/* 0: any */
};

static bool
has(uint64_t set, unsigned member)
{
	return (set >> member & 1) != 0;
}

static int
results_prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	return call_prepare_set(setup, results, prepared_r, error_r);
}

static int
policies_prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	return call_prepare_set(setup, policies, prepared_r, error_r);
}

static int
aligned_prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	return call_prepare_set(setup, methods, prepared_r, error_r);
}

static int
finding_prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	struct finding_test *test = arena_zalloc(setup->arena, sizeof(*test));

	*prepared_r = test;
	if (setup->args->len == 0) {
		*error_r = "the name of a check must follow";
		return -1;
	}
	test->check = str_dup(setup->arena, call_arg(setup, 0));
	return setup->args->len == 1 ? 0 :
	    call_read_set(setup, 1, results, &test->results, error_r);
}

static double
finding_run(struct view *view, const void *prepared)
{
	const struct finding_test *test = prepared;
	size_t count = 0;

	for (size_t i = 0; view->findings != NULL &&
	    i < view->findings->items.len; i++) {
		const struct finding *finding = vec_at(&view->findings->items,
		    i);

		count += strcmp(finding->check, test->check) == 0 &&
		    (test->results == 0 ||
		    has(test->results, finding->result));
	}
	return (double)count;
}

static double
spf_run(struct view *view, const void *prepared)
{
	const struct spf_verdict *spf = view->txn->auth.spf;

	return spf != NULL && has(*(const uint64_t *)prepared, spf->result);
}

/* One signature that passes is enough, whatever the others are; else the message
 * has the results of all of them. */
static uint64_t
results_of(const struct dkim_verdicts *dkim)
{
	uint64_t set = dkim->count == 0 ? 1u << RESULT_NONE : 0;

	for (size_t i = 0; i < dkim->count; i++) {
		if (dkim->verdicts[i].result == RESULT_PASS)
			return 1u << RESULT_PASS;
		set |= (uint64_t)1 << dkim->verdicts[i].result;
	}
	return set;
}

static double
dkim_run(struct view *view, const void *prepared)
{
	const struct dkim_verdicts *dkim = view->txn->auth.dkim;

	return dkim != NULL &&
	    (results_of(dkim) & *(const uint64_t *)prepared) != 0;
}

static double
dmarc_run(struct view *view, const void *prepared)
{
	const struct dmarc_verdict *dmarc = view->txn->auth.dmarc;

	return dmarc != NULL &&
	    has(*(const uint64_t *)prepared, dmarc->result);
}

static double
dmarc_policy_run(struct view *view, const void *prepared)
{
	const struct dmarc_verdict *dmarc = view->txn->auth.dmarc;

	return dmarc != NULL && dmarc->applied.has_record &&
	    has(*(const uint64_t *)prepared, dmarc->applied.policy);
}

static double
aligned_run(struct view *view, const void *prepared)
{
	const struct dmarc_verdict *dmarc = view->txn->auth.dmarc;
	uint64_t set = *(const uint64_t *)prepared;

	return dmarc != NULL && ((has(set, 0) && dmarc->is_spf_aligned) ||
	    (has(set, 1) && dmarc->is_dkim_aligned));
}

const struct call call_finding = {
	.name = "finding",
	.prepare = finding_prepare,
	.run = finding_run,
};

const struct call call_spf = {
	.name = "spf",
	.prepare = results_prepare,
	.run = spf_run,
};

const struct call call_dkim = {
	.name = "dkim",
	.prepare = results_prepare,
	.run = dkim_run,
};

const struct call call_dmarc = {
	.name = "dmarc",
	.prepare = results_prepare,
	.run = dmarc_run,
};

const struct call call_dmarc_policy = {
	.name = "dmarc_policy",
	.prepare = policies_prepare,
	.run = dmarc_policy_run,
};

const struct call call_aligned = {
	.name = "aligned",
	.prepare = aligned_prepare,
	.run = aligned_run,
};
