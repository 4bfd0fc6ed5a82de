/* SPDX-License-Identifier: ISC */
/* dmarc_identifier.c - which identifiers are aligned with the author domain. */
#include "auth/dmarc_identifier.h"

#include "auth/dmarc_walk.h"
#include "auth/spf.h"
#include "base/arena.h"
#include "base/vec.h"
#include "mail/address.h"
#include "mail/public_suffix.h"

/* So many signatures are told of by name. */
#define DESCRIBED_MAX 3

static const char *const method_words[] = {
	[DMARC_SPF] = "SPF",
	[DMARC_DKIM] = "DKIM",
};

/* --- collecting ------------------------------------------------------------- */

/* The domain may be any text: what is no domain name is nobody's. */
static void
add(struct dmarc_identifiers *identifiers, struct arena *arena,
    enum dmarc_method method, enum result result, struct str domain)
{
	struct dmarc_identifier *identifier =
	    &identifiers->items[identifiers->count++];

	*identifier = (struct dmarc_identifier){ .method = method,
		.result = result };
	if (domain_canonical(arena, domain, &identifier->domain) < 0) {
		identifier->domain = str_of(NULL, 0);
		identifier->alignment = DMARC_UNALIGNED;
	}
}

/* A pass by a key in test mode (t=y) counts like any: the signature validates,
 * which makes d= an authenticated identifier (RFC 9989 4.4.1), and the signer is
 * none the worse for the test (RFC 6376 3.6.1). */
void
dmarc_identifiers_collect(struct arena *arena, struct str author,
    const struct spf_verdict *spf, const struct dkim_verdicts *dkim,
    struct dmarc_identifiers *identifiers_r)
{
	*identifiers_r = (struct dmarc_identifiers){ .author = author,
		.has_spf = spf != NULL, .has_dkim = dkim != NULL };
	if (spf != NULL)
		add(identifiers_r, arena, DMARC_SPF, spf->result, spf->domain);
	for (size_t i = 0; dkim != NULL && i < dkim->count &&
	    i < DKIM_SIGNATURES_MAX; i++)
		add(identifiers_r, arena, DMARC_DKIM, dkim->verdicts[i].result,
		    str_from(dkim->verdicts[i].domain));
}

/* --- alignment -------------------------------------------------------------- */

static struct str
top_label(struct str domain)
{
	return str_from_pos(domain, (size_t)(str_find_last(domain, '.') + 1));
}

bool
dmarc_identifier_is_likely(struct str domain, struct str author)
{
	struct str ours = public_suffix_registrable(author);
	struct str theirs = public_suffix_registrable(domain);

	return ours.data != NULL && theirs.data != NULL &&
	    str_eq(ours, theirs);
}

/* Have both the same organizational domain? A walk ends at the name itself or
 * at one above it, whatever psd= says on the way (4.10.2). So what is not within
 * the organizational domain of the author has another one, and needs no walk. */
static enum dmarc_alignment
compare_organizations(struct arena *arena, struct dns_view *dns,
    struct str domain, struct str author)
{
	struct dmarc_org ours, theirs;

	switch (dmarc_walk_org(arena, dns, author, &ours)) {
	case DMARC_WALK_WAIT:
		/* Both at once, where the second is likely to matter. */
		if (dmarc_identifier_is_likely(domain, author))
			dmarc_walk_org(arena, dns, domain, &theirs);
		return DMARC_ALIGNMENT_OPEN;
	case DMARC_WALK_FAULT:
		return DMARC_ALIGNMENT_FAULT;
	case DMARC_WALK_DONE:
		break;
	}
	if (!domain_is_within(domain, ours.domain))
		return DMARC_UNALIGNED;
	switch (dmarc_walk_org(arena, dns, domain, &theirs)) {
	case DMARC_WALK_WAIT:
		return DMARC_ALIGNMENT_OPEN;
	case DMARC_WALK_FAULT:
		return DMARC_ALIGNMENT_FAULT;
	case DMARC_WALK_DONE:
		break;
	}
	return str_eq(theirs.domain, ours.domain) ? DMARC_ALIGNED
	    : DMARC_UNALIGNED;
}

/* No question where names tell: equal ones are aligned in either mode (4.10.2),
 * and organizational domains have a top label in common at least. */
