/* SPDX-License-Identifier: ISC */
/* sa_networks.c - trusted_networks, internal_networks and msa_networks.
 *
 * Of two networks that an address is in the first in the file decides, and one
 * behind a wider one counts for nothing (NetSet.pm without Net::Patricia). What
 * is left decides by the longest prefix as well, so a set is a table by address
 * and prefix. All is IPv6, IPv4 as ::ffff:0:0/96: ::/0 has IPv4 too, which
 * mail/netlist.h keeps apart. */
#include "rules/place/sa_networks.h"

#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "mail/netlist.h"
#include "rules/draft.h"
#include "rules/sa_read_private.h"

#define PREFIX_MAX 128u
#define IPV4_PREFIX 96u

struct network {
	struct netaddr base;	/* len 16, no bits beyond prefix */
	unsigned prefix;
	struct str word;	/* that names it, perhaps among others */
	bool is_excluded;
	bool is_left_out;
};

struct network_set {
	struct map *networks;	/* struct network, by base and prefix */
	bool has_prefix[PREFIX_MAX + 1];
};

struct sa_networks {
	struct network_set sets[SA_NETWORK_KINDS];
	bool are_told[SA_NETWORK_KINDS];
};

static const char *const options[SA_NETWORK_KINDS] = { "trusted_networks",
	"internal_networks", "msa_networks" };

/* --- a word ------------------------------------------------------------------- */

static void
widen(struct netaddr *address)
{
	if (address->len != 4)
		return;
	memcpy(address->bytes + 12, address->bytes, 4);
	memset(address->bytes, 0, 10);
	memset(address->bytes + 10, 0xff, 2);
	address->len = 16;
}

static struct netaddr
mapped(uint32_t number)
{
	struct netaddr address = { .len = 4 };

	for (size_t i = 0; i < 4; i++)
		address.bytes[i] = (uint8_t)(number >> (24 - 8 * i));
	widen(&address);
	return address;
}

static void
add_network(struct vec *networks, const struct netaddr *base, unsigned prefix)
{
	*(struct network *)vec_push(networks) = (struct network){
		.base = netaddr_mask(base, prefix), .prefix = prefix };
}

/* "10.0.1.5", or its front: "10", "10.0.", "10.0.1". */
static int
parse_ipv4(struct str text, uint32_t *address_r, unsigned *octets_r)
{
	struct str piece;
	uint64_t octet;

	*address_r = 0;
	*octets_r = 0;
	while (*octets_r < 4 && str_cut(&text, '.', &piece)) {
		if (piece.len == 0 && text.data == NULL && *octets_r != 0)
			break;
		if (str_to_u64(piece, 255, &octet) < 0)
			return -1;
		*address_r |= (uint32_t)octet << (24 - 8 * (*octets_r)++);
	}
	return *octets_r != 0 && text.data == NULL ? 0 : -1;
}

/* "8" or, of IPv4, "255.0.0.0". */
static int
parse_mask(struct str text, unsigned most, unsigned *prefix_r)
{
	uint32_t mask;
	uint64_t bits;
	unsigned octets;

	if (str_to_u64(text, most, &bits) == 0) {
		*prefix_r = (unsigned)bits;
		return 0;
	}
	if (most != 32 || parse_ipv4(text, &mask, &octets) < 0 ||
	    octets != 4 || (~mask & (~mask + 1)) != 0)
		return -1;
	*prefix_r = (unsigned)__builtin_popcount(mask);
	return 0;
}

/* As few networks as have all from the one address to the other. */
static int
parse_range(struct str text, struct vec *networks)
{
	size_t dash = (size_t)str_find(text, '-');
	uint32_t first, last;
	unsigned octets, other;

	if (parse_ipv4(str_sub(text, 0, dash), &first, &octets) < 0 ||
	    parse_ipv4(str_from_pos(text, dash + 1), &last, &other) < 0 ||
	    octets != 4 || other != 4 || first > last)
		return -1;
	for (uint64_t at = first; at <= last;) {
		struct netaddr base = mapped((uint32_t)at);
		unsigned bits = 0;

		while (bits < 32 && (at & (UINT64_C(1) << bits)) == 0 &&
		    at + (UINT64_C(2) << bits) - 1 <= last)
			bits++;
		add_network(networks, &base, PREFIX_MAX - bits);
		at += UINT64_C(1) << bits;
	}
	return 0;
}

