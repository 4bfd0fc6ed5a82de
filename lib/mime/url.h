/* SPDX-License-Identifier: ISC */
/* url.h - links and addresses in one form, however they were written. */
#ifndef MIME_URL_H
#define MIME_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"
#include "mail/netlist.h"

struct arena;

/* How a link was written, as far as that is not how honest people write. */
enum url_oddity {
	URL_USERINFO = 1 << 0,		/* "http://bank.example@evil.example/" */
	URL_NUMERIC_HOST = 1 << 1,	/* 0x7f.1, 2130706433, octal */
	URL_ADDRESS_HOST = 1 << 2,	/* an IP address for a host */
	URL_PUNYCODE = 1 << 3,		/* xn--, or U-labels */
	URL_MIXED_SCRIPT = 1 << 4,	/* a label of several scripts */
	URL_ODD_PORT = 1 << 5,		/* not the one of its scheme */
	URL_ENCODED_HOST = 1 << 6,	/* the host had %xx */
	URL_ODD_SLASHES = 1 << 7,	/* "http:\\", "http:/", "////" */
	URL_CONTROL = 1 << 8,		/* control or invisible characters */
	URL_DEFANGED = 1 << 9,		/* hxxp, [.], (dot) */
	URL_REDIRECTS = 1 << 10,	/* carries another one: see inner */
	URL_NO_SCHEME = 1 << 11,	/* "www.example.org": guessed */
};

/* A link. Texts in the arena. */
struct url {
	struct str raw;		/* as it stood there */
	struct str normal;	/* scheme and host in lower case, A-labels, no
				 * userinfo, no default port, %xx undone where it
				 * changes no meaning, dot segments gone (RFC
				 * 3986 6.2.2), no fragment */
	struct str scheme;	/* "https", "mailto", "tel", "data", ... */
	struct str userinfo;
	struct str host;	/* A-labels, or an address in its usual form; ""
				 * where the scheme has none */
	struct str host_shown;	/* U-labels */
	struct str registered;	/* the registrable domain (public_suffix.h); ""
				 * for an address or a suffix */
	bool is_known;		/* the host's suffix is on the list by name */
	struct netaddr address;	/* of URL_ADDRESS_HOST; len 0 else */
	unsigned port;		/* 0: that of the scheme */
	struct str path, query, fragment;	/* of normal; fragment as it was */
	unsigned oddities;	/* enum url_oddity */
	struct url *inner;	/* the link that a parameter or the path of this
				 * one carries (redirectors); NULL */
};

/* "userinfo", "numeric_host": the name of one oddity. */
const char *url_oddity_name(enum url_oddity oddity);

/* One link, read as browsers do (WHATWG URL 4.4). Without a scheme it is one of
 * http when it begins with "//", "www." or a host whose public suffix is known;
 * relative ones are their page's to resolve. False: it is none (no host where one
 * must be, a host that cannot exist). Time in proportion to its length; inner
 * ones to a depth of 3. Of mailto: userinfo is the left side of the address. */
bool url_parse(struct arena *arena, struct str raw, struct url *url_r);

/* Every link and mail address that a reader or his client would see in plain
 * text, in order: by scheme, by "www.", by bare domain with a known public
 * suffix and a path, defanged ones too; ends as clients end them (a final dot,
 * a bracket that was not opened within, ">"). A mail address becomes mailto:.
 * Pushes struct url to urls, no more than max together with what is in it.
 * Time in proportion to the length. */
void url_find(struct arena *arena, struct str text, size_t max,
    struct vec *urls);

/* Both for one message after the other's links: most go to few hosts, and what
 * was found out about one is kept. In arena. */
struct url_reader;
struct url_reader *url_reader_new(struct arena *arena);
bool url_reader_parse(struct url_reader *reader, struct str raw,
    struct url *url_r);
/* Gives each to take(arg, url), which says how many bytes behind it are to be
 * passed over, or URL_ENOUGH. */
#define URL_ENOUGH SIZE_MAX
void url_reader_find(struct url_reader *reader, struct str text,
    size_t (*take)(void *arg, const struct url *url), void *arg);
/* Were there so many hosts of other scripts that the last ones are not read? */
bool url_reader_is_cut(const struct url_reader *reader);

#endif
