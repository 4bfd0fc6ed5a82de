/* SPDX-License-Identifier: ISC */
/* forwarders.h - hosts and signers that the administrator trusts to forward
 * mail of others (DESIGN 5.6). */
#ifndef MAIL_FORWARDERS_H
#define MAIL_FORWARDERS_H

#include <stdbool.h>

#include "base/str.h"
#include "mail/netlist.h"

struct arena;
struct setting_list;

struct forwarders;

/* Parse "192.0.2.0/24" and "!192.0.2.7" (netlist.h), "lists.example.org" and
 * "*.example.org" (domain_matches()). NULL with the reason, which names the
 * entry. An empty list has nobody. */
struct forwarders *forwarders_parse(struct arena *arena,
    const struct setting_list *texts, const char **error_r);

bool forwarders_have_address(const struct forwarders *forwarders,
    const struct netaddr *address);
/* domain: canonical; of a client's verified name, or a signer's d=. */
bool forwarders_have_domain(const struct forwarders *forwarders,
    struct str domain);

#endif
