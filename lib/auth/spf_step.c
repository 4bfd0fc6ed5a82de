/* SPDX-License-Identifier: ISC */
/* spf_step.c - SPF: does a term match this client? */
#include "auth/spf_private.h"
#include "base/arena.h"

static const struct spf_match unknown = { .fact = SPF_UNKNOWN };
static const struct spf_match yes = { .fact = SPF_YES };
static const struct spf_match no = { .fact = SPF_NO };

bool
spf_step_leads(const struct spf_step *step)
{
	return step->term == NULL || step->term->mechanism == SPF_INCLUDE;
}

bool
spf_step_name(struct spf *spf, const struct spf_page *page,
    struct spf_step *step)
{
	struct spf_macro_facts facts;

	if (step->is_named)
		return true;
	if (!spf_page_facts(spf, page, step->wants_name, &facts))
		return false;
	step->domain = step->domain_spec.data == NULL ? page->domain
	    : spf_macro_domain(spf->arena, step->domain_spec, &facts);
	step->name = spf_name(spf->arena, step->domain);
	step->is_named = true;
	return true;
}

struct spf_page *
spf_step_target(struct spf *spf, const struct spf_page *page,
    struct spf_step *step)
{
	if (!spf_step_name(spf, page, step))
		return NULL;
	if (step->target == NULL)
		step->target = spf_page_get(spf, step->domain);
	return step->target;
}

/* The first answer of a term decides whether it is a void lookup (RFC 7208
 * 4.6.4). True: it has no records, and this is what follows. */
static bool
is_empty(const struct dns_answer *answer, struct str name,
    struct spf_match *match_r)
{
	if (answer == NULL)
		*match_r = unknown;
	else if (answer->status == DNS_FOUND)
		return false;
	else if (answer->status == DNS_SERVFAIL ||
	    answer->status == DNS_TIMEOUT)
		*match_r = (struct spf_match){ .fact = SPF_FAULT,
			.answer = answer, .name = name };
	else
		*match_r = (struct spf_match){ .fact = SPF_NO,
			.is_void = true };
	return true;
}

static bool
has_client(const struct spf *spf, const struct spf_step *step,
    const struct dns_answer *addresses)
{
	uint8_t prefix = spf->query.client.len == 4 ? step->term->prefix4
	    : step->term->prefix6;

	for (size_t i = 0; i < addresses->count; i++)
		if (spf_client_is(spf, &addresses->records[i], prefix))
			return true;
	return false;
}

/* RFC 7208 5.3 */
static struct spf_match
match_a(struct spf *spf, const struct spf_step *step)
{
	const struct dns_answer *answer;
	struct spf_match match;

	answer = dns_ask(spf->dns, step->name, spf_address_type(spf));
	if (is_empty(answer, step->name, &match))
		return match;
	return has_client(spf, step, answer) ? yes : no;
}

/* One host of an mx. */
static struct spf_match
match_host(struct spf *spf, const struct spf_step *step, struct str host)
{
	const struct dns_answer *answer;
	struct spf_match match;

	answer = dns_ask(spf->dns, host, spf_address_type(spf));
	if (!is_empty(answer, host, &match))
		return has_client(spf, step, answer) ? yes : no;
	match.is_void = false;
	return match;
}

/* RFC 7208 5.4. One host that matches is enough, whatever is unknown or wrong
 * about others: they were asked at once, the records of an mx have no order,
 * and the verdict must not depend on which answer comes first. */
static struct spf_match
match_mx(struct spf *spf, const struct spf_step *step)
{
	const struct dns_answer *hosts = dns_ask(spf->dns, step->name, DNS_MX);
	struct spf_match match;

	if (is_empty(hosts, step->name, &match))
		return match;
	if (hosts->count > SPF_NAMES_MAX)
		return (struct spf_match){ .fact = SPF_BROKEN,
			.answer = hosts, .name = step->name };
	match = no;
	for (size_t i = 0; i < hosts->count; i++) {
		struct spf_match host = match_host(spf, step,
		    hosts->records[i].data);

		if (host.fact == SPF_YES)
			return host;
		if (match.fact == SPF_NO || host.fact == SPF_UNKNOWN)
			match = host;
	}
	return match;
}

/* RFC 7208 5.5 */
static struct spf_match
match_ptr(struct spf *spf, const struct spf_step *step)
{
	struct spf_match match = no;

	match.fact = spf_client_is_named(spf, step->name, &match.is_void);
	return match;
}

/* RFC 7208 5.7: A, also for a client of IPv6. */
static struct spf_match
match_exists(struct spf *spf, const struct spf_step *step)
{
	const struct dns_answer *answer = dns_ask(spf->dns, step->name, DNS_A);
	struct spf_match match;

	return is_empty(answer, step->name, &match) ? match : yes;
}

struct spf_match
spf_step_match(struct spf *spf, const struct spf_page *page,
    struct spf_step *step)
{
	if (step->is_sure)
		return yes;
	if (!spf_step_name(spf, page, step))
		return unknown;
	/* What cannot stand in the DNS matches nothing (4.8), and nobody was
	 * asked in vain. */
	if (step->name.data == NULL)
		return no;
	switch (step->term->mechanism) {
	case SPF_A:
		return match_a(spf, step);
	case SPF_MX:
		return match_mx(spf, step);
	case SPF_PTR:
		return match_ptr(spf, step);
	default:
		return match_exists(spf, step);
	}
}

const char *
spf_match_reason(struct spf *spf, const struct spf_match *match)
{
	if (match->fact == SPF_FAULT)
		return spf_fault_reason(spf, match->answer, match->name);
	return arena_printf(spf->arena, "%.*s has more than %d MX records (%zu)",
	    STR_ARG(match->name), SPF_NAMES_MAX, match->answer->count);
}
