/* SPDX-License-Identifier: ISC */
/* sa_options.c - settings of SpamAssassin's language that are one value each. */
#include "rules/place/sa_options.h"

#include "base/arena.h"
#include "base/vec.h"
#include "rules/draft.h"
#include "rules/place/sa_reading.h"
#include "rules/view.h"

static const struct sa_options usual = { .body_scan = 50000,
	.rawbody_scan = 500000, .key_bits = 1024, .has_dkim_uris = true };

/* 0 is no bound there. */
static size_t
read_scan(const struct draft *draft, const char *option, size_t otherwise)
{
	double value = draft_number(draft, option, (double)otherwise);

	return value < 1 || value > (double)SA_SCAN_MAX ? SA_SCAN_MAX :
	    (size_t)value;
}

static unsigned
read_bits(const struct draft *draft)
{
	double value = draft_number(draft, "dkim_minimum_key_bits",
	    usual.key_bits);

	return value > UINT16_MAX ? UINT16_MAX : (unsigned)value;
}

void
sa_options_read(const struct draft *draft, struct sa_options *options_r)
{
	const struct vec *lines = draft_lines(draft, "envelope_sender_header");

	*options_r = usual;
	options_r->body_scan = read_scan(draft, "body_part_scan_size",
	    usual.body_scan);
	options_r->rawbody_scan = read_scan(draft, "rawbody_part_scan_size",
	    usual.rawbody_scan);
	options_r->key_bits = read_bits(draft);
	options_r->has_dkim_uris = draft_number(draft, "parse_dkim_uris",
	    usual.has_dkim_uris) != 0;
	if (lines->len != 0)
		options_r->sender_field = str_lower(draft->arena,
		    *(struct str *)vec_at(lines, lines->len - 1));
}

const struct sa_options *
sa_options_of(const struct view *view)
{
	return view->sa_reading != NULL ? &view->sa_reading->options : &usual;
}
