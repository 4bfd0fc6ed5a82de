/* SPDX-License-Identifier: ISC */
/* netlist.c - networks in one sorted array; the longest prefix decides. */
#include "mail/netlist.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/setting.h"
#include "base/vec.h"

struct network {
	struct netaddr base;	/* bits beyond prefix are zero */
	uint8_t prefix;
	bool is_excluded;
};

/* Sorted by family, then longest prefix, then bytes: the networks of one prefix
 * length stand together, and each such run is searched by bisection. */
struct run {
	uint8_t len;		/* of the addresses: 4, 16 */
	uint8_t prefix;
	size_t first, count;
};

struct netlist {
	const struct network *networks;
	const struct run *runs;
	size_t run_count;
};

static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

static void
unmap(struct netaddr *addr)
{
	if (addr->len != 16 ||
	    memcmp(addr->bytes, mapped_prefix, sizeof(mapped_prefix)) != 0)
		return;
	memmove(addr->bytes, addr->bytes + 12, 4);
	memset(addr->bytes + 4, 0, 12);
	addr->len = 4;
}

/* As written: a mapped address stays IPv6. */
static int
parse_literal(struct str text, struct netaddr *addr_r)
{
	char copy[INET6_ADDRSTRLEN];

	*addr_r = (struct netaddr){ .len = 0 };
	if (text.len >= 2 && text.data[0] == '[' &&
	    text.data[text.len - 1] == ']')
		text = str_sub(text, 1, text.len - 2);
	if (str_has_prefix_nocase(text, STR("IPv6:")))
		text = str_from_pos(text, 5);
	if (text.len == 0 || text.len >= sizeof(copy) ||
	    str_find(text, '\0') >= 0)
		return -1;
	memcpy(copy, text.data, text.len);
	copy[text.len] = '\0';
	if (inet_pton(AF_INET, copy, addr_r->bytes) == 1)
		addr_r->len = 4;
	else if (inet_pton(AF_INET6, copy, addr_r->bytes) == 1)
		addr_r->len = 16;
	return addr_r->len != 0 ? 0 : -1;
}

int
netaddr_parse(struct str text, struct netaddr *addr_r)
{
	if (parse_literal(text, addr_r) < 0)
		return -1;
	unmap(addr_r);
	return 0;
}

void
netaddr_from_socket(const struct sockaddr *peer, struct netaddr *addr_r)
{
	*addr_r = (struct netaddr){ .len = 0 };
	if (peer != NULL && peer->sa_family == AF_INET) {
		addr_r->len = 4;
		memcpy(addr_r->bytes, &((const struct sockaddr_in *)
		    peer)->sin_addr, 4);
	} else if (peer != NULL && peer->sa_family == AF_INET6) {
		addr_r->len = 16;
		memcpy(addr_r->bytes, &((const struct sockaddr_in6 *)
		    peer)->sin6_addr, 16);
		unmap(addr_r);
	}
}

static char *
put_octet(char *to, unsigned octet)
{
	if (octet >= 100)
		*to++ = (char)('0' + octet / 100);
	if (octet >= 10)
		*to++ = (char)('0' + octet / 10 % 10);
	*to++ = (char)('0' + octet % 10);
	return to;
}

/* inet_ntop() makes an IPv4 address by printf, and each message has its own
 * several times. */
static void
format_ipv4(const uint8_t bytes[4], char text[NETADDR_TEXT_SIZE])
{
	for (int i = 0; i < 4; i++) {
		text = put_octet(text, bytes[i]);
		*text++ = i < 3 ? '.' : '\0';
	}
}

const char *
netaddr_format(const struct netaddr *addr, char text[NETADDR_TEXT_SIZE])
{
	text[0] = '\0';
	if (addr->len == 4)
		format_ipv4(addr->bytes, text);
	else if (addr->len != 0)
		inet_ntop(AF_INET6, addr->bytes, text, NETADDR_TEXT_SIZE);
	return text;
}

bool
netaddr_eq(const struct netaddr *a, const struct netaddr *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

bool
netaddr_is_loopback(const struct netaddr *addr)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (addr->len == 4)
		return addr->bytes[0] == 127;
	return addr->len == 16 && memcmp(addr->bytes, one, 16) == 0;
}

struct netaddr
netaddr_mask(const struct netaddr *addr, unsigned prefix)
{
	struct netaddr masked = *addr;
	size_t whole = prefix / 8;

	if (whole < addr->len) {
		masked.bytes[whole] &= (uint8_t)(0xff00U >> (prefix % 8));
		memset(masked.bytes + whole + 1, 0, addr->len - whole - 1);
	}
	return masked;
}

static int
compare_bytes(const struct network *a, const struct network *b)
{
	return memcmp(a->base.bytes, b->base.bytes, a->base.len);
}

static int
compare_networks(const void *one, const void *other)
{
	const struct network *a = one, *b = other;

	if (a->base.len != b->base.len)
		return a->base.len - b->base.len;
	if (a->prefix != b->prefix)
		return b->prefix - a->prefix;
	return compare_bytes(a, b);
}

