/* SPDX-License-Identifier: ISC */
/* spf_record.c - SPF records, read as strictly as RFC 7208 5, 6, 12 say. */
#include "auth/spf_record.h"

#include <arpa/inet.h>
#include <string.h>

#include "auth/spf_macro.h"
#include "base/arena.h"

#define VERSION STR("v=spf1")

/* So much of a term is shown in a reason. */
#define SHOWN_TERM_MAX 60

/* The functions down to the table of mechanisms read what stands behind a
 * mechanism's name, and all of it. */
static int
take_nothing(struct arena *arena, struct str rest, struct spf_term *term,
    const char **error_r)
{
	(void)arena;
	(void)term;
	if (rest.len == 0)
		return 0;
	*error_r = "nothing can follow its name";
	return -1;
}

/* ":" domain-spec */
static int
take_domain(struct arena *arena, struct str rest, struct spf_term *term,
    const char **error_r)
{
	if (rest.len == 0 || rest.data[0] != ':') {
		*error_r = "no ':' with a domain follows its name";
		return -1;
	}
	term->domain_spec = str_from_pos(rest, 1);
	return spf_macro_check(arena, term->domain_spec, SPF_IN_DOMAIN,
	    error_r);
}

/* [ ":" domain-spec ] */
static int
take_any_domain(struct arena *arena, struct str rest, struct spf_term *term,
    const char **error_r)
{
	return rest.len != 0 ? take_domain(arena, rest, term, error_r) : 0;
}

/* Take a CIDR length off the end of *rest, if one stands there behind these
 * slashes: "0", or digits of which the first is not 0 (5.6). A domain-spec ends
 * in a top label or in a macro and never looks like that, though slashes may
 * stand inside of it. */
static int
take_prefix(struct str *rest, struct str slashes, uint8_t most,
    uint8_t *prefix_r, const char **error_r)
{
	size_t end = rest->len;
	struct str before, digits;
	uint64_t prefix;

	while (end != 0 && char_is_digit(rest->data[end - 1]))
		end--;
	before = str_sub(*rest, 0, end);
	digits = str_from_pos(*rest, end);
	if (digits.len == 0 || !str_has_suffix_nocase(before, slashes))
		return 0;
	*rest = str_sub(before, 0, end - slashes.len);
	if ((digits.len > 1 && digits.data[0] == '0') ||
	    str_to_u64(digits, most, &prefix) < 0) {
		*error_r = most == 32 ? "the prefix length is not 0 to 32"
		    : "the prefix length is not 0 to 128";
		return -1;
	}
	*prefix_r = (uint8_t)prefix;
	return 0;
}

/* [ ":" domain-spec ] [ dual-cidr-length ], where the IPv6 one stands last and
 * has two slashes (5.3). */
static int
take_hosts(struct arena *arena, struct str rest, struct spf_term *term,
    const char **error_r)
{
	if (take_prefix(&rest, STR("//"), 128, &term->prefix6, error_r) < 0 ||
	    take_prefix(&rest, STR("/"), 32, &term->prefix4, error_r) < 0)
		return -1;
	return take_any_domain(arena, rest, term, error_r);
}

/* inet_pton() reads what 5.6 allows and nothing else: a dotted quad without
 * leading zeros (qnum), and the texts of RFC 4291 2.2 without a zone. */
static int
take_address(struct str rest, int family, struct netaddr *addr)
{
	char text[INET6_ADDRSTRLEN];

	if (rest.len == 0 || rest.data[0] != ':' || rest.len > sizeof(text) ||
	    str_find(rest, '\0') >= 0)
		return -1;
	memcpy(text, rest.data + 1, rest.len - 1);
	text[rest.len - 1] = '\0';
	addr->len = family == AF_INET ? 4 : 16;
	return inet_pton(family, text, addr->bytes) == 1 ? 0 : -1;
}

/* ":" ip4-network [ ip4-cidr-length ] */
static int
take_ip4(struct arena *arena, struct str rest, struct spf_term *term,
    const char **error_r)
{
	(void)arena;
	if (take_prefix(&rest, STR("/"), 32, &term->prefix4, error_r) < 0)
		return -1;
	if (take_address(rest, AF_INET, &term->network) == 0)
		return 0;
	*error_r = "no ':' with an IPv4 address follows its name";
	return -1;
}

/* ":" ip6-network [ ip6-cidr-length ] */
static int
take_ip6(struct arena *arena, struct str rest, struct spf_term *term,
    const char **error_r)
{
	(void)arena;
	if (take_prefix(&rest, STR("/"), 128, &term->prefix6, error_r) < 0)
		return -1;
	if (take_address(rest, AF_INET6, &term->network) == 0)
		return 0;
	*error_r = "no ':' with an IPv6 address follows its name";
	return -1;
}

