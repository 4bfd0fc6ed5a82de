/* SPDX-License-Identifier: ISC */
/* sa_networks.h - whose relays are trusted and internal by trusted_networks,
 * internal_networks and msa_networks of SpamAssassin's language. */
#ifndef RULES_PLACE_SA_NETWORKS_H
#define RULES_PLACE_SA_NETWORKS_H

#include <stdbool.h>

#include "base/str.h"

struct arena;
struct draft;
struct sa_networks;

enum sa_network_kind {
	SA_NETWORKS_TRUSTED,
	SA_NETWORKS_INTERNAL,
	SA_NETWORKS_MSA,
	SA_NETWORK_KINDS
};

/* Is word a network, as a line names it ("!10.0.1.5", "10.0.1.", "10/8",
 * "10.0.0.0/255.0.0.0", "10.0.0.1-10.0.0.9", "[2001:db8::]/32")? -1 with the
 * reason. */
int sa_network_check(struct arena *arena, struct str word,
    const char **error_r);

/* Of all lines of the draft, in its arena; networks that count for nothing are
 * noted. NULL: neither trusted_networks nor internal_networks is there, and
 * trust is to be guessed. */
const struct sa_networks *sa_networks_new(struct draft *draft);

/* Is the address of this kind? Where only one of trusted_networks and
 * internal_networks is there, it stands for both. */
bool sa_networks_have(const struct sa_networks *networks,
    enum sa_network_kind kind, struct str ip);
/* Does internal_networks stand for itself, so that not all that is trusted is
 * internal? */
bool sa_networks_tell_internal(const struct sa_networks *networks);

#endif
