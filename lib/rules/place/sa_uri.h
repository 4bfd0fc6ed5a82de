/* SPDX-License-Identifier: ISC */
/* sa_uri.h - the addresses of a message as SpamAssassin finds them, and every form
 * in which its rules see them. */
#ifndef RULES_PLACE_SA_URI_H
#define RULES_PLACE_SA_URI_H

#include <stdbool.h>

#include "base/str.h"
#include "base/vec.h"

struct arena;
struct sa_boundaries;
struct view;

/* One address. */
struct sa_uri {
	struct str uri;		/* as it was found */
	unsigned uses;		/* enum sa_use (sa_html.h) */
	struct vec cleaned;	/* struct str: its forms, itself too; none of a
				 * domain that signs */
	struct vec hosts;	/* struct str: those of its forms */
	struct vec domains;	/* struct str: the registrable ones of them */
	struct vec anchors;	/* struct str: texts of links to it */
};

struct sa_uri_list {
	struct vec uris;	/* struct sa_uri */
	bool is_cut;		/* one was longer than is kept */
};

/* All of a message. */
const struct sa_uri_list *sa_uris(struct view *view);

/* --- the steps ------------------------------------------------------------------------ */

/* An address in plain text. */
struct sa_found_uri {
	struct str uri;		/* with a scheme */
	unsigned uses;		/* enum sa_use */
};

/* Addresses of the text that mail clients make links of (struct sa_found_uri),
 * each once: seen has those that came before (sa_uri_find.c). */
struct map;
void sa_uris_find(struct arena *arena, const struct sa_boundaries *boundaries,
    struct str text, struct map *seen, struct vec *found);
/* The forms of an address that programs may take it for (struct str), itself
 * first (sa_uri_clean.c). */
void sa_uri_clean(struct view *view, struct str uri, struct vec *forms);
/* The host of an address (sa_uri_host.c), lower case, and its registrable
 * domain. False: it has none that the DNS could know. */
bool sa_uri_host(const struct view *view, struct str uri, struct str *host_r,
    struct str *domain_r);
/* uri as it stands relative to base (sa_html_uri.c). */
struct str sa_uri_target(struct arena *arena, struct str base, struct str uri);
/* "%41" as "A" wherever that means the same (RFC 3986 6.2.2.2). */
struct str sa_uri_unescape(struct arena *arena, struct str uri);
/* Where one of stops is in text at or behind at; its length: nowhere. */
size_t sa_uri_until(struct str text, size_t at, const char *stops);
/* Labels as names of hosts have them, two at least. */
bool sa_host_is_valid(struct str host);

#endif
