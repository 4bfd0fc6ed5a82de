/* SPDX-License-Identifier: ISC */
/* zone_read.c - the lines of a zone file, checked and put into a tree. */
#include "dns/zone_private.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "dns/dns_name.h"

/* 65,535 bytes of rdata, of which every 256th is a string's length. */
#define TXT_MAX 65279

struct reader {
	struct arena *arena;
	struct map *nodes;
	const char *error;
};

static int
fail(struct reader *reader, const char *error)
{
	reader->error = error;
	return -1;
}

/* The byte of an escape at text[*at], behind the backslash; -1: unknown. */
static int
read_escape(struct str text, size_t *at)
{
	int high, low;

	if (*at >= text.len)
		return -1;
	switch (text.data[(*at)++]) {
	case '\\':
		return '\\';
	case 't':
		return '\t';
	case 'n':
		return '\n';
	case 'x':
		if (text.len - *at < 2)
			return -1;
		high = char_hex_value(text.data[(*at)++]);
		low = char_hex_value(text.data[(*at)++]);
		return high < 0 || low < 0 ? -1 : high << 4 | low;
	default:
		return -1;
	}
}

static int
unescape(struct reader *reader, struct str text, struct str *data_r)
{
	char *data = arena_alloc(reader->arena, text.len + 1);
	size_t len = 0;

	for (size_t at = 0; at < text.len; ) {
		int byte = (unsigned char)text.data[at++];

		if (byte == '\\')
			byte = read_escape(text, &at);
		if (byte < 0)
			return fail(reader, "unknown escape; there are \\\\, "
			    "\\t, \\n and \\xNN");
		data[len++] = (char)byte;
	}
	data[len] = '\0';
	*data_r = str_of(data, len);
	return 0;
}

static int
parse_name(struct reader *reader, struct str text, struct str *name_r)
{
	char buf[DNS_NAME_SIZE];
	struct str name;

	if (dns_name_parse(text, buf, &name) < 0)
		return fail(reader, "not a domain name: an empty label, one "
		    "over 63 bytes, or over 253 in all");
	*name_r = str_copy(reader->arena, name);
	return 0;
}

static int
parse_address(struct reader *reader, int family, struct str text,
    struct dns_record *record)
{
	char copy[INET6_ADDRSTRLEN];
	size_t len = family == AF_INET ? 4 : 16;
	uint8_t address[16];

	if (text.len < sizeof(copy) &&
	    memchr(text.data, '\0', text.len) == NULL) {
		snprintf(copy, sizeof(copy), "%.*s", STR_ARG(text));
		if (inet_pton(family, copy, address) == 1) {
			record->data = str_of(arena_memdup(reader->arena,
			    address, len), len);
			return 0;
		}
	}
	return fail(reader, len == 4 ? "not an IPv4 address"
				     : "not an IPv6 address");
}

static int
parse_mx(struct reader *reader, struct str text, struct dns_record *record)
{
	struct str number;
	uint64_t preference;

	str_cut(&text, ' ', &number);
	if (str_to_u64(number, UINT16_MAX, &preference) < 0)
		return fail(reader, "MX is written `10 host`");
	record->preference = (uint16_t)preference;
	return parse_name(reader, text.data != NULL ? str_trim(text) : STR(""),
	    &record->data);
}

static int
parse_record(struct reader *reader, enum dns_type type, struct str data,
    struct dns_record *record)
{
	switch (type) {
	case DNS_A:
		return parse_address(reader, AF_INET, data, record);
	case DNS_AAAA:
		return parse_address(reader, AF_INET6, data, record);
	case DNS_MX:
		return parse_mx(reader, data, record);
	case DNS_NS:
	case DNS_CNAME:
	case DNS_PTR:
		return parse_name(reader, data, &record->data);
	case DNS_TXT:
		record->data = data;
		return data.len <= TXT_MAX ? 0 :
		    fail(reader, "TXT over 65279 bytes has no room in the "
		    "DNS");
	}
	return fail(reader, "unknown type");
}

