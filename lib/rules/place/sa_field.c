/* SPDX-License-Identifier: ISC */
/* sa_field.c - header fields by name and form, as SpamAssassin's get() gives
 * them. */
#include "base/arena.h"
#include "base/map.h"
#include "mail/header.h"
#include "mail/netlist.h"
#include "mail/public_suffix.h"
#include "mail/txn.h"
#include "mime/charset.h"
#include "mime/words.h"
#include "rules/place/sa_private.h"

/* What is kept of one value, and of all together. */
#define VALUE_MAX ((size_t)8192)
#define HEADER_MAX ((size_t)65536)
#define HOST_MAX ((size_t)251)

/* --- values --------------------------------------------------------------------- */

/* In these encoded words mean nothing (RFC 2047 5). */
static bool
is_structured(struct str name)
{
	static const char *const names[] = { "received", "message-id", "date",
		"resent-message-id", "resent-date", "mime-version",
		"references", "in-reply-to" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_is_nocase(name, names[i]))
			return true;
	return str_has_prefix_nocase(name, STR("list-"));
}

/* Folds as one blank, nothing at the ends. */
static struct str
unfold(struct arena *arena, struct str value)
{
	struct buf out;

	value = str_trim(value);
	if (str_find(value, '\n') < 0 && str_find(value, '\r') < 0)
		return value;
	buf_init(&out, arena);
	buf_reserve(&out, value.len + 1);
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] == '\r' && i + 1 < value.len &&
		    value.data[i + 1] == '\n')
			continue;
		if (value.data[i] != '\n') {
			buf_add_char(&out, value.data[i]);
			continue;
		}
		while (i + 1 < value.len && char_is_blank(value.data[i + 1]))
			i++;
		buf_add_char(&out, ' ');
	}
	return buf_str(&out);
}

struct str
sa_field_decode(struct arena *arena, struct str name, struct str value)
{
	struct charset_reading reading;

	value = unfold(arena, str_sub(value, 0, VALUE_MAX));
	if (is_structured(name)) {
		if (str_is_ascii(value))
			return value;
		charset_read(arena, STR("utf-8"), value, &reading);
		return reading.text;
	}
	return words_decode(arena, value, NULL);
}

struct str
sa_field_last(struct arena *arena, const struct vec *fields, const char *name)
{
	const struct header *last = NULL;

	for (size_t i = 0; i < fields->len; i++) {
		const struct header *field = vec_at(fields, i);

		if (!field->is_ours && str_is_nocase(field->name, name))
			last = field;
	}
	return last == NULL ? str_of(NULL, 0) :
	    sa_field_decode(arena, last->name, last->value);
}

static void
push(struct vec *values, struct str value)
{
	*(struct str *)vec_push(values) = value;
}

static struct str
with_line_end(struct arena *arena, struct str value)
{
	struct buf out;

	buf_init(&out, arena);
	buf_reserve(&out, value.len + 1);
	buf_add_str(&out, value);
	buf_add_char(&out, '\n');
	return buf_str(&out);
}

/* The values of all fields of this name. */
static void
get_named(struct view *view, const char *name, size_t name_len, bool is_raw,
    struct vec *values)
{
	const struct vec *fields = &view->txn->headers.fields;
	struct str wanted = str_of(name, name_len), value;

	for (size_t i = 0; i < fields->len; i++) {
		const struct header *field = vec_at(fields, i);

		if (field->is_ours || !str_eq_nocase(field->name, wanted))
			continue;
		value = is_raw ? str_sub(field->value, 0, VALUE_MAX) :
		    sa_field_decode(view->arena, field->name, field->value);
		push(values, with_line_end(view->arena, value));
	}
}

static struct str
whole_field(struct arena *arena, const struct header *field, bool is_raw)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add_str(&out, field->name);
	buf_add_text(&out, is_raw ? ":" : ": ");
	buf_add_str(&out, is_raw ? field->value :
	    sa_field_decode(arena, field->name, field->value));
	buf_add_char(&out, '\n');
	return buf_str(&out);
}

/* The whole header, a text a field, from the Received of number `from` on (-1:
 * from the top) to that of number `to`. */
static void
get_all(struct view *view, bool is_raw, ptrdiff_t from, ptrdiff_t to,
    struct vec *values)
{
	const struct vec *fields = &view->txn->headers.fields;
	ptrdiff_t received = -1;
	size_t size = 0;

	for (size_t i = 0; i < fields->len && size <= HEADER_MAX; i++) {
		const struct header *field = vec_at(fields, i);

		if (field->is_ours)
			continue;
		received += str_is_nocase(field->name, "received");
		if (received < from)
			continue;
		push(values, whole_field(view->arena, field, is_raw));
		size += field->name.len + field->value.len;
		if (received == to)
			break;
	}
}

/* --- forms ---------------------------------------------------------------------- */

struct forms {
	bool raw, addr, name, host, domain, ip, revip, first, last;
};

