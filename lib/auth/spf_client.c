/* SPDX-License-Identifier: ISC */
/* spf_client.c - SPF: the client's address and its names. */
#include <string.h>

#include "auth/spf_private.h"

bool
spf_client_is(const struct spf *spf, const struct dns_record *record,
    uint8_t prefix)
{
	const struct netaddr *client = &spf->query.client;
	size_t bytes = prefix / 8;
	uint8_t mask = (uint8_t)(0xff00 >> prefix % 8);

	if (record->data.len != client->len)
		return false;
	if (memcmp(record->data.data, client->bytes, bytes) != 0)
		return false;
	return mask == 0 ||
	    (((uint8_t)record->data.data[bytes] ^ client->bytes[bytes]) & mask)
	    == 0;
}

enum dns_type
spf_address_type(const struct spf *spf)
{
	return spf->query.client.len == 4 ? DNS_A : DNS_AAAA;
}

/* Does this name have the client's address? A name that the DNS fails for is
 * passed over (RFC 7208 5.5). */
static enum spf_fact
leads_back(struct spf *spf, struct str name)
{
	const struct dns_answer *answer;

	answer = dns_ask(spf->dns, name, spf_address_type(spf));
	if (answer == NULL)
		return SPF_UNKNOWN;
	for (size_t i = 0; i < answer->count; i++)
		if (spf_client_is(spf, &answer->records[i],
		    (uint8_t)(spf->query.client.len * 8)))
			return SPF_YES;
	return SPF_NO;
}

/* The rest is ignored (RFC 7208 4.6.4). */
static size_t
name_count(const struct dns_answer *names)
{
	return names->count < SPF_NAMES_MAX ? names->count : SPF_NAMES_MAX;
}

static bool
is_below(struct str name, struct str domain)
{
	return name.len > domain.len && str_has_suffix_nocase(name, domain) &&
	    name.data[name.len - domain.len - 1] == '.';
}

/* Their name is made when first asked for: hardly a record wants it. */
static const struct dns_answer *
ask_names(struct spf *spf)
{
	if (spf->reverse.data == NULL)
		spf->reverse = dns_reverse_name(spf->arena,
		    spf->query.client.bytes, spf->query.client.len);
	return dns_ask(spf->dns, spf->reverse, DNS_PTR);
}

enum spf_fact
spf_client_is_named(struct spf *spf, struct str domain, bool *is_void_r)
{
	const struct dns_answer *names = ask_names(spf);
	enum spf_fact fact = SPF_NO;

	if (names == NULL)
		return SPF_UNKNOWN;
	*is_void_r = names->status == DNS_NODATA ||
	    names->status == DNS_NXDOMAIN;
	/* No early end: all are asked before one is waited for. */
	for (size_t i = 0; i < name_count(names); i++) {
		struct str name = names->records[i].data;
		enum spf_fact back;

		if (!str_eq_nocase(name, domain) && !is_below(name, domain))
			continue;
		back = leads_back(spf, name);
		if (back == SPF_YES || (back == SPF_UNKNOWN && fact == SPF_NO))
			fact = back;
	}
	return fact;
}

/* How good a validated name is for %{p}: the domain itself, else one below it,
 * else any (RFC 7208 7.3). */
static int
name_rank(struct str name, struct str domain)
{
	return str_eq_nocase(name, domain) ? 3 : is_below(name, domain) ? 2 : 1;
}

bool
spf_client_name(struct spf *spf, struct str domain, struct str *name_r)
{
	const struct dns_answer *names = ask_names(spf);
	bool is_known = true;
	int best = 0;

	*name_r = str_of(NULL, 0);
	if (names == NULL)
		return false;
	for (size_t i = 0; i < name_count(names); i++) {
		struct str name = names->records[i].data;
		enum spf_fact back = leads_back(spf, name);

		if (back == SPF_UNKNOWN)
			is_known = false;
		if (back == SPF_YES && name_rank(name, domain) > best) {
			best = name_rank(name, domain);
			*name_r = name;
		}
	}
	return is_known;
}
