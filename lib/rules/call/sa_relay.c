/* SPDX-License-Identifier: ISC */
/* sa_relay.c - eval: tests of the hosts that a message came through
 * (Plugin/RelayEval.pm). */
#include "rules/call/sa_eval.h"

#include "base/arena.h"

/* The relays outside of ours; the newest has number 0. NULL: no more. */
static const struct sa_relay *
untrusted(const struct sa_relays *relays, size_t number)
{
	number += relays->trusted_count;
	return number < relays->relays.len ? vec_at(&relays->relays, number) :
	    NULL;
}

static double
run_all_trusted(struct view *view, const void *prepared)
{
	const struct sa_relays *relays = sa_relays(view);

	(void)prepared;
	return relays->trusted_count != 0 &&
	    relays->trusted_count == relays->relays.len &&
	    relays->unparseable == 0;
}

static double
run_no_relays(struct view *view, const void *prepared)
{
	const struct sa_relays *relays = sa_relays(view);

	(void)prepared;
	return relays->relays.len == 0 && relays->unparseable == 0;
}

static double
run_unparseable(struct view *view, const void *prepared)
{
	(void)prepared;
	return sa_relays(view)->unparseable != 0;
}

/* "192.0.2." of "192.0.2.1". */
static struct str
network_of(struct str ip)
{
	return str_sub(ip, 0, (size_t)(str_find_last(ip, '.') + 1));
}

/* A greeting by an address of another network. */
static bool
is_mismatch(const struct sa_relay *relay)
{
	return sa_is_ipv4(relay->helo) && !sa_ip_is_private(relay->helo) &&
	    sa_is_ipv4(relay->ip) && !relay->is_private &&
	    !str_eq(network_of(relay->helo), network_of(relay->ip));
}

static double
run_helo_mismatch(struct view *view, const void *prepared)
{
	const struct sa_relays *relays = sa_relays(view);
	const struct sa_relay *relay;

	(void)prepared;
	for (size_t i = 0; (relay = untrusted(relays, i)) != NULL; i++)
		if (is_mismatch(relay))
			return 1;
	return 0;
}

/* A large provider's name from a host that has none. */
static bool
claims_provider(struct str helo)
{
	static const struct str names[] = { STR("lycos.com"),
		STR("lycos.co.uk"), STR("hotmail.com"), STR("localhost.com"),
		STR("excite.com"), STR("caramail.com"), STR("cs.com"),
		STR("aol.com"), STR("msn.com"), STR("yahoo.com"),
		STR("drizzle.com") };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_has_suffix_nocase(helo, names[i]) &&
		    (helo.len == names[i].len ||
		    helo.data[helo.len - names[i].len - 1] == '.'))
			return true;
	return false;
}

static double
run_no_rdns_helo(struct view *view, const void *prepared)
{
	const struct sa_relays *relays = sa_relays(view);
	const struct sa_relay *relay;
	double hits = 0;

	(void)prepared;
	for (size_t i = 0; (relay = untrusted(relays, i)) != NULL; i++)
		if (!relay->is_private)
			hits = claims_provider(relay->helo) && relay->no_rdns;
	return hits;
}

/* --- a chain that does not hold together -------------------------------------------------- */

/* The last two labels, or three where the last is a country's. */
static struct str
short_domain(struct arena *arena, struct str host)
{
	struct str lower = str_lower(arena, host), rest = lower, last;
	size_t wanted, dots = 0;
	bool has_letter = false;

	for (size_t i = 0; i < lower.len; i++) {
		has_letter |= char_is_alpha(lower.data[i]);
		dots += lower.data[i] == '.';
	}
	if (!has_letter || dots == 0)
		return lower;
	last = str_from_pos(lower, (size_t)str_find_last(lower, '.') + 1);
	wanted = last.len >= 3 || sa_has(last, "ie") || sa_has(last, "fr") ||
	    sa_has(last, "de") ? 1 : 2;
	if (dots < wanted)
		return lower;
	for (; dots > wanted; dots--)
		rest = str_from_pos(rest, (size_t)str_find(rest, '.') + 1);
	return rest;
}

/* "example.org": words with a dot between. */
static bool
is_name(struct str name)
{
	ptrdiff_t dot = str_find(name, '.');

	if (dot <= 0 || str_find_last(name, '.') + 1 == (ptrdiff_t)name.len)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!char_is_alnum(name.data[i]) &&
		    strchr("._-", name.data[i]) == NULL)
			return false;
	return char_is_alnum(name.data[0]) || name.data[0] == '_';
}

/* The name of the host that handed over; "" for the host itself. */
static struct str
from_of(struct arena *arena, const struct sa_relay *relay)
{
	if (relay == NULL || (str_is(relay->ip, "127.0.0.1") &&
	    (str_is_nocase(relay->rdns, "localhost") ||
	    str_is_nocase(relay->rdns, "localhost.localdomain"))))
		return STR("");
	return short_domain(arena, relay->rdns);
}

static double
run_forged_trail(struct view *view, const void *prepared)
{
	const struct sa_relays *relays = sa_relays(view);
	const struct sa_relay *relay, *before = NULL;
	unsigned mismatches = 0;

	(void)prepared;
	for (size_t i = 0; (relay = untrusted(relays, i)) != NULL; i++) {
		struct str by = short_domain(view->arena, relay->by);
		struct str from = from_of(view->arena, before);

		before = relay;
		if (is_name(by) && is_name(from) && !str_eq(by, from) &&
		    !(str_is(by, "msn.com") && str_is(from, "hotmail.com")))
			mismatches++;
	}
	return mismatches > 1;
}