static const struct mechanism {
	const char *name;
	enum spf_mechanism mechanism;
	int (*take)(struct arena *arena, struct str rest,
	    struct spf_term *term, const char **error_r);
} mechanisms[] = {
	{ "all", SPF_ALL, take_nothing },
	{ "include", SPF_INCLUDE, take_domain },
	{ "a", SPF_A, take_hosts },
	{ "mx", SPF_MX, take_hosts },
	{ "ptr", SPF_PTR, take_any_domain },
	{ "ip4", SPF_IP4, take_ip4 },
	{ "ip6", SPF_IP6, take_ip6 },
	{ "exists", SPF_EXISTS, take_domain },
};

static const struct mechanism *
find_mechanism(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(mechanisms); i++)
		if (str_is_nocase(name, mechanisms[i].name))
			return &mechanisms[i];
	return NULL;
}

/* The result of a qualifier (4.6.2). False: c is none. */
static bool
read_qualifier(char c, enum result *result_r)
{
	switch (c) {
	case '+':
		*result_r = RESULT_PASS;
		return true;
	case '-':
		*result_r = RESULT_FAIL;
		return true;
	case '~':
		*result_r = RESULT_SOFTFAIL;
		return true;
	case '?':
		*result_r = RESULT_NEUTRAL;
		return true;
	default:
		return false;
	}
}

/* directive = [ qualifier ] mechanism */
static int
take_directive(struct arena *arena, struct str text, struct spf_term *term,
    const char **error_r)
{
	const struct mechanism *mechanism;
	struct str name = text;
	size_t len = 0;

	*term = (struct spf_term){ .text = text, .result = RESULT_PASS,
		.prefix4 = 32, .prefix6 = 128 };
	if (read_qualifier(name.data[0], &term->result))
		name = str_from_pos(name, 1);
	while (len < name.len && char_is_alnum(name.data[len]))
		len++;
	mechanism = find_mechanism(str_sub(name, 0, len));
	if (mechanism == NULL) {
		*error_r = "no such mechanism";
		return -1;
	}
	term->mechanism = mechanism->mechanism;
	return mechanism->take(arena, str_from_pos(name, len), term, error_r);
}

/* name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ), and a "=" behind it: the
 * term is a modifier (4.6.1). */
static bool
is_modifier(struct str text, struct str *name_r, struct str *value_r)
{
	size_t len = 0;

	while (len < text.len && (char_is_alnum(text.data[len]) ||
	    text.data[len] == '-' || text.data[len] == '_' ||
	    text.data[len] == '.'))
		len++;
	*name_r = str_sub(text, 0, len);
	*value_r = str_from_pos(text, len + 1);
	return len != 0 && len < text.len && text.data[len] == '=' &&
	    char_is_alpha(text.data[0]);
}

static int
take_modifier(struct arena *arena, struct str name, struct str value,
    struct spf_record *record, const char **error_r)
{
	struct str *place;

	if (str_is_nocase(name, "redirect"))
		place = &record->redirect;
	else if (str_is_nocase(name, "exp"))
		place = &record->exp;
	else	/* It means nothing, but it must be right (6). */
		return spf_macro_check(arena, value, SPF_IN_MODIFIER, error_r);
	if (place->data != NULL) {
		*error_r = "it stands twice";	/* 6 */
		return -1;
	}
	*place = value;
	return spf_macro_check(arena, value, SPF_IN_DOMAIN, error_r);
}

static int
take_term(struct arena *arena, struct str text, struct spf_record *record,
    const char **error_r)
{
	struct str name, value, shown = str_sub(text, 0, SHOWN_TERM_MAX);
	const char *why;
	int status;

	if (is_modifier(text, &name, &value))
		status = take_modifier(arena, name, value, record, &why);
	else
		status = take_directive(arena, text, vec_push(&record->terms),
		    &why);
	if (status < 0)
		*error_r = arena_printf(arena, "'%.*s%s': %s", STR_ARG(shown),
		    shown.len < text.len ? "..." : "", why);
	return status;
}

/* Blanks part the terms; all else is visible ASCII (12). */
static int
check_bytes(struct arena *arena, struct str text, const char **error_r)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] >= ' ' && text.data[i] <= '~')
			continue;
		*error_r = arena_printf(arena,
		    "byte 0x%02x cannot stand in a record",
		    (unsigned char)text.data[i]);
		return -1;
	}
	return 0;
}

bool
spf_record_is(struct str text)
{
	return str_has_prefix_nocase(text, VERSION) &&
	    (text.len == VERSION.len || text.data[VERSION.len] == ' ');
}

int
spf_record_parse(struct arena *arena, struct str text,
    struct spf_record *record_r, const char **error_r)
{
	struct str rest = str_from_pos(text, VERSION.len), term;

	*record_r = (struct spf_record){ .redirect = { NULL, 0 } };
	vec_init(&record_r->terms, arena, sizeof(struct spf_term));
	if (check_bytes(arena, text, error_r) < 0)
		return -1;
	while (str_cut(&rest, ' ', &term)) {
		if (term.len != 0 &&
		    take_term(arena, term, record_r, error_r) < 0)
			return -1;
	}
	return 0;
}