struct zone_set *
zone_node_find(const struct zone_node *node, enum dns_type type)
{
	struct zone_set *set = node->sets;

	while (set != NULL && set->type != type)
		set = set->next;
	return set;
}

/* The node of name; it and all its parents exist from now on. */
static struct zone_node *
add_node(struct reader *reader, struct str name)
{
	struct zone_node *node = map_find(reader->nodes, name), *parent;
	struct str label;

	if (node != NULL)
		return node;
	node = arena_zalloc(reader->arena, sizeof(*node));
	map_put(reader->nodes, name, node);
	while (str_cut(&name, '.', &label) && name.data != NULL &&
	    map_find(reader->nodes, name) == NULL) {
		parent = arena_zalloc(reader->arena, sizeof(*parent));
		map_put(reader->nodes, name, parent);
	}
	return node;
}

static struct zone_set *
add_set(struct reader *reader, struct zone_node *node, enum dns_type type)
{
	struct zone_set *set = zone_node_find(node, type);

	if (set != NULL)
		return set;
	set = arena_zalloc(reader->arena, sizeof(*set));
	set->type = type;
	set->next = node->sets;
	vec_init(&set->records, reader->arena, sizeof(struct dns_record));
	node->sets = set;
	return set;
}

/* Types that nobody here asks for; their names exist nevertheless. */
static bool
is_foreign_type(struct str text)
{
	static const char *const foreign[] = { "SOA", "SRV", "SPF", "CAA",
	    "TLSA", "NAPTR", "HINFO", "LOC", "DS", "DNSKEY", "RRSIG", "NSEC",
	    "SVCB", "HTTPS" };
	uint64_t number;

	for (size_t i = 0; i < ARRAY_LEN(foreign); i++)
		if (str_is_nocase(text, foreign[i]))
			return true;
	return str_has_prefix_nocase(text, STR("TYPE")) &&
	    str_to_u64(str_from_pos(text, 4), UINT16_MAX, &number) == 0;
}

static int
read_record(struct reader *reader, struct zone_set *set, struct str rdata)
{
	struct dns_record record = { .preference = 0 };
	struct str data;

	if (str_is(rdata, "!TIMEOUT")) {
		set->status = DNS_TIMEOUT;
		return 0;
	}
	if (str_is(rdata, "!SERVFAIL")) {
		set->status = DNS_SERVFAIL;
		return 0;
	}
	if (unescape(reader, rdata, &data) < 0 ||
	    parse_record(reader, set->type, data, &record) < 0)
		return -1;
	*(struct dns_record *)vec_push(&set->records) = record;
	return 0;
}

static int
read_line(struct reader *reader, struct str line)
{
	struct str name_text, type_text, name;
	struct zone_node *node;
	enum dns_type type;

	if (line.len == 0 || line.data[0] == '#')
		return 0;
	str_cut(&line, '\t', &name_text);
	if (!str_cut(&line, '\t', &type_text) || line.data == NULL)
		return fail(reader, "a line is `name TAB type TAB rdata`");
	if (parse_name(reader, name_text, &name) < 0)
		return -1;
	if (!dns_type_find(type_text, &type)) {
		if (!is_foreign_type(type_text))
			return fail(reader, "unknown type; there are A, AAAA, "
			    "MX, TXT, PTR, CNAME and NS");
		add_node(reader, name);
		return 0;
	}
	node = add_node(reader, name);
	return read_record(reader, add_set(reader, node, type), line);
}

int
zone_read(const char *file, struct str text, struct arena *arena,
    struct map *nodes, struct arena *errors, const char **error_r)
{
	struct reader reader = { .arena = arena, .nodes = nodes };
	struct str line;

	for (size_t number = 1; str_cut(&text, '\n', &line); number++) {
		if (read_line(&reader, line) == 0)
			continue;
		*error_r = arena_printf(errors, "%s:%zu: %s", file, number,
		    reader.error);
		return -1;
	}
	return 0;
}
