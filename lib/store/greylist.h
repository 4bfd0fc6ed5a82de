/* SPDX-License-Identifier: ISC */
/* greylist.h - has this client, for this sender and recipient, come back?
 * (RFC 6647) */
#ifndef STORE_GREYLIST_H
#define STORE_GREYLIST_H

#include "store/store.h"

struct greylist {
	/* By greylist_triplet(); and by store_key(), of the same tag, of the
	 * client alone. */
	struct str triplet, client;
	int64_t now_ms;
	int64_t delay_ms;	/* not before so long after the first try */
	int64_t window_ms;	/* but within less than so long after it */
	int64_t lifetime_ms;	/* how long what passed is remembered since it
				 * last came */
	int64_t passes_after;	/* deliveries after which the client passes
				 * whatever it sends; 0: never */
};

/* The name of client (its network, or the domain whose SPF it passes), sender
 * and recipient: a digest, so that long ones are small and none can be read in
 * the store. The caller has folded case and extensions. */
struct str greylist_triplet(struct arena *arena, struct str tag,
    struct str client, struct str sender, struct str recipient);

enum greylist_state {
	GREYLIST_NEW,		/* first try, or the last too long ago */
	GREYLIST_EARLY,		/* came back before the delay was over */
	GREYLIST_PASSED,	/* just now */
	GREYLIST_KNOWN,		/* passed before */
	GREYLIST_CLIENT_KNOWN,	/* the client passes whatever it sends */
};

struct greylist_result {
	enum greylist_state state;
	int64_t next_ms;	/* NEW, EARLY: when a try will pass */
	int64_t first_ms;	/* of the first try; 0: not known any more */
};

struct store_call *greylist_ask(struct store *store, struct arena *arena,
    const struct greylist *greylist, struct wait *wait);
int greylist_read(const struct store_answer *answer,
    struct greylist_result *result_r, const char **error_r);

#endif
