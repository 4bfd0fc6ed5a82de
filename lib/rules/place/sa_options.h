/* SPDX-License-Identifier: ISC */
/* sa_options.h - settings of SpamAssassin's language that are one value each, and
 * change what rules see of a message. */
#ifndef RULES_PLACE_SA_OPTIONS_H
#define RULES_PLACE_SA_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct draft;
struct view;

/* No more of a part is looked at, whatever the files say. */
#define SA_SCAN_MAX ((size_t)1 << 20)

struct sa_options {
	/* So much of one part is looked at: characters of its text for `body`,
	 * octets for `rawbody` (body_part_scan_size, rawbody_part_scan_size). */
	size_t body_scan, rawbody_scan;
	/* RSA keys below it prove no domain (dkim_minimum_key_bits). */
	unsigned key_bits;
	bool has_dkim_uris;		/* parse_dkim_uris */
	/* The field that tells the sender (envelope_sender_header), lower case;
	 * data NULL: none was named. */
	struct str sender_field;
};

/* Of all lines of the draft, in its arena. */
void sa_options_read(const struct draft *draft, struct sa_options *options_r);
/* Of the rules that judge this message, or the usual ones. */
const struct sa_options *sa_options_of(const struct view *view);

#endif
