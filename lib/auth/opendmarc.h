/* SPDX-License-Identifier: ISC */
/* opendmarc.h - libopendmarc, given only what it gets right. */
#ifndef AUTH_OPENDMARC_H
#define AUTH_OPENDMARC_H

#include <stdbool.h>

#include "auth/dmarc_record.h"
#include "base/str.h"

struct arena;

/* What was found out about one message. */
struct opendmarc_case {
	struct str domain;		/* the author domain, canonical */
	enum dmarc_policy policy;	/* the one that applies to it */
	bool is_spf_aligned;		/* passes, and is aligned */
	bool is_dkim_aligned;
};

/* What the library makes of it. */
struct opendmarc_answer {
	bool is_pass;
	enum dmarc_policy policy;	/* to apply; NONE for a pass */
	bool is_spf_aligned;
	bool is_dkim_aligned;
};

/* 0, or -1 with the reason: the library refused the case. Asks no DNS, keeps
 * nothing. Any thread. */
int opendmarc_judge(struct arena *arena, const struct opendmarc_case *facts,
    struct opendmarc_answer *answer_r, const char **error_r);

#endif
