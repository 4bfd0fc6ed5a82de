/* SPDX-License-Identifier: ISC */
/* spf_page.c - SPF: the record of a domain, and what of it can be met. */
#include <string.h>

#include "auth/spf_private.h"
#include "base/arena.h"
#include "base/map.h"
#include "dns/dns_name.h"

#define NAME_MAX_BYTES 253

/* The DNS takes "\" for an escape; in a macro's outcome it is a byte. */
struct str
spf_name(struct arena *arena, struct str text)
{
	char escaped[2 * NAME_MAX_BYTES], canonical[DNS_NAME_SIZE];
	struct str name;
	size_t len = 0;

	/* One final dot is cut already: another is an empty label. And a term
	 * that has a local part in UTF-8 in it matches nothing (RFC 8616 4). */
	if (text.len == 0 || text.len > NAME_MAX_BYTES ||
	    text.data[text.len - 1] == '.' || !str_is_ascii(text))
		return str_of(NULL, 0);
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\\')
			escaped[len++] = '\\';
		escaped[len++] = text.data[i];
	}
	if (dns_name_parse(str_of(escaped, len), canonical, &name) < 0)
		return str_of(NULL, 0);
	return str_copy(arena, name);
}

const char *
spf_fault_reason(struct spf *spf, const struct dns_answer *answer,
    struct str name)
{
	return arena_printf(spf->arena, "the DNS %s %.*s",
	    answer->status == DNS_TIMEOUT ? "is silent about" : "fails for",
	    STR_ARG(name));
}

struct spf_page *
spf_page_get(struct spf *spf, struct str domain)
{
	struct spf_page *page = map_find(spf->pages, domain);

	if (page != NULL)
		return page;
	page = arena_zalloc(spf->arena, sizeof(*page));
	page->domain = domain;
	page->name = spf_name(spf->arena, domain);
	map_put(spf->pages, domain, page);
	return page;
}

bool
spf_page_facts(struct spf *spf, const struct spf_page *page, bool wants_name,
    struct spf_macro_facts *facts_r)
{
	*facts_r = (struct spf_macro_facts){ .query = &spf->query,
		.domain = page->domain };
	return !wants_name ||
	    spf_client_name(spf, page->name, &facts_r->name);
}

/* --- the steps ------------------------------------------------------------ */

static bool
matches_surely(const struct spf *spf, const struct spf_term *term)
{
	struct dns_record network = {
		.data = { (const char *)term->network.bytes,
		    term->network.len },
	};

	switch (term->mechanism) {
	case SPF_ALL:
		return true;
	case SPF_IP4:
		return spf->query.client.len == 4 &&
		    spf_client_is(spf, &network, term->prefix4);
	case SPF_IP6:
		return spf->query.client.len == 16 &&
		    spf_client_is(spf, &network, term->prefix6);
	default:
		return false;
	}
}

static struct spf_step
make_step(struct str domain_spec)
{
	return (struct spf_step){ .domain_spec = domain_spec,
		.wants_name = spf_macro_wants_name(domain_spec) };
}

static void
add_step(struct spf *spf, struct spf_page *page, const struct spf_term *term,
    bool is_sure)
{
	struct spf_step *step = &page->steps[page->step_count++];

	*step = make_step(term->domain_spec);
	step->term = arena_memdup(spf->arena, term, sizeof(*term));
	step->is_sure = is_sure;
}

/* Nothing behind a sure match is ever met, and no walk comes past the eleventh
 * term that asks the DNS: it matches before, or fails there (RFC 7208 4.6.4).
 * What is left is short, however long the record is. */
static void
plan_steps(struct spf *spf, struct spf_page *page,
    const struct spf_record *record)
{
	for (size_t i = 0; i < record->terms.len; i++) {
		const struct spf_term *term = vec_at(&record->terms, i);

		if (matches_surely(spf, term)) {
			add_step(spf, page, term, true);
			return;
		}
		if (term->mechanism == SPF_IP4 || term->mechanism == SPF_IP6)
			continue;
		add_step(spf, page, term, false);
		if (page->step_count > SPF_TERMS_MAX)
			return;
	}
	/* Met when no mechanism matched, wherever it stands (6.1). */
	if (record->redirect.data != NULL)
		page->steps[page->step_count++] = make_step(record->redirect);
}

/* --- the record ----------------------------------------------------------- */

static enum spf_fact
conclude(struct spf_page *page, enum spf_fact fact, const char *reason)
{
	page->reason = reason;
	return fact;
}

/* 64 KB are 30,000 terms, which take 4 MB to read: only what a walk can meet is
 * kept. */
static enum spf_fact
parse_page(struct spf *spf, struct spf_page *page, struct str text)
{
	struct arena *scratch = arena_new(0);
	enum spf_fact fact = SPF_YES;
	struct spf_record record;
	const char *error;

	if (spf_record_parse(scratch, text, &record, &error) < 0) {
		fact = conclude(page, SPF_BROKEN, arena_printf(spf->arena,
		    "the record of %.*s: %s", STR_ARG(page->name), error));
	} else {
		plan_steps(spf, page, &record);
		page->exp = make_step(record.exp);
	}
	arena_free(&scratch);
	return fact;
}

/* Of all the TXT records, one is for us (RFC 7208 4.5). */
static enum spf_fact
select_record(struct spf *spf, struct spf_page *page,
    const struct dns_answer *answer)
{
	const struct dns_record *found = NULL;

	for (size_t i = 0; i < answer->count; i++) {
		if (!spf_record_is(answer->records[i].data))
			continue;
		if (found != NULL)
			return conclude(page, SPF_BROKEN, arena_printf(
			    spf->arena, "%.*s has several SPF records",
			    STR_ARG(page->name)));
		found = &answer->records[i];
	}
	if (found == NULL)
		return conclude(page, SPF_NO, str_concat(spf->arena,
		    page->name, answer->status == DNS_NXDOMAIN ?
		    STR(" does not exist") : STR(" has no SPF record"),
		    STR("")));
	return parse_page(spf, page, found->data);
}

static enum spf_fact
read_page(struct spf *spf, struct spf_page *page)
{
	const struct dns_answer *answer;

	/* RFC 7208 4.3. A dot within a label is "\046" in this form. */
	if (page->name.data == NULL)
		return conclude(page, SPF_NO,
		    "no valid domain name was given");
	if (str_find(page->name, '.') < 0)
		return conclude(page, SPF_NO, arena_printf(spf->arena,
		    "%.*s has one label alone", STR_ARG(page->name)));
	answer = dns_ask(spf->dns, page->name, DNS_TXT);
	if (answer == NULL)
		return SPF_UNKNOWN;
	if (answer->status == DNS_SERVFAIL || answer->status == DNS_TIMEOUT)
		return conclude(page, SPF_FAULT, spf_fault_reason(spf, answer,
		    page->name));
	return select_record(spf, page, answer);
}

enum spf_fact
spf_page_read(struct spf *spf, struct spf_page *page)
{
	if (page->fact == SPF_UNKNOWN)
		page->fact = read_page(spf, page);
	return page->fact;
}