static int
parse_ipv6(struct str text, struct netaddr *address_r)
{
	if (text.len == 0 || text.data[0] == '[' ||
	    str_has_prefix_nocase(text, STR("IPv6:")) ||
	    netaddr_parse(text, address_r) < 0)
		return -1;
	widen(address_r);
	return 0;
}

/* Without brackets and a zone, which says nothing. */
static struct str
bare(struct str text)
{
	if (text.len >= 2 && text.data[0] == '[' &&
	    text.data[text.len - 1] == ']')
		text = str_sub(text, 1, text.len - 2);
	if (str_find(text, '%') >= 0)
		text.len = (size_t)str_find(text, '%');
	return text;
}

static int
parse_one(struct str text, struct vec *networks)
{
	ptrdiff_t slash = str_find(text, '/');
	struct str literal = bare(slash < 0 ? text :
	    str_sub(text, 0, (size_t)slash));
	unsigned octets, most = 32, prefix;
	struct netaddr base;
	uint32_t address;

	if (parse_ipv4(literal, &address, &octets) == 0) {
		base = mapped(address);
		prefix = 8 * octets;
	} else if (parse_ipv6(literal, &base) == 0) {
		most = prefix = PREFIX_MAX;
	} else {
		return -1;
	}
	if (slash >= 0 && parse_mask(str_from_pos(text, (size_t)slash + 1),
	    most, &prefix) < 0)
		return -1;
	add_network(networks, &base, PREFIX_MAX - most + prefix);
	return 0;
}

/* The networks that it names (struct network); -1: it names none. */
static int
parse_word(struct str word, struct vec *networks)
{
	bool is_excluded = word.len != 0 && word.data[0] == '!';
	struct str text = str_from_pos(word, is_excluded);

	networks->len = 0;
	if ((str_find(text, '-') >= 0 ? parse_range(text, networks) :
	    parse_one(text, networks)) < 0)
		return -1;
	for (size_t i = 0; i < networks->len; i++) {
		struct network *network = vec_at(networks, i);

		network->word = word;
		network->is_excluded = is_excluded;
	}
	return 0;
}

int
sa_network_check(struct arena *arena, struct str word, const char **error_r)
{
	struct vec networks;

	vec_init(&networks, arena, sizeof(struct network));
	if (parse_word(word, &networks) == 0)
		return 0;
	*error_r = arena_printf(arena, "this is no address and no network "
	    "(10.0.1.5, 10.0.1., 10.0.1.0/24, 2001:db8::/32, each with ! in "
	    "front to leave it out): %.*s", STR_ARG(word));
	return -1;
}

/* --- a set ---------------------------------------------------------------------- */

/* The narrowest that has all of this one. */
static const struct network *
find(const struct network_set *set, const struct netaddr *base, unsigned prefix)
{
	for (unsigned p = prefix + 1; p-- > 0;) {
		const struct network *found;
		struct netaddr key;

		if (!set->has_prefix[p])
			continue;
		key = netaddr_mask(base, p);
		key.len = (uint8_t)p;
		found = map_find(set->networks, str_of((const char *)&key,
		    sizeof(key)));
		if (found != NULL && !found->is_left_out)
			return found;
	}
	return NULL;
}

static void
put(struct network_set *set, struct arena *arena,
    const struct network *network)
{
	struct netaddr key = network->base;

	key.len = (uint8_t)network->prefix;
	set->has_prefix[network->prefix] = true;
	map_put(set->networks, str_of((const char *)&key, sizeof(key)),
	    arena_memdup(arena, network, sizeof(*network)));
}

static bool
has(const struct network_set *set, const struct netaddr *base, unsigned prefix)
{
	const struct network *found = find(set, base, prefix);

	return found != NULL && !found->is_excluded;
}

