/* SPDX-License-Identifier: ISC */
/* spf_explain.c - SPF: what a domain says to those it refuses (RFC 7208 6.2). */
#include "auth/spf_private.h"
#include "base/arena.h"

/* What a line of an SMTP reply has room for, with all that stands around. */
#define TEXT_MAX 500

/* The macros stand for what strangers wrote: their text must not carry what is
 * not a line of ASCII. */
static bool
is_printable(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < ' ' || text.data[i] > '~')
			return false;
	return true;
}

static const char *
expand(struct spf *spf, struct str text, const struct spf_macro_facts *facts)
{
	struct str expanded = spf_macro_expand(spf->arena, text, facts);

	expanded = str_sub(expanded, 0, TEXT_MAX);
	if (expanded.len == 0 || !is_printable(expanded))
		return NULL;
	return str_dup(spf->arena, expanded);
}

/* Whatever is wrong with an explanation, there is none then: no result changes
 * by it. False: it has not come yet. */
static bool
read_text(struct spf *spf, const struct spf_step *exp)
{
	const struct dns_answer *answer;
	const char *error;
	struct str text;

	if (spf->is_exp_read || exp->name.data == NULL)
		return true;
	answer = dns_ask(spf->dns, exp->name, DNS_TXT);
	if (answer == NULL)
		return false;
	spf->is_exp_read = true;
	if (answer->count != 1)
		return true;
	text = answer->records[0].data;
	if (spf_macro_check(spf->arena, text, SPF_IN_EXPLANATION, &error) < 0)
		return true;
	spf->exp_text = text;
	spf->exp_wants_name = spf_macro_wants_name(text);
	return true;
}

bool
spf_explain(struct spf *spf)
{
	struct spf_page *page = spf->decider;
	struct spf_macro_facts facts;

	if (page->exp.domain_spec.data == NULL)
		return true;
	if (!spf_step_name(spf, page, &page->exp) ||
	    !read_text(spf, &page->exp))
		return false;
	if (spf->exp_text.data == NULL)
		return true;
	if (!spf_page_facts(spf, page, spf->exp_wants_name, &facts))
		return false;
	spf->verdict.explanation = expand(spf, spf->exp_text, &facts);
	return true;
}