static struct forms
forms_of(struct str form)
{
	struct forms forms = { false };
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
take_addresses(struct view *view, const struct forms *forms,
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
host_len(struct arena *arena, struct str token)
{
	for (size_t dot = token.len; dot-- > 1;) {
		size_t end = dot + 1;

		if (token.data[dot] != '.')
			continue;
		while (end < token.len && char_is_alnum(token.data[end]))
			end++;
		if (end > dot + 2 &&
		    (end == token.len || !is_joint(token.data[end])) &&
		    public_suffix_is_known(str_lower(arena,
		    str_sub(token, dot + 1, end - dot - 1))))
			return end;
	}
	return 0;
}

/* The host that a value names, first that of an address. */
static struct str
host_in(struct arena *arena, struct str value, bool is_address)
{
	ptrdiff_t at = str_find_last(value, '@');
	struct str rest = str_from_pos(value, (size_t)(at + 1)), canonical;
	size_t len = 0;

	while (len < rest.len && len < HOST_MAX && !char_is_space(rest.data[len]))
		len++;
	if (is_address)
		return at < 0 || len == 0 ? STR("") : str_sub(rest, 0, len);
	if (at >= 0) {
		len = host_len(arena, str_sub(rest, 0, len));
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
		rest.len = host_len(arena, rest);
		if (rest.len != 0 &&
		    domain_canonical(arena, rest, &canonical) == 0)
			return rest;
		value = str_from_pos(value, len != 0 ? len : 1);
	}
	return STR("");
}

static struct str
registrable(struct arena *arena, struct str host)
{
	struct str canonical, found;

	if (domain_canonical(arena, host, &canonical) != 0)
		return host;
	found = public_suffix_registrable(canonical);
	return found.data != NULL ? found : canonical;
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
take_hosts(struct arena *arena, const struct forms *forms,
    const struct vec *values, struct vec *taken)
{
	for (size_t i = 0; i < values->len; i++) {
		struct str value = *(struct str *)vec_at(values, i), host;

		host = forms->host ? host_in(arena, value, forms->addr) :
		    ip_in(arena, value, forms->revip);
		if (host.len != 0 && forms->domain)
			host = registrable(arena, host);
		if (host.len != 0)
			push(taken, host);
	}
}

/* --- by name -------------------------------------------------------------------- */

static void
get_part_of_all(struct view *view, struct str name, bool is_raw,
    struct vec *values)
{
	ptrdiff_t trusted;

	if (str_is(name, "all")) {
		get_all(view, is_raw, -1, PTRDIFF_MAX, values);
		return;
	}
	trusted = (ptrdiff_t)sa_relays(view)->trusted_fields;
	if (str_is(name, "all-trusted") || str_is(name, "all-internal"))
		get_all(view, is_raw, -1, trusted, values);
	else
		get_all(view, is_raw, trusted, PTRDIFF_MAX, values);
}

static void
get_several(struct view *view, const char *const *names, bool is_raw,
    struct vec *values)
{
	for (; *names != NULL; names++)
		get_named(view, *names, strlen(*names), is_raw, values);
}

static void
get_values(struct view *view, struct str name, bool is_raw,
    struct vec *values)
{
	static const char *const recipients[] = { "to", "cc", NULL };
	static const char *const ids[] = { "x-message-id", "resent-message-id",
		"x-original-message-id", "message-id", NULL };
	struct str text;

	if (str_is(name, "all") || str_has_prefix_nocase(name, STR("all-"))) {
		get_part_of_all(view, name, is_raw, values);
	} else if (str_is(name, "tocc")) {
		get_several(view, recipients, is_raw, values);
	} else if (str_is(name, "messageid")) {
		get_several(view, ids, is_raw, values);
	} else if (str_is(name, "envelopefrom")) {
		text = sa_envelope_from(view);
		if (text.data != NULL)
			push(values, text);
	} else if (str_has_prefix_nocase(name, STR("x-spam-relays-"))) {
		push(values, sa_relays_text(view, str_from_pos(name, 14)));
	} else {
		get_named(view, name.data, name.len, is_raw, values);
	}
}

void
sa_get(struct view *view, struct str name, struct str form,
    struct vec *values)
{
	struct forms forms = forms_of(form);
	struct vec all, taken;

	vec_init(&all, view->arena, sizeof(struct str));
	vec_init(&taken, view->arena, sizeof(struct str));
	get_values(view, name, forms.raw || forms.addr || forms.name, &all);
	if (all.len > 1 && forms.first)
		all.len = 1;
	if (all.len > 1 && forms.last) {
		*(struct str *)vec_at(&all, 0) =
		    *(struct str *)vec_at(&all, all.len - 1);
		all.len = 1;
	}
	if (forms.addr || forms.name) {
		take_addresses(view, &forms, &all, &taken);
		all = taken;
		vec_init(&taken, view->arena, sizeof(struct str));
	}
	if (forms.host || forms.ip) {
		take_hosts(view->arena, &forms, &all, &taken);
		all = taken;
	}
	for (size_t i = 0; i < all.len; i++)
		push(values, *(struct str *)vec_at(&all, i));
}

const struct vec *
sa_get_all(struct view *view, const char *request)
{
	void **kept = view_kept(view, arena_printf(view->arena, "sa_get %s",
	    request));
	struct str form = str_from(request), name;
	struct vec *values;

	if (*kept != NULL)
		return *kept;
	*kept = values = arena_zalloc(view->arena, sizeof(*values));
	vec_init(values, view->arena, sizeof(struct str));
	str_cut(&form, ':', &name);
	sa_get(view, name, form, values);
	return values;
}

struct str
sa_get_text(struct view *view, const char *request)
{
	const struct vec *values = sa_get_all(view, request);
	struct buf out;

	if (values->len == 0)
		return str_of(NULL, 0);
	if (values->len == 1 || strstr(request, ":addr") != NULL ||
	    strstr(request, ":name") != NULL)
		return *(struct str *)vec_at(values, 0);
	buf_init(&out, view->arena);
	for (size_t i = 0; i < values->len; i++)
		buf_add_str(&out, *(struct str *)vec_at(values, i));
	return buf_str(&out);
}
