/* SPDX-License-Identifier: ISC */
/* dmarc_walk.c - the DNS tree walk: policy and organizational domain (RFC 9989
 * 4.10). */
#include "auth/dmarc_walk.h"

#include <string.h>

#include "base/arena.h"
#include "dns/dns.h"
#include "mail/public_suffix.h"

#define PREFIX "_dmarc."
#define NAME_MAX_LEN 253	/* RFC 1035 2.3.4, without the final dot */
#define TOP_LABELS 7		/* what the shortcut leaves (4.10 step 4) */

/* One name of the walk, and what stands there. */
struct level {
	struct str domain;	/* a slice of the first */
	enum dmarc_find found;
	struct dmarc_record record;
	const char *error;
};

/* The levels up to the one that ends it, the longest name first. */
struct walk {
	struct level levels[DMARC_WALK_MAX];
	size_t count;
};

/* The domain without its first label; "" behind the last. */
static struct str
parent(struct str domain)
{
	struct str label;

	str_cut(&domain, '.', &label);
	return domain;
}

static size_t
count_labels(struct str domain)
{
	size_t count = 0;

	for (; domain.len != 0; domain = parent(domain))
		count++;
	return count;
}

/* The next name of the walk (4.10 steps 4 and 7). */
static struct str
next_name(struct str domain)
{
	domain = parent(domain);
	for (size_t more = count_labels(domain); more > TOP_LABELS; more--)
		domain = parent(domain);
	return domain;
}

/* NULL: wait. A name for which there is no room in the DNS has no record. */
static const struct dns_answer *
ask(struct dns_view *dns, struct str domain)
{
	static const struct dns_answer no_room = { .status = DNS_NXDOMAIN };
	char name[NAME_MAX_LEN];
	size_t len = strlen(PREFIX) + domain.len;

	if (len > sizeof(name))
		return &no_room;
	memcpy(name, PREFIX, strlen(PREFIX));
	memcpy(name + strlen(PREFIX), domain.data, domain.len);
	return dns_ask(dns, str_of(name, len), DNS_TXT);
}

/* Judge the answer at a level. Hardly a public suffix has a record, and to wait
 * for one whose servers do not know names with "_" would make every message
 * from below it a temperror. */
static void
judge_level(struct arena *arena, const struct dns_answer *answer,
    struct level *level, bool is_first)
{
	level->found = dmarc_record_find(arena, answer, &level->record,
	    &level->error);
	if (level->found == DMARC_FIND_FAULT && !is_first &&
	    public_suffix_is(level->domain))
		level->found = DMARC_FIND_NONE;
}

/* Does the walk end here, whatever stands above? psd=y and psd=n end it (4.10
 * steps 2 and 6); for the policy, whatever stands at the author domain. */
static bool
is_end(const struct walk *walk, bool is_for_policy)
{
	const struct level *last = &walk->levels[walk->count - 1];

	return last->record.psd != DMARC_PSD_UNKNOWN ||
	    (is_for_policy && walk->count == 1 &&
	    last->found != DMARC_FIND_NONE &&
	    last->found != DMARC_FIND_FAULT);
}

/* Ask for every name up to the end of the walk. A fault decides once all that
 * stands below it is known; while that is not so, an end below may come. For the
 * policy, what stands above it is looked at all the same. */
static enum dmarc_walk_status
climb(struct arena *arena, struct dns_view *dns, struct str domain,
    bool is_for_policy, struct walk *walk)
{
	bool is_waiting = false, has_fault = false;

	walk->count = 0;
	if (domain.len != 0 && domain.data[0] == '[')
		return DMARC_WALK_DONE;
	for (; domain.len != 0; domain = next_name(domain)) {
		struct level *level = &walk->levels[walk->count++];
		const struct dns_answer *answer = ask(dns, domain);

		*level = (struct level){ .domain = domain };
		if (answer == NULL) {
			is_waiting = true;
			continue;
		}
		judge_level(arena, answer, level, walk->count == 1);
		has_fault |= level->found == DMARC_FIND_FAULT;
		if (is_end(walk, is_for_policy) ||
		    (has_fault && !is_waiting && !is_for_policy))
			break;
	}
	if (is_waiting)
		return DMARC_WALK_WAIT;
	return has_fault ? DMARC_WALK_FAULT : DMARC_WALK_DONE;
}

/* The end of name that is one label longer than parent_len; name itself if
 * there is none. */
static struct str
one_below(struct str name, size_t parent_len)
{
	while (parent(name).len > parent_len)
		name = parent(name);
	return name;
}

/* The choice of 4.10.2; data NULL: nothing determines it. psd=y of the domain
 * itself leaves the domain itself. Of a record that cannot be applied, psd=
 * still says where the boundary is; else it is not among the valid records that
 * the choice is made from. */
static struct str
choose(const struct walk *walk)
{
	struct str chosen = { NULL, 0 };

	for (size_t i = 0; i < walk->count; i++) {
		const struct level *level = &walk->levels[i];

		if (level->record.psd == DMARC_PSD_YES)
			return one_below(walk->levels[0].domain,
			    level->domain.len);
		if (level->found == DMARC_FIND_ONE ||
		    level->record.psd == DMARC_PSD_NO)
			chosen = level->domain;
	}
	return chosen;
}

enum dmarc_walk_status
dmarc_walk_org(struct arena *arena, struct dns_view *dns, struct str domain,
    struct dmarc_org *org_r)
{
	struct walk walk;
	enum dmarc_walk_status status = climb(arena, dns, domain, false,
	    &walk);