static void
align(struct dmarc_identifier *identifier, struct arena *arena,
    struct dns_view *dns, struct str author, const struct dmarc_record *record)
{
	bool is_strict = identifier->method == DMARC_SPF
	    ? record->is_spf_strict : record->is_dkim_strict;

	if (str_eq(identifier->domain, author)) {
		identifier->alignment = DMARC_ALIGNED;
	} else if (is_strict || !str_eq(top_label(identifier->domain),
	    top_label(author))) {
		identifier->alignment = DMARC_UNALIGNED;
		identifier->is_too_loose = is_strict &&
		    dmarc_identifier_is_likely(identifier->domain, author);
	} else {
		identifier->alignment = compare_organizations(arena, dns,
		    identifier->domain, author);
	}
}

const struct dmarc_identifier *
dmarc_identifiers_find(const struct dmarc_identifiers *identifiers,
    enum dmarc_method method, enum result result,
    enum dmarc_alignment alignment)
{
	for (size_t i = 0; i < identifiers->count; i++) {
		const struct dmarc_identifier *identifier =
		    &identifiers->items[i];

		if (identifier->method == method &&
		    identifier->result == result &&
		    identifier->alignment == alignment)
			return identifier;
	}
	return NULL;
}

static bool
is_decided(const struct dmarc_identifiers *identifiers,
    enum dmarc_method method, enum result result)
{
	return dmarc_identifiers_find(identifiers, method, result,
	    DMARC_ALIGNED) != NULL ||
	    dmarc_identifiers_find(identifiers, method, result,
	    DMARC_ALIGNMENT_OPEN) == NULL;
}

bool
dmarc_identifiers_align(struct dmarc_identifiers *identifiers,
    struct arena *arena, struct dns_view *dns,
    const struct dmarc_record *record, enum result result)
{
	for (size_t i = 0; i < identifiers->count; i++) {
		struct dmarc_identifier *identifier = &identifiers->items[i];

		if (identifier->result == result &&
		    identifier->alignment == DMARC_ALIGNMENT_OPEN &&
		    !is_decided(identifiers, identifier->method, result))
			align(identifier, arena, dns, identifiers->author,
			    record);
	}
	return is_decided(identifiers, DMARC_SPF, result) &&
	    is_decided(identifiers, DMARC_DKIM, result);
}

/* --- telling ---------------------------------------------------------------- */

static void
tell_one(struct buf *text, const struct dmarc_identifier *identifier)
{
	buf_add_text(text, method_words[identifier->method]);
	if (identifier->result == RESULT_PASS)
		buf_add_text(text, " passes");
	else if (identifier->result == RESULT_FAIL)
		buf_add_text(text, " fails");
	else
		buf_printf(text, " is %s", result_text(identifier->result));
	if (identifier->domain.data != NULL)
		buf_printf(text, " for %.*s", STR_ARG(identifier->domain));
	if (identifier->result != RESULT_PASS)
		return;
	if (identifier->is_too_loose)
		buf_printf(text, ", which a%s=s rules out",
		    identifier->method == DMARC_SPF ? "spf" : "dkim");
	else if (identifier->alignment == DMARC_ALIGNMENT_FAULT)
		buf_add_text(text, ", whose organizational domain the DNS "
		    "does not tell");
}

/* SPF stands first, there is one. */
const char *
dmarc_identifiers_describe(struct arena *arena,
    const struct dmarc_identifiers *identifiers)
{
	size_t spf_count = identifiers->has_spf ? 1 : 0;
	size_t told = spf_count + DESCRIBED_MAX;
	struct buf text;

	buf_init(&text, arena);
	buf_reserve(&text, 100);
	if (!identifiers->has_spf)
		buf_add_text(&text, "SPF was not judged");
	for (size_t i = 0; i < identifiers->count && i < told; i++) {
		buf_add_text(&text, text.len != 0 ? ", " : "");
		tell_one(&text, &identifiers->items[i]);
	}
	if (identifiers->count > told)
		buf_printf(&text, ", and %zu more signatures",
		    identifiers->count - told);
	else if (!identifiers->has_dkim)
		buf_add_text(&text, ", DKIM was not judged");
	else if (identifiers->count == spf_count)
		buf_add_text(&text, ", no DKIM signature");
	return buf_str(&text).data;
}