/* "ADDRESS/PREFIX" with nothing set beyond the prefix. */
static int
parse_prefix(struct arena *arena, struct str bits, struct network *network,
    const char **error_r)
{
	struct netaddr *base = &network->base, masked;
	unsigned most = base->len * 8U;
	char text[NETADDR_TEXT_SIZE];
	uint64_t prefix;

	if (str_to_u64(bits, most, &prefix) < 0) {
		*error_r = arena_printf(arena,
		    "'%.*s' is no prefix length of 0 to %u", STR_ARG(bits),
		    most);
		return -1;
	}
	masked = netaddr_mask(base, (unsigned)prefix);
	if (!netaddr_eq(base, &masked)) {
		*error_r = arena_printf(arena,
		    "bits are set beyond the mask, did you mean '%s/%u'?",
		    netaddr_format(&masked, text), (unsigned)prefix);
		return -1;
	}
	if (prefix >= 96)
		unmap(base);
	network->prefix = (uint8_t)(base->len * 8 - (most - prefix));
	return 0;
}

int
network_parse(struct arena *arena, struct str text, struct netaddr *base_r,
    unsigned *prefix_r, const char **error_r)
{
	struct network network = { .is_excluded = false };
	ptrdiff_t slash = str_find(text, '/');
	struct str literal = slash < 0 ? text
	    : str_sub(text, 0, (size_t)slash);

	*error_r = "it is no address and no network (192.0.2.0/24, "
	    "2001:db8::/32)";
	if (slash < 0) {
		if (netaddr_parse(literal, &network.base) < 0)
			return -1;
		network.prefix = (uint8_t)(network.base.len * 8);
	} else if (parse_literal(literal, &network.base) < 0 ||
	    parse_prefix(arena, str_from_pos(text, (size_t)slash + 1),
	    &network, error_r) < 0) {
		return -1;
	}
	*base_r = network.base;
	*prefix_r = network.prefix;
	return 0;
}

static int
parse_network(struct arena *arena, struct str text, struct network *network,
    const char **error_r)
{
	unsigned prefix = 0;

	network->is_excluded = text.len != 0 && text.data[0] == '!';
	if (network_parse(arena, str_from_pos(text, network->is_excluded),
	    &network->base, &prefix, error_r) < 0)
		return -1;
	network->prefix = (uint8_t)prefix;
	return 0;
}

/* Drop what stands twice, note where each prefix length begins. */
static int
index_networks(struct arena *arena, struct vec *networks,
    struct netlist *list, const char **error_r)
{
	struct network *items = networks->items;
	struct vec runs;
	size_t kept = 0;

	vec_init(&runs, arena, sizeof(struct run));
	for (size_t i = 0; i < networks->len; i++) {
		struct network *last = kept != 0 ? &items[kept - 1] : NULL;
		struct run *run;

		if (last != NULL && compare_networks(last, &items[i]) == 0) {
			if (last->is_excluded == items[i].is_excluded)
				continue;
			char text[NETADDR_TEXT_SIZE];

			*error_r = arena_printf(arena, "'%s/%u' stands both "
			    "with and without '!'",
			    netaddr_format(&last->base, text), last->prefix);
			return -1;
		}
		if (last == NULL || last->base.len != items[i].base.len ||
		    last->prefix != items[i].prefix) {
			run = vec_push(&runs);
			run->first = kept;
			run->len = items[i].base.len;
			run->prefix = items[i].prefix;
		}
		run = vec_at(&runs, runs.len - 1);
		run->count++;
		items[kept++] = items[i];
	}
	list->networks = items;
	list->runs = runs.items;
	list->run_count = runs.len;
	return 0;
}

struct netlist *
netlist_parse(struct arena *arena, const struct setting_list *texts,
    const char **error_r)
{
	struct netlist *list = arena_zalloc(arena, sizeof(*list));
	struct vec networks;
	const char *why;

	vec_init(&networks, arena, sizeof(struct network));
	for (size_t i = 0; i < texts->count; i++) {
		if (parse_network(arena, str_from(texts->texts[i]),
		    vec_push(&networks), &why) == 0)
			continue;
		*error_r = arena_printf(arena, "network '%s': %s",
		    texts->texts[i], why);
		return NULL;
	}
	if (networks.len != 0)
		qsort(networks.items, networks.len, sizeof(struct network),
		    compare_networks);
	return index_networks(arena, &networks, list, error_r) == 0
	    ? list : NULL;
}

static int
compare_base(const void *key, const void *item)
{
	return compare_bytes(key, item);
}

bool
netlist_has(const struct netlist *list, const struct netaddr *addr)
{
	for (size_t i = 0; i < list->run_count; i++) {
		const struct run *run = &list->runs[i];
		const struct network *found;
		struct network key = { .is_excluded = false };

		if (run->len != addr->len)
			continue;
		key.base = netaddr_mask(addr, run->prefix);
		found = bsearch(&key, list->networks + run->first, run->count,
		    sizeof(key), compare_base);
		if (found != NULL)
			return !found->is_excluded;
	}
	return false;
}
