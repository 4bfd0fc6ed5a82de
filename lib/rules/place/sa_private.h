/* SPDX-License-Identifier: ISC */
/* sa_private.h - what the places and calls share that look at a message as
 * SpamAssassin does (Mail::SpamAssassin 4.0). */
#ifndef RULES_PLACE_SA_PRIVATE_H
#define RULES_PLACE_SA_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "base/vec.h"
#include "rules/view.h"

struct arena;
struct mime_part;
struct sa_page;

/* --- the parts (sa_message.c) ------------------------------------------------- */

/* Lines of a part, and of rendered text, are cut at this length. */
#define SA_LINE_MAX ((size_t)2048)

struct sa_part {
	const struct mime_part *part;
	const struct vec *fields;	/* struct header */
	bool is_leaf;
	struct str type;	/* "text/plain", lower case */
	struct str charset;	/* data NULL: none is claimed */
	struct str name;	/* of the file, "" */
	bool has_raw, has_decoded, has_rendered;
	struct str raw;		/* use sa_part_raw() */
	struct str decoded;	/* use sa_part_decoded() */
	struct str rendered;	/* use sa_part_rendered() */
	bool is_rendered;	/* it is text that is shown */
	bool is_wide;		/* rendered has characters beyond octets */
	struct sa_page *page;	/* what its HTML tells; NULL: it is none */
};

/* All parts, each before those below it: struct sa_part. */
const struct vec *sa_parts(struct view *view);
/* The content as it stands, lines ended by LF; decoded. */
struct str sa_part_raw(struct view *view, struct sa_part *part);
struct str sa_part_decoded(struct view *view, struct sa_part *part);
/* Is it "text/html", or named like it? */
struct str sa_part_effective_type(const struct sa_part *part);
/* The text that it shows, UTF-8. False: it is nothing that shows text. */
bool sa_part_rendered(struct view *view, struct sa_part *part,
    struct str *text_r);
/* All that stands under `rendered` in one: subject, paragraphs (struct str). */
const struct vec *sa_body(struct view *view);

/* --- header fields (sa_field.c) ------------------------------------------------ */

/* A field's value as rules see it: unfolded, trimmed, decoded. */
struct str sa_field_decode(struct arena *arena, struct str name,
    struct str value);
/* The last of this name, decoded; data NULL: there is none. */
struct str sa_field_last(struct arena *arena, const struct vec *fields,
    const char *name);
/* What get(name:form) gives, each value by itself (struct str). The text of
 * sa_header joins them. name in lower case. */
void sa_get(struct view *view, struct str name, struct str form,
    struct vec *values);
/* The same joined, or its first value where it has several by form; data NULL:
 * there is none. request: "from:addr". */
struct str sa_get_text(struct view *view, const char *request);
/* The values of a request, kept. */
const struct vec *sa_get_all(struct view *view, const char *request);

/* How a field is asked for: "name:addr:first" (sa_form.c). */
struct sa_forms {
	bool raw, addr, name, host, domain, ip, revip, first, last;
};

struct sa_forms sa_forms_of(struct str form);
/* What of the values the forms want, but for `first` and `last`. */
void sa_forms_take(struct view *view, const struct sa_forms *forms,
    const struct vec *values, struct vec *taken);

/* One of the addresses in a field. */
struct sa_address {
	struct str address;	/* data NULL: none that is one */
	struct str phrase;	/* the name, or the comment; data NULL */
};

/* The addresses of a raw value (struct sa_address). */
void sa_addresses_read(struct arena *arena, struct str value,
    struct vec *addresses);

/* --- relays (sa_relays.c) ------------------------------------------------------- */

/* One handover, as a Received field tells it. Texts "" where it does not. */
struct sa_relay {
	struct str ip, rdns, helo, by, ident, envfrom, id, auth;
	bool has_envfrom;
	bool is_private;	/* ip is of no public network */
	bool no_rdns;		/* it was looked up, and there is none */
	bool is_trusted, is_internal;
	bool is_msa;		/* of msa_networks: what came to it is ours */
};

struct sa_relays {
	struct vec relays;	/* struct sa_relay, the newest first */
	size_t trusted_count;	/* those in front */
	size_t unparseable;
	/* Received fields up to the last trusted, and internal, one */
	size_t trusted_fields, internal_fields;
};

const struct sa_relays *sa_relays(struct view *view);
/* "trusted", "untrusted", "internal", "external": as X-Spam-Relays-... has
 * them. */
struct str sa_relays_text(struct view *view, struct str which);
/* The sender's address as the header tells it; data NULL: it does not. */
struct str sa_envelope_from(struct view *view);

/* Is it an address of no network that all can reach (RFC 6890)? */
bool sa_ip_is_private(struct str ip);

enum sa_received {
	SA_RECEIVED_RELAY,
	SA_RECEIVED_NOTHING,	/* no handover between hosts */
	SA_RECEIVED_FETCHED,	/* by a program that fetches mail */
	SA_RECEIVED_UNKNOWN,	/* no form that is known */
};

/* Read one Received value (sa_received.c). *relay_r is set for a relay. */
enum sa_received sa_received_read(struct arena *arena, struct str value,
    struct sa_relay *relay_r);

#endif
