/* SPDX-License-Identifier: ISC */
/* spf_ahead.c - SPF: what may be needed is asked for before it is. */
#include "auth/spf_private.h"

/*
 * A walk that met a missing answer has put one question. All others that the
 * records present can name are put now, so that an evaluation takes as long as
 * its longest chain of answers, not as their sum: the terms are visited in the
 * order of a walk, those behind the tenth are never reached (RFC 7208 4.6.4).
 *
 * Records that lead nowhere must not make us ask the whole DNS. An evaluation
 * asks ahead for at most SPF_TERMS_MAX terms, over all its runs: with those
 * that it walks that is twice SPF_TERMS_MAX. No honest set of records has more
 * terms than SPF_TERMS_MAX altogether, so none is slowed by that. A term is one
 * question, an mx up to SPF_NAMES_MAX more; beside them there are the first
 * record, the names of the client (once, SPF_NAMES_MAX + 1), and the
 * explanation. */

static bool
may_ask(struct spf *spf, struct spf_step *step)
{
	if (step->is_asked)
		return true;
	if (spf->ahead == SPF_TERMS_MAX)
		return false;
	spf->ahead++;
	step->is_asked = true;
	return true;
}

/* *position counts the terms from the root on: it ends loops, too. */
static void
ask_page(struct spf *spf, struct spf_page *page, unsigned *position)
{
	if (spf_page_read(spf, page) != SPF_YES)
		return;
	for (size_t i = 0; i < page->step_count; i++) {
		struct spf_step *step = &page->steps[i];
		struct spf_page *target;

		if (step->is_sure || ++*position > SPF_TERMS_MAX ||
		    !may_ask(spf, step))
			return;
		if (!spf_step_leads(step)) {
			if (spf_step_match(spf, page, step).fact == SPF_YES)
				return;
			continue;
		}
		target = spf_step_target(spf, page, step);
		if (target != NULL)
			ask_page(spf, target, position);
	}
}

void
spf_ask_ahead(struct spf *spf)
{
	unsigned position = 0;

	ask_page(spf, spf->root, &position);
}
