/* SPDX-License-Identifier: ISC */
/* url_host.c - the host of a link, as browsers find it (WHATWG URL 3.5). */
#include "mime/url.h"

#include "base/arena.h"
#include "base/map.h"
#include "mail/address.h"
#include "mail/public_suffix.h"
#include "mime/url_private.h"

/* Longer ones are no names, and not kept. */
#define KNOWN_MAX 253
/* So many hosts of other scripts are read: each costs some microseconds, and
 * honest people write few. */
#define FOREIGN_MAX 2000

/* One number of an address: decimal, octal behind "0", hexadecimal behind "0x"
 * (WHATWG URL 3.5, IPv4 number parser). -1: it is none. */
static int
read_number(struct str text, uint64_t *number_r, bool *is_plain)
{
	unsigned base = 10;
	uint64_t number = 0;

	if (str_has_prefix_nocase(text, STR("0x")))
		base = 16;
	else if (text.len > 1 && text.data[0] == '0')
		base = 8;
	if (base != 10)
		*is_plain = false;
	text = str_from_pos(text, base == 16 ? 2 : base == 8 ? 1 : 0);
	for (size_t i = 0; i < text.len; i++) {
		int digit = char_hex_value(text.data[i]);

		if (digit < 0 || (unsigned)digit >= base)
			return -1;
		number = number * base + (unsigned)digit;
		if (number > UINT32_MAX)
			return -1;
	}
	*number_r = number;
	return base == 10 && text.len == 0 ? -1 : 0;
}

/* Is the last label a number? Then the host is an address or nothing. */
static bool
ends_in_number(struct str host)
{
	struct str last = str_from_pos(host,
	    (size_t)(str_find_last(host, '.') + 1));
	bool is_plain;
	uint64_t number;

	for (size_t i = 0; i < last.len && char_is_digit(last.data[i]); i++)
		if (i + 1 == last.len)
			return true;
	return read_number(last, &number, &is_plain) == 0;
}

/* "127.0.0.1", "0x7f.1", "2130706433": all but the last are an octet each, and
 * the last one has the rest. */
static bool
read_ipv4(struct str host, struct netaddr *addr, bool *is_plain)
{
	uint64_t address = 0, number;
	unsigned count = 0;
	struct str label;

	*is_plain = true;
	while (str_cut(&host, '.', &label)) {
		unsigned octets = host.data == NULL ? 4 - count : 1;

		if (count == 4 || read_number(label, &number, is_plain) < 0 ||
		    number >= UINT64_C(1) << (8 * octets))
			return false;
		address = address << (8 * octets) | number;
		count++;
	}
	*is_plain &= count == 4;
	for (int i = 0; i < 4; i++)
		addr->bytes[i] = (uint8_t)(address >> (24 - 8 * i));
	addr->len = 4;
	return true;
}

static void
set_address(struct arena *arena, struct url_host *host)
{
	char text[NETADDR_TEXT_SIZE];

	host->oddities |= URL_ADDRESS_HOST;
	host->name = str_copy(arena,
	    str_from(netaddr_format(&host->address, text)));
	host->shown = host->name;
}

/* "[2001:db8::1]". */
static void
read_ipv6(struct arena *arena, struct str text, struct url_host *host)
{
	if (text.data[text.len - 1] == ']' && str_find(text, ':') >= 0 &&
	    !str_has_prefix_nocase(text, STR("[ipv6")) &&
	    netaddr_parse(text, &host->address) == 0)
		set_address(arena, host);
}

static void
set_name(struct arena *arena, struct str name, struct url_host *host)
{
	host->name = name;
	host->shown = domain_shown(arena, name);
	host->registered = public_suffix_registrable(name);
	if (host->registered.data == NULL)
		host->registered = STR("");
	host->is_known = public_suffix_is_known(name);
	if (str_find(name, '-') >= 0 &&
	    (str_has_prefix_nocase(name, STR("xn--")) ||
	    memmem(name.data, name.len, ".xn--", 5) != NULL))
		host->oddities |= URL_PUNYCODE;
	if (url_mixes_scripts(host->shown))
		host->oddities |= URL_MIXED_SCRIPT;
}

/* Is it of another script, and one too many of them? */
static bool
is_one_too_many(struct url_reader *reader, struct str text)
{
	if (str_is_ascii(text))
		return false;
	if (reader->foreign == FOREIGN_MAX)
		reader->is_cut = true;
	else
		reader->foreign++;
	return reader->is_cut;
}

static struct url_host
read_host(struct url_reader *reader, struct str text)
{
	struct arena *arena = reader->arena;
	struct url_host host = { .name = STR("") };
	struct str name;
	bool is_plain;

	if (text.len == 0 || text.len > URL_HOST_MAX)
		return host;
	if (text.data[0] == '[') {
		read_ipv6(arena, text, &host);
		return host;
	}
	if (str_find(text, '%') >= 0) {
		host.oddities |= URL_ENCODED_HOST;
		text = url_unescape(arena, text);
	}
	if (url_has_invisible(text))
		host.oddities |= URL_CONTROL;
	if (is_one_too_many(reader, text) ||
	    domain_canonical(arena, text, &name) < 0)
		return host;
	if (!ends_in_number(name)) {
		set_name(arena, name, &host);
	} else if (read_ipv4(name, &host.address, &is_plain)) {
		if (!is_plain)
			host.oddities |= URL_NUMERIC_HOST;
		set_address(arena, &host);
	}
	return host;
}

/* It is found out when it is asked for first. */
static struct url_host
find_host(struct url_reader *reader, struct str text)
{
	struct url_host host;
	void **place;

	if (reader->hosts == NULL || text.len > KNOWN_MAX)
		return read_host(reader, text);
	place = map_slot(reader->hosts, text);
	if (*place == NULL) {
		host = read_host(reader, text);
		*place = arena_memdup(reader->arena, &host, sizeof(host));
	}
	return *(struct url_host *)*place;
}

bool
url_read_host(struct url_reader *reader, struct str text, struct url *url)
{
	struct url_host host = find_host(reader, text);

	url->oddities |= host.oddities;
	url->host = host.name;
	url->host_shown = host.shown;
	url->registered = host.registered;
	url->is_known = host.is_known;
	url->address = host.address;
	return host.name.len != 0;
}
