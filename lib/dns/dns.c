/* SPDX-License-Identifier: ISC */
/* dns.c - names of statuses and types, reverse names, any source. */
#include "dns/dns.h"

#include <assert.h>
#include <string.h>

#include "base/vec.h"

static const struct {
	enum dns_type type;
	const char *text;
} types[] = {
	{ DNS_A, "A" },
	{ DNS_NS, "NS" },
	{ DNS_CNAME, "CNAME" },
	{ DNS_PTR, "PTR" },
	{ DNS_MX, "MX" },
	{ DNS_TXT, "TXT" },
	{ DNS_AAAA, "AAAA" },
};

const char *
dns_type_text(enum dns_type type)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (types[i].type == type)
			return types[i].text;
	return "?";
}

bool
dns_type_find(struct str text, enum dns_type *type_r)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (str_is_nocase(text, types[i].text)) {
			*type_r = types[i].type;
			return true;
		}
	}
	return false;
}

const char *
dns_status_text(enum dns_status status)
{
	switch (status) {
	case DNS_FOUND:
		return "found";
	case DNS_NODATA:
		return "no such record";
	case DNS_NXDOMAIN:
		return "no such name";
	case DNS_SERVFAIL:
		return "lookup failed";
	case DNS_TIMEOUT:
		return "no answer in time";
	}
	return "?";
}

struct str
dns_reverse_name(struct arena *arena, const uint8_t *address, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	struct buf name;

	assert(len == 4 || len == 16);
	buf_init(&name, arena);
	if (len == 4) {
		for (size_t i = len; i-- > 0; ) {
			buf_add_int(&name, address[i]);
			buf_add_char(&name, '.');
		}
		buf_add_text(&name, "in-addr.arpa");
		return buf_str(&name);
	}
	for (size_t i = len; i-- > 0; ) {
		const char nibbles[] = { hex[address[i] & 15], '.',
		    hex[address[i] >> 4], '.' };

		buf_add(&name, nibbles, sizeof(nibbles));
	}
	buf_add_text(&name, "ip6.arpa");
	return buf_str(&name);
}

void
dns_source_count(struct dns_source *source, struct dns_stats *stats_r)
{
	memset(stats_r, 0, sizeof(*stats_r));
	if (source != NULL && source->count != NULL)
		source->count(source, stats_r);
}

void
dns_source_forget(struct dns_source *source)
{
	if (source != NULL && source->forget != NULL)
		source->forget(source);
}

void
dns_source_free(struct dns_source **source)
{
	struct dns_source *old = *source;

	*source = NULL;
	if (old != NULL)
		old->free(old);
}