	*org_r = (struct dmarc_org){ domain, DMARC_ORG_SELF };
	if (status != DMARC_WALK_DONE)
		return status;
	org_r->domain = choose(&walk);
	org_r->source = DMARC_ORG_WALK;
	if (org_r->domain.data == NULL) {
		org_r->domain = public_suffix_registrable(domain);
		org_r->source = DMARC_ORG_SUFFIX_LIST;
	}
	if (org_r->domain.data == NULL)
		*org_r = (struct dmarc_org){ domain, DMARC_ORG_SELF };
	return status;
}

static const char *
remark_on(struct arena *arena, const struct level *level)
{
	switch (level->found) {
	case DMARC_FIND_BAD:
	case DMARC_FIND_MANY:
		return arena_printf(arena, "%s at " PREFIX "%.*s",
		    level->error, STR_ARG(level->domain));
	case DMARC_FIND_FAULT:
		return arena_printf(arena, "no answer for " PREFIX "%.*s: %s",
		    STR_ARG(level->domain), level->error);
	default:
		return NULL;
	}
}

/* The level whose record applies: that of the author domain, else of its
 * organizational domain, else of the public suffix above that (4.10.1). What
 * stands there and is no record to apply keeps its place: DMARC is off rather
 * than the next one's ("PSD policy is not used for Organizational Domains that
 * have published"; several at the author domain: vectors of mailauth). */
static const struct level *
find_level(const struct walk *walk)
{
	const struct level *last = &walk->levels[walk->count - 1];
	struct str org;

	if (walk->levels[0].found != DMARC_FIND_NONE)
		return &walk->levels[0];
	org = choose(walk);
	for (size_t i = 0; i < walk->count && org.data != NULL; i++)
		if (walk->levels[i].domain.len == org.len &&
		    walk->levels[i].found != DMARC_FIND_NONE)
			return &walk->levels[i];
	return last->record.psd == DMARC_PSD_YES ? last : NULL;
}

/* Nothing applies: the nearest level at which somebody meant to have one. */
static const char *
find_remark(struct arena *arena, const struct walk *walk)
{
	const char *remark = NULL;

	for (size_t i = 0; i < walk->count && remark == NULL; i++)
		remark = remark_on(arena, &walk->levels[i]);
	return remark;
}

/* Does the author domain exist? Only NXDOMAIN says it does not (3.2.13), of
 * any type; TXT is what SPF asks for as well. It is asked for when the record
 * is known to make a difference, which few records do: a round trip for those
 * rather than a question for every message. */
static enum dmarc_walk_status
judge_existence(struct arena *arena, struct dns_view *dns, struct str domain,
    struct dmarc_applied *applied)
{
	const struct dns_answer *answer = dns_ask(dns, domain, DNS_TXT);

	if (answer == NULL)
		return DMARC_WALK_WAIT;
	if (answer->status == DNS_NXDOMAIN) {
		applied->tag = "np";
		applied->policy = applied->record.missing_policy;
	} else if (answer->status != DNS_FOUND &&
	    answer->status != DNS_NODATA)
		applied->remark = arena_printf(arena,
		    "sp= holds, for whether %.*s exists is not known: %s",
		    STR_ARG(domain), answer->error);
	return DMARC_WALK_DONE;
}

static enum dmarc_walk_status
apply(struct arena *arena, struct dns_view *dns, struct str domain,
    const struct level *level, struct dmarc_applied *applied)
{
	const struct dmarc_record *record = &level->record;

	applied->has_record = true;
	applied->record = *record;
	applied->record_domain = level->domain;
	if (level->domain.len == domain.len) {
		applied->tag = "p";
		applied->policy = record->policy;
		return DMARC_WALK_DONE;
	}
	applied->tag = "sp";
	applied->policy = record->subdomain_policy;
	return record->missing_policy == record->subdomain_policy ?
	    DMARC_WALK_DONE : judge_existence(arena, dns, domain, applied);
}

/* What did not answer counts as empty from now on. Why the lowest did not. */
static const char *
pass_over_faults(struct arena *arena, struct walk *walk)
{
	const char *remark = NULL;

	for (size_t i = 0; i < walk->count; i++) {
		struct level *level = &walk->levels[i];

		if (level->found != DMARC_FIND_FAULT)
			continue;
		if (remark == NULL)
			remark = remark_on(arena, level);
		level->found = DMARC_FIND_NONE;
	}
	return remark;
}

enum dmarc_walk_status
dmarc_walk_policy(struct arena *arena, struct dns_view *dns,
    struct str domain, struct dmarc_applied *applied_r)
{
	struct walk walk;
	enum dmarc_walk_status status = climb(arena, dns, domain, true, &walk);
	const char *fault = NULL;
	const struct level *level;

	*applied_r = (struct dmarc_applied){ 0 };
	if (status == DMARC_WALK_WAIT || walk.count == 0)
		return status;
	if (status == DMARC_WALK_FAULT)
		fault = pass_over_faults(arena, &walk);
	level = find_level(&walk);
	if (level == NULL || level->found != DMARC_FIND_ONE)
		applied_r->remark = level != NULL ? remark_on(arena, level) :
		    find_remark(arena, &walk);
	else if (apply(arena, dns, domain, level, applied_r) ==
	    DMARC_WALK_WAIT)
		return DMARC_WALK_WAIT;
	if (fault != NULL)
		applied_r->remark = fault;
	return status;
}
