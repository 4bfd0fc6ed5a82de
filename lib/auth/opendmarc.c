/* SPDX-License-Identifier: ISC */
/* opendmarc.c - libopendmarc, given only what it gets right.
 *
 * The library (1.4.2) reads records, finds organizational domains and compares
 * them, each in ways that can be bypassed: a domain whose first label has one
 * letter is aligned with every domain of its suffix, a public suffix with all
 * below it, adkim=s is not strict, one unknown value spoils a record, and the
 * last signature erases an aligned one above it. So all that is ours (RFC
 * 9989; the library knows RFC 7489), and it is given canonical input alone:
 * - a record that we write: the policy that applies, and strict alignment;
 * - no organizational domain, for sp= then counts for the domain itself;
 * - an aligned identifier as the author domain itself, which takes its path of
 *   equal names; others, and what did not pass, not at all. */
#include "auth/opendmarc.h"

#include <opendmarc/dmarc.h>

#include "base/arena.h"

static int
store(DMARC_POLICY_T *policy, u_char *domain, u_char *record,
    const struct opendmarc_case *facts)
{
	u_char nothing[] = "";
	int status = opendmarc_policy_store_from_domain(policy, domain);

	if (status == DMARC_PARSE_OKAY)
		status = opendmarc_policy_store_dmarc(policy, record, domain,
		    NULL);
	if (status == DMARC_PARSE_OKAY && facts->is_spf_aligned)
		status = opendmarc_policy_store_spf(policy, domain,
		    DMARC_POLICY_SPF_OUTCOME_PASS,
		    DMARC_POLICY_SPF_ORIGIN_MAILFROM, nothing);
	if (status == DMARC_PARSE_OKAY && facts->is_dkim_aligned)
		status = opendmarc_policy_store_dkim(policy, domain, nothing,
		    DMARC_POLICY_DKIM_OUTCOME_PASS, nothing);
	return status;
}

static int
read_answer(DMARC_POLICY_T *policy, struct opendmarc_answer *answer_r)
{
	int dkim, spf, status;

	*answer_r = (struct opendmarc_answer){ .policy = DMARC_NONE };
	switch (status = opendmarc_get_policy_to_enforce(policy)) {
	case DMARC_POLICY_PASS:
		answer_r->is_pass = true;
		break;
	case DMARC_POLICY_NONE:
		break;
	case DMARC_POLICY_QUARANTINE:
		answer_r->policy = DMARC_QUARANTINE;
		break;
	case DMARC_POLICY_REJECT:
		answer_r->policy = DMARC_REJECT;
		break;
	default:
		return status;
	}
	status = opendmarc_policy_fetch_alignment(policy, &dkim, &spf);
	if (status == DMARC_PARSE_OKAY) {
		answer_r->is_dkim_aligned =
		    dkim == DMARC_POLICY_DKIM_ALIGNMENT_PASS;
		answer_r->is_spf_aligned =
		    spf == DMARC_POLICY_SPF_ALIGNMENT_PASS;
	}
	return status;
}

int
opendmarc_judge(struct arena *arena, const struct opendmarc_case *facts,
    struct opendmarc_answer *answer_r, const char **error_r)
{
	char *domain = str_dup(arena, facts->domain);
	char *record = arena_printf(arena, "v=DMARC1; p=%s; adkim=s; aspf=s",
	    dmarc_policy_text(facts->policy));
	/* The client is stored and never used, but there must be one. */
	u_char client[] = "127.0.0.1";
	DMARC_POLICY_T *policy = opendmarc_policy_connect_init(client,
	    DMARC_POLICY_IP_TYPE_IPV4);
	int status = DMARC_PARSE_ERROR_NO_ALLOC;

	if (policy != NULL)
		status = store(policy, (u_char *)domain, (u_char *)record,
		    facts);
	if (status == DMARC_PARSE_OKAY)
		status = read_answer(policy, answer_r);
	if (policy != NULL)
		opendmarc_policy_connect_shutdown(policy);
	if (status == DMARC_PARSE_OKAY)
		return 0;
	*error_r = arena_printf(arena, "libopendmarc: %s",
	    opendmarc_policy_status_to_str(status));
	return -1;
}