static void
note(struct draft *draft, const char *option, const struct network *network,
    const char *why, struct str of)
{
	draft_note(draft, DRAFT_ERROR, (struct draft_origin){ 0 },
	    str_from(option), "%.*s counts for nothing: %s %.*s",
	    STR_ARG(network->word), why, STR_ARG(of));
}

/* What is said twice counts once. */
static void
add_word(struct draft *draft, struct network_set *set, const char *option,
    const struct vec *networks)
{
	const struct network *wider, *behind = NULL, *network = NULL;

	for (size_t i = 0; i < networks->len; i++) {
		network = vec_at(networks, i);
		wider = find(set, &network->base, network->prefix);
		if (wider == NULL)
			put(set, draft->arena, network);
		else if (wider->is_excluded != network->is_excluded)
			behind = wider;
	}
	if (behind != NULL)
		note(draft, option, network, "the first that has an address "
		    "decides, and in front of it stands", behind->word);
}

static void
add_line(struct draft *draft, struct network_set *set, const char *option,
    struct str line)
{
	struct vec networks;
	struct str word;

	vec_init(&networks, draft->arena, sizeof(struct network));
	while ((word = sa_cut_word(&line)).len != 0)
		if (parse_word(word, &networks) == 0)
			add_word(draft, set, option, &networks);
}

static void
read_set(struct draft *draft, struct network_set *set, const char *option,
    bool has_loopback)
{
	const struct vec *lines = draft_lines(draft, option);

	set->networks = map_new(draft->arena);
	if (has_loopback)
		add_line(draft, set, option, STR("127.0.0.0/8 ::1"));
	for (size_t i = 0; i < lines->len; i++)
		add_line(draft, set, option, *(struct str *)vec_at(lines, i));
}

/* Networks of set that are not wholly in one of outer. */
static void
leave_out(struct draft *draft, struct network_set *set, const char *option,
    const struct network_set *outer, const char *outer_option)
{
	const char *noted = NULL;
	struct str key;
	size_t at = 0;
	void *value;

	while (map_next(set->networks, &at, &key, &value)) {
		struct network *network = value;

		if (network->is_excluded || has(outer, &network->base,
		    network->prefix))
			continue;
		network->is_left_out = true;
		if (network->word.data != noted)
			note(draft, option, network, "not all of it is in",
			    str_from(outer_option));
		noted = network->word.data;
	}
}

const struct sa_networks *
sa_networks_new(struct draft *draft)
{
	struct sa_networks *networks = arena_zalloc(draft->arena,
	    sizeof(*networks));
	bool *are_told = networks->are_told;
	enum sa_network_kind outer;

	for (size_t i = 0; i < SA_NETWORK_KINDS; i++)
		are_told[i] = draft_lines(draft, options[i])->len != 0;
	outer = are_told[SA_NETWORKS_TRUSTED] ? SA_NETWORKS_TRUSTED :
	    SA_NETWORKS_INTERNAL;
	if (!are_told[outer]) {
		if (are_told[SA_NETWORKS_MSA])
			draft_note(draft, DRAFT_ERROR,
			    (struct draft_origin){ 0 },
			    str_from(options[SA_NETWORKS_MSA]), "it counts "
			    "only beside trusted_networks or "
			    "internal_networks");
		return NULL;
	}
	for (size_t i = 0; i < SA_NETWORK_KINDS; i++) {
		read_set(draft, &networks->sets[i], options[i],
		    i != SA_NETWORKS_MSA);
		if (i > outer)
			leave_out(draft, &networks->sets[i], options[i],
			    &networks->sets[outer], options[outer]);
	}
	if (outer == SA_NETWORKS_INTERNAL)
		networks->sets[SA_NETWORKS_TRUSTED] = networks->sets[outer];
	return networks;
}

/* --- asked ------------------------------------------------------------------------ */

bool
sa_networks_have(const struct sa_networks *networks,
    enum sa_network_kind kind, struct str ip)
{
	struct netaddr address;

	if (netaddr_parse(ip, &address) < 0)
		return false;
	widen(&address);
	return has(&networks->sets[kind], &address, PREFIX_MAX);
}

bool
sa_networks_tell_internal(const struct sa_networks *networks)
{
	return networks->are_told[SA_NETWORKS_INTERNAL];
}
