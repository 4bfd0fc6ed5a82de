/* SPDX-License-Identifier: ISC */
/* zone_private.h - the tree of a zone file, between its reader and answers. */
#ifndef DNS_ZONE_PRIVATE_H
#define DNS_ZONE_PRIVATE_H

#include "base/vec.h"
#include "dns/dns.h"

struct map;

/* All records of one name and type. */
struct zone_set {
	struct zone_set *next;
	enum dns_type type;
	enum dns_status status;		/* DNS_FOUND, or the fault to make */
	struct vec records;		/* struct dns_record */
};

/* A name that exists. */
struct zone_node {
	struct zone_set *sets;
};

/* Read text into nodes (from canonical names to struct zone_node), with all
 * memory from arena. -1 with the reason, allocated in errors. */
int zone_read(const char *file, struct str text, struct arena *arena,
    struct map *nodes, struct arena *errors, const char **error_r);

/* The set of this type, or NULL. */
struct zone_set *zone_node_find(const struct zone_node *node,
    enum dns_type type);

#endif
