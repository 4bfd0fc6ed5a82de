/* SPDX-License-Identifier: ISC */
/* mail_id.h - one id for a message in all daemons of all hosts (DESIGN 6).
 *
 * policyd meets a message by its instance, and later by its queue id; the
 * milter by its queue id alone. Who comes first proposes an id, and everybody
 * gets the one that was first. With it go the names of the charges (charge.h)
 * that wait for the milter's decision. */
#ifndef STORE_MAIL_ID_H
#define STORE_MAIL_ID_H

#include "base/ulid.h"
#include "store/store.h"

/* The kind of charges (key.h) that are made when the message is refused, and
 * not when it is taken: confirmed and released the other way round. */
#define MAIL_ID_REFUSED "refused"

#define MAIL_ID_REMEMBER_MS (2 * 3600 * INT64_C(1000))

struct mail_id {
	struct str host;	/* the setting host_id */
	struct str instance;	/* "" when not known: the milter */
	struct str queue_id;	/* "" when not known yet */
	const char *proposal;	/* the id to take when there is none */
	struct str charge;	/* a name to remember with it; "": none */
	int64_t now_ms;
};

struct mail_id_result {
	char id[ULID_SIZE];
	const struct str *charges;
	size_t charge_count;
};

struct store_call *mail_id_ask(struct store *store, struct arena *arena,
    const struct mail_id *mail, struct wait *wait);
int mail_id_read(struct arena *arena, const struct store_answer *answer,
    struct mail_id_result *result_r, const char **error_r);

#endif
