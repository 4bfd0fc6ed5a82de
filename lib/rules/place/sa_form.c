/* SPDX-License-Identifier: ISC */
/* sa_form.c - the forms in which rules ask for the values of a field: its
 * addresses, names, hosts. */
#include "base/arena.h"
#include "mail/address.h"
#include "mail/netlist.h"
#include "rules/place/sa_boundaries.h"
#include "rules/place/sa_private.h"

#define HOST_MAX ((size_t)251)

static void
push(struct vec *values, struct str value)
{
	*(struct str *)vec_push(values) = value;
}

struct sa_forms
sa_forms_of(struct str form)
{
	struct sa_forms forms = { false };
	struct str word;

	while (str_cut(&form, ':', &word)) {
		forms.raw |= str_is(word, "raw");
		forms.addr |= str_is(word, "addr");
		forms.name |= str_is(word, "name");
		forms.host |= str_is(word, "host") || str_is(word, "domain");
		forms.domain |= str_is(word, "domain");
		forms.ip |= str_is(word, "ip") || str_is(word, "revip");
		forms.revip |= str_is(word, "revip");
		forms.first |= str_is(word, "first");
		forms.last |= str_is(word, "last");
	}
	return forms;
}

/* White space as one blank, none at the ends, single quotes around it off. */
static struct str
tidy_name(struct arena *arena, struct str name)
{
	struct buf out;
	struct str tidy;

	if (str_trim(name).len == 0)
		return name;
	name = str_trim(name);
	buf_init(&out, arena);
	for (size_t i = 0; i < name.len; i++)
		if (!char_is_space(name.data[i]))
			buf_add_char(&out, name.data[i]);
		else if (!char_is_space(name.data[i + 1]))
			buf_add_char(&out, ' ');
	tidy = buf_str(&out);
	if (tidy.len >= 2 && tidy.data[0] == '\'' &&
	    tidy.data[tidy.len - 1] == '\'')
		tidy = str_sub(tidy, 1, tidy.len - 2);
	return tidy;
}

static void
take_addresses(struct view *view, const struct sa_forms *forms,
    const struct vec *values, struct vec *taken)
{
	struct vec addresses;

	vec_init(&addresses, view->arena, sizeof(struct sa_address));
	for (size_t i = 0; i < values->len; i++)
		sa_addresses_read(view->arena,
		    *(struct str *)vec_at(values, i), &addresses);
	for (size_t i = 0; i < addresses.len; i++) {
		const struct sa_address *address = vec_at(&addresses, i);
		struct str phrase = address->phrase;

		if (forms->addr && address->address.data != NULL)
			push(taken, address->address);
		if (forms->addr || phrase.data == NULL)
			continue;
		push(taken, forms->raw ? phrase : tidy_name(view->arena,
		    sa_field_decode(view->arena, STR("from"), phrase)));
	}
}

static bool
is_joint(char c)
{
	return c == '.' || c == '_' || c == '-';
}

/* The longest host name at the start of token that ends in a top-level domain;
 * 0: there is none. */
static size_t
host_len(const struct view *view, struct str token)
{
	for (size_t dot = token.len; dot-- > 1;) {
		size_t end = dot + 1;

		if (token.data[dot] != '.')
			continue;
		while (end < token.len && char_is_alnum(token.data[end]))
			end++;
		if (end > dot + 2 &&
		    (end == token.len || !is_joint(token.data[end])) &&
		    sa_has_known_end(sa_boundaries_of(view),
		    str_lower(view->arena,
		    str_sub(token, dot + 1, end - dot - 1))))
			return end;
	}
	return 0;
}

/* The host that a value names, first that of an address. */
static struct str
host_in(const struct view *view, struct str value, bool is_address)
{
	struct arena *arena = view->arena;
	ptrdiff_t at = str_find_last(value, '@');
	struct str rest = str_from_pos(value, (size_t)(at + 1)), canonical;
	size_t len = 0;

	while (len < rest.len && len < HOST_MAX && !char_is_space(rest.data[len]))
		len++;
	if (is_address)
		return at < 0 || len == 0 ? STR("") : str_sub(rest, 0, len);
	if (at >= 0) {
		len = host_len(view, str_sub(rest, 0, len));
		if (len != 0 && domain_canonical(arena, str_sub(rest, 0, len),
		    &canonical) == 0)
			return str_sub(rest, 0, len);
	}
	while (value.len != 0) {
		size_t from = 0;

		while (from < value.len && char_is_space(value.data[from]))
			from++;
		value = str_from_pos(value, from);
		for (len = 0; len < value.len && len < HOST_MAX &&
		    !char_is_space(value.data[len]);)
			len++;
		for (from = 0; from < len && !char_is_alnum(value.data[from]);)
			from++;
		rest = str_sub(value, from, len - from);
		rest.len = host_len(view, rest);
		if (rest.len != 0 &&
		    domain_canonical(arena, rest, &canonical) == 0)
			return rest;
		value = str_from_pos(value, len != 0 ? len : 1);
	}
	return STR("");
}

/* The first address of a host in value. */
static struct str
ip_in(struct arena *arena, struct str value, bool is_reversed)
{
	struct netaddr address;
	size_t end;

	for (size_t at = 0; at < value.len; at = end + 1) {
		struct str text;

		for (end = at; end < value.len &&
		    (char_hex_value(value.data[end]) >= 0 ||
		    value.data[end] == '.' || value.data[end] == ':');)
			end++;
		text = str_sub(value, at, end - at);
		if (text.len < 3 || netaddr_parse(text, &address) != 0)
			continue;
		if (!is_reversed || address.len != 4)
			return text;
		return str_from(arena_printf(arena, "%u.%u.%u.%u",
		    address.bytes[3], address.bytes[2], address.bytes[1],
		    address.bytes[0]));
	}
	return STR("");
}

static void
take_hosts(const struct view *view, const struct sa_forms *forms,
    const struct vec *values, struct vec *taken)
{
	for (size_t i = 0; i < values->len; i++) {
		struct str value = *(struct str *)vec_at(values, i), host;

		host = forms->host ? host_in(view, value, forms->addr) :
		    ip_in(view->arena, value, forms->revip);
		if (host.len != 0 && forms->domain)
			host = sa_registered(view->arena,
			    sa_boundaries_of(view), host);
		if (host.len != 0)
			push(taken, host);
	}
}

void
sa_forms_take(struct view *view, const struct sa_forms *forms,
    const struct vec *values, struct vec *taken)
{
	struct vec people;

	if (forms->addr || forms->name) {
		vec_init(&people, view->arena, sizeof(struct str));
		take_addresses(view, forms, values, &people);
		values = &people;
	}
	if (forms->host || forms->ip)
		take_hosts(view, forms, values, taken);
	else
		for (size_t i = 0; i < values->len; i++)
			push(taken, *(struct str *)vec_at(values, i));
}
