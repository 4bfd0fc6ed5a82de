/* SPDX-License-Identifier: ISC */
/* zone.h - DNS answers from a file, for tests, `scan` and replays. */
#ifndef DNS_ZONE_H
#define DNS_ZONE_H

#include "base/str.h"

struct arena;
struct dns_source;

/* The TTL of every answer. */
#define ZONE_TTL_S 300

/* A source whose answers all come from the file, at once. Lines are `name TAB
 * type TAB rdata`; '#' begins a comment line, empty lines are passed over.
 * Names without regard to case and final dot; "\DDD" in them stands for a
 * byte. Types: A, AAAA, NS, PTR, CNAME (name), MX (`10 host`; host "." or
 * nothing is the root, RFC 7505), TXT (one string, at most 65,279 bytes: more
 * has no room in the DNS). A record of another type the DNS knows only makes
 * its name exist. In rdata "\\", "\t", "\n", "\xNN" are escapes, other bytes
 * stand for themselves; "!TIMEOUT" and "!SERVFAIL" make that fault for name
 * and type. A parent of a name that exists, exists. CNAMEs are followed 16
 * times; more, or a loop, is SERVFAIL.
 * NULL with "file:line: reason" in *error_r; the text lives in arena. */
struct dns_source *zone_source_load(const char *path, struct arena *arena,
    const char **error_r);

/* The same from a text; file stands for it in errors. */
struct dns_source *zone_source_parse(const char *file, struct str text,
    struct arena *arena, const char **error_r);

#endif
