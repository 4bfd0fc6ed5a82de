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
 * by it. */
static bool
explain_by(struct spf *spf, const struct spf_page *page,
    const struct dns_answer *answer, const char **text_r)
{
	struct spf_macro_facts facts;
	const char *error;
	struct str text;

	if (answer->count != 1)
		return true;
	text = answer->records[0].data;
	if (spf_macro_check(spf->arena, text, SPF_IN_EXPLANATION, &error) < 0)
		return true;
	if (!spf_page_facts(spf, page, text, &facts))
		return false;
	*text_r = expand(spf, text, &facts);
	return true;
}

/* All runs come to the same page. False: %{p} is unknown. */
static bool
name_explanation(struct spf *spf, const struct spf_page *page)
{
	struct spf_macro_facts facts;

	if (spf->is_exp_named)
		return true;
	if (!spf_page_facts(spf, page, page->exp, &facts))
		return false;
	spf->exp_name = spf_name(spf->arena, spf_macro_domain(spf->arena,
	    page->exp, &facts));
	spf->is_exp_named = true;
	return true;
}

bool
spf_explain(struct spf *spf, const struct spf_page *page, const char **text_r)
{
	const struct dns_answer *answer;

	*text_r = NULL;
	if (page->exp.data == NULL)
		return true;
	if (!name_explanation(spf, page))
		return false;
	if (spf->exp_name.data == NULL)
		return true;
	answer = dns_ask(spf->dns, spf->exp_name, DNS_TXT);
	return answer != NULL && explain_by(spf, page, answer, text_r);
}
