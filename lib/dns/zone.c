/* SPDX-License-Identifier: ISC */
/* zone.c - DNS answers from a file, for tests, `scan` and replays. */
#include "dns/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/map.h"
#include "dns/dns_query.h"
#include "dns/zone_private.h"

#define CNAME_LIMIT 16

struct zone {
	struct dns_source source;	/* first */
	struct arena *arena;
	struct map *nodes;
};

static struct dns_answer
negative(enum dns_status status, const char *error)
{
	return (struct dns_answer){
		.status = status,
		.ttl_s = ZONE_TTL_S,
		.error = error,
	};
}

static struct dns_answer
answer_from(const struct zone_set *set)
{
	switch (set->status) {
	case DNS_TIMEOUT:
		return negative(DNS_TIMEOUT, "the zone file says !TIMEOUT");
	case DNS_SERVFAIL:
		return negative(DNS_SERVFAIL, "the zone file says !SERVFAIL");
	default:
		return (struct dns_answer){
			.status = DNS_FOUND,
			.ttl_s = ZONE_TTL_S,
			.count = set->records.len,
			.records = set->records.items,
		};
	}
}

static struct dns_answer
look_up(const struct zone *zone, struct str name, enum dns_type type)
{
	for (int hops = 0; hops <= CNAME_LIMIT; hops++) {
		const struct zone_node *node = map_find(zone->nodes, name);
		const struct zone_set *set;

		if (node == NULL)
			return negative(DNS_NXDOMAIN, NULL);
		set = zone_node_find(node, type);
		if (set != NULL)
			return answer_from(set);
		set = zone_node_find(node, DNS_CNAME);
		if (set == NULL)
			return negative(DNS_NODATA, NULL);
		if (set->status != DNS_FOUND)
			return answer_from(set);
		name = ((struct dns_record *)vec_at(&set->records, 0))->data;
	}
	return negative(DNS_SERVFAIL, "CNAME loop, or too long a chain");
}

static struct dns_query *
zone_ask(struct dns_source *source, struct str name, enum dns_type type,
    struct wait *wait)
{
	struct dns_answer answer = look_up((struct zone *)source, name, type);
	struct dns_query *query = dns_query_new(name, type);

	(void)wait;
	dns_query_complete(query, &answer);
	return query;
}

static void
zone_free(struct dns_source *source)
{
	struct zone *zone = (struct zone *)source;

	arena_free(&zone->arena);
	free(zone);
}

struct dns_source *
zone_source_parse(const char *file, struct str text, struct arena *arena,
    const char **error_r)
{
	struct zone *zone = calloc(1, sizeof(*zone));

	if (zone == NULL)
		abort();
	zone->source.ask = zone_ask;
	zone->source.free = zone_free;
	zone->arena = arena_new(0);
	zone->nodes = map_new(zone->arena);
	if (zone_read(file, text, zone->arena, zone->nodes, arena,
	    error_r) < 0) {
		zone_free(&zone->source);
		return NULL;
	}
	return &zone->source;
}

/* All that can be read from fd: a file, or a pipe. */
static int
read_all(int fd, struct buf *text)
{
	ssize_t got;

	do {
		buf_reserve(text, 64 * 1024);
		got = read(fd, text->data + text->len,
		    text->capacity - text->len - 1);
		if (got > 0)
			text->len += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	return got < 0 ? -1 : 0;
}

struct dns_source *
zone_source_load(const char *path, struct arena *arena, const char **error_r)
{
	struct dns_source *source = NULL;
	struct arena *scratch;
	struct buf text;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		*error_r = arena_printf(arena, "%s: %s", path,
		    strerror(errno));
		return NULL;
	}
	scratch = arena_new(0);
	buf_init(&text, scratch);
	if (read_all(fd, &text) < 0)
		*error_r = arena_printf(arena, "%s: %s", path,
		    strerror(errno));
	else
		source = zone_source_parse(path, buf_str(&text), arena,
		    error_r);
	close(fd);
	arena_free(&scratch);
	return source;
}
