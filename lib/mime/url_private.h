/* SPDX-License-Identifier: ISC */
/* url_private.h - the pieces of a link, for url_parse() and url_find(). */
#ifndef MIME_URL_PRIVATE_H
#define MIME_URL_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "mail/netlist.h"

struct arena;
struct map;
struct url;

/* How deep links are looked for within links. */
#define URL_DEPTH_MAX 3
/* No host in the DNS is written with more, percent-encoded U-labels or not. */
#define URL_HOST_MAX 2048

/* What is known of a host, as struct url has it. */
struct url_host {
	struct str name, shown, registered;	/* name "": it is none */
	struct netaddr address;
	unsigned oddities;
	bool is_known;
};

/* So many of the last links are known again: pages show one picture many times,
 * and link twice where they link once. */
#define URL_RECENT 8

struct url_reader {
	struct arena *arena;
	struct map *hosts;	/* struct url_host, by how that was written;
				 * NULL: nothing is kept */
	size_t foreign;		/* hosts that were not ASCII */
	bool is_cut;		/* ... and too many of them */
	struct url *recent[URL_RECENT];	/* that url_reader_parse() read */
	unsigned next;		/* place in it */
};

/* A scheme that is followed by "//" and a host. */
struct url_scheme {
	struct str name;
	unsigned port;
};
/* Those of browsers, which read "\" as "/"; NULL: it is none. */
const struct url_scheme *url_scheme_find(struct str name);

/* "user@host:80", and sets what url has of it. False: no host can be that. */
bool url_read_authority(struct url_reader *reader, struct str authority,
    struct url *url);
/* The host alone, percent-encoded or not. */
bool url_read_host(struct url_reader *reader, struct str text,
    struct url *url);
/* "ann@example.org?subject=x" behind "mailto:". */
bool url_read_mail(struct url_reader *reader, struct str text,
    struct url *url);
/* What stands behind that: path, query, fragment, and the normal form of all.
 * depth is that of the link itself, 0 for the outermost. */
void url_read_rest(struct url_reader *reader, struct str rest, unsigned depth,
    struct url *url);
/* url_parse() of a link within others. */
bool url_parse_inner(struct url_reader *reader, struct str raw, unsigned depth,
    struct url *url);
/* The link that this rest of another one carries; NULL. */
struct url *url_inner(struct url_reader *reader, struct str rest,
    unsigned depth);

/* The path to out: dot segments gone, percent-encoding in one form. */
void url_add_path(struct buf *out, struct str path, bool has_backslashes);
/* Any other piece. */
void url_add_encoded(struct buf *out, struct str text);
/* Every %xx undone. */
struct str url_unescape(struct arena *arena, struct str text);
/* Has it control characters, or such as nobody sees? */
bool url_has_invisible(struct str text);
/* Is a label of the name, which has U-labels, of several scripts? */
bool url_mixes_scripts(struct str shown);

#endif