/* Has the sender's domain the host that handed the message over? */
static double
run_mailfrom_rcvd(struct view *view, const void *prepared)
{
	const struct sa_relays *relays = sa_relays(view);
	struct str sender = sa_address_of(view, "envelopefrom"), domain;
	size_t from = relays->trusted_count < relays->relays.len ?
	    relays->trusted_count : 0;

	(void)prepared;
	domain = sa_domain_of(view->arena, sender);
	if (str_find(domain, '.') <= 0)
		return 0;
	domain = sa_registrable(view, domain);
	for (size_t i = from; i < relays->relays.len; i++) {
		const struct sa_relay *relay = vec_at(&relays->relays, i);

		if (relay->rdns.len != 0 && str_eq(domain,
		    sa_registrable(view, relay->rdns)))
			return 1;
		if (!relay->is_trusted)
			break;
	}
	return 0;
}

/* --- greetings and names ---------------------------------------------------------------- */

/* Of a private network too: it was meant otherwise there, and never was. */
static double
run_numeric_helo(struct view *view, const void *prepared)
{
	const struct sa_relays *relays = sa_relays(view);
	const struct sa_relay *relay;

	(void)prepared;
	for (size_t i = 0; (relay = untrusted(relays, i)) != NULL; i++)
		if (sa_is_ipv4(relay->helo))
			return 1;
	return 0;
}

/* The first host of all has a name, and is of a public network. */
static double
run_sender_name(struct view *view, const void *prepared)
{
	const struct sa_relays *relays = sa_relays(view);
	const struct sa_relay *first;

	(void)prepared;
	if (relays->trusted_count >= relays->relays.len)
		return 0;
	first = vec_at(&relays->relays, relays->relays.len - 1);
	return str_find(first->rdns, '.') >= 0 && !first->is_private;
}

/* "192.0." of "192.0.2.1". */
static struct str
wide_network_of(struct str ip)
{
	ptrdiff_t dot = str_find(ip, '.');

	return str_sub(ip, 0, (size_t)(dot + 1) + (size_t)(str_find(
	    str_from_pos(ip, (size_t)(dot + 1)), '.') + 1));
}

/* A greeting by an address of quite another network. */
static double
run_forged_helo(struct view *view, const void *prepared)
{
	const struct sa_relays *relays = sa_relays(view);
	const struct sa_relay *relay;

	(void)prepared;
	for (size_t i = 0; (relay = untrusted(relays, i)) != NULL; i++)
		if (is_name(short_domain(view->arena, relay->by)) &&
		    sa_is_ipv4(relay->helo) && sa_is_ipv4(relay->ip) &&
		    !sa_ip_is_private(relay->helo) &&
		    !str_eq(wide_network_of(relay->helo),
		    wide_network_of(relay->ip)))
			return 1;
	return 0;
}

/* Does name end in domain, at the edge of a word? */
static bool
ends_in(struct str name, struct str domain)
{
	char before;

	if (domain.len == 0 || name.len < domain.len ||
	    !str_eq(str_from_pos(name, name.len - domain.len), domain))
		return false;
	if (name.len == domain.len)
		return true;
	before = name.data[name.len - domain.len - 1];
	return !char_is_alnum(before) && before != '_';
}

/* Of mail that claims to be of a domain: did its hosts hand it over to each
 * other? */
static double
run_from_domain(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const struct vec *relays = &sa_relays(view)->relays;
	struct str domain = args->texts[0];
	struct str from = str_lower(view->arena, sa_address_of(view, "from"));
	bool is_handed = false;

	if (!ends_in(from, str_lower(view->arena, domain)))
		return 0;
	for (size_t i = 0; i < relays->len; i++) {
		const struct sa_relay *relay = vec_at(relays, i);

		is_handed |= ends_in(relay->rdns, domain) &&
		    ends_in(relay->by, domain);
	}
	return is_handed == str_is(args->texts[1], "true");
}

const struct call call_check_for_numeric_helo = { "check_for_numeric_helo",
	NULL, NULL, run_numeric_helo };
const struct call call_check_for_sender_no_reverse = {
	"check_for_sender_no_reverse", NULL, NULL, run_sender_name };
const struct call call_check_for_forged_received_ip_helo = {
	"check_for_forged_received_ip_helo", NULL, NULL, run_forged_helo };
const struct call call_check_for_from_domain_in_received_headers = {
	"check_for_from_domain_in_received_headers",
	"the domain stands at the end of the names", sa_prepare_args,
	run_from_domain };
const struct call call_check_all_trusted = { "check_all_trusted", NULL, NULL,
	run_all_trusted };
const struct call call_check_no_relays = { "check_no_relays", NULL, NULL,
	run_no_relays };
const struct call call_check_relays_unparseable = {
	"check_relays_unparseable", NULL, NULL, run_unparseable };
const struct call call_helo_ip_mismatch = { "helo_ip_mismatch", NULL, NULL,
	run_helo_mismatch };
const struct call call_check_for_no_rdns_dotcom_helo = {
	"check_for_no_rdns_dotcom_helo", NULL, NULL, run_no_rdns_helo };
const struct call call_check_for_forged_received_trail = {
	"check_for_forged_received_trail", NULL, NULL, run_forged_trail };
const struct call call_check_mailfrom_matches_rcvd = {
	"check_mailfrom_matches_rcvd", NULL, NULL, run_mailfrom_rcvd };
