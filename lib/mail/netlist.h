/* SPDX-License-Identifier: ISC */
/* netlist.h - lists of networks, and addresses of clients. */
#ifndef MAIL_NETLIST_H
#define MAIL_NETLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct arena;
struct setting_list;
struct sockaddr;

/* An IPv4 (len 4) or IPv6 (len 16) address; len 0: none (a UNIX socket). An
 * IPv4-mapped IPv6 address (::ffff:a.b.c.d) is stored as IPv4. */
struct netaddr {
	uint8_t bytes[16];
	uint8_t len;
};

#define NETADDR_TEXT_SIZE 46

/* "192.0.2.1", "2001:db8::1", "IPv6:2001:db8::1", "[…]". -1: it is not one. */
int netaddr_parse(struct str text, struct netaddr *addr_r);
/* Of a peer; NULL or another family than IPv4 and IPv6 gives none. */
void netaddr_from_socket(const struct sockaddr *peer, struct netaddr *addr_r);
const char *netaddr_format(const struct netaddr *addr,
    char text[NETADDR_TEXT_SIZE]);
bool netaddr_eq(const struct netaddr *a, const struct netaddr *b);
bool netaddr_is_loopback(const struct netaddr *addr);

/* addr without the bits beyond the prefix. */
struct netaddr netaddr_mask(const struct netaddr *addr, unsigned prefix);
/* "192.0.2.0/24", or an address, which has all of its bits as prefix. -1 with
 * the reason; the text lives in arena. */
int network_parse(struct arena *arena, struct str text,
    struct netaddr *base_r, unsigned *prefix_r, const char **error_r);

struct netlist;

/* Parse "192.0.2.0/24", "2001:db8::/32", single addresses, "!192.0.2.7" to
 * exclude; the most specific entry decides, whatever the order. An IPv4-mapped
 * network counts as IPv4; "::/0" has no IPv4 address in it. NULL with the
 * reason, which names the entry (bits beyond the mask are an error that says
 * what was meant). An empty list has nobody. */
struct netlist *netlist_parse(struct arena *arena,
    const struct setting_list *texts, const char **error_r);
bool netlist_has(const struct netlist *list, const struct netaddr *addr);

#endif
