/* SPDX-License-Identifier: ISC */
/* address_domain.c - domain names: one spelling for each, and which is where. */
#include "mail/address.h"

#include <idn2.h>
#include <string.h>

#include "base/arena.h"

#define NAME_MAX_BYTES 253	/* RFC 1035 3.1, written with dots */
#define LABEL_MAX_BYTES 63
/* U-labels are longer than what they become, but no name of the DNS comes from
 * more than this; a stranger's kilobytes are not given to the library. */
#define UNICODE_MAX_BYTES 1024

/* Letters, digits, hyphens, and the underscores that real names have. */
static const bool in_label[256] = {
	['-'] = true, ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['_'] = true,
	['a' ... 'z'] = true,
};

/* A name of ASCII in lower case. */
static int
read_name(struct arena *arena, struct str name, struct str *name_r)
{
	size_t label = 0;
	char *lower;

	if (name.len > NAME_MAX_BYTES)
		return -1;
	lower = arena_alloc(arena, name.len + 1);
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		if (c == '.' ? label == 0 : !in_label[(unsigned char)c])
			return -1;
		label = c == '.' ? 0 : label + 1;
		if (label > LABEL_MAX_BYTES)
			return -1;
		lower[i] = char_lower(c);
	}
	if (label == 0)
		return -1;
	lower[name.len] = '\0';
	*name_r = str_of(lower, name.len);
	return 0;
}

/* UTS 46, non-transitional, as browsers and RFC 8616 readers do: "ß" stays a
 * letter of its own. The mapping may yield any ASCII byte ("℀" is "a/c"), so
 * the caller looks at what came out. */
static int
to_alabels(struct arena *arena, struct str domain, struct str *ascii_r)
{
	const char *text = str_dup(arena, domain);
	uint8_t *ascii;

	if (domain.len > UNICODE_MAX_BYTES || strlen(text) != domain.len)
		return -1;
	if (idn2_lookup_u8((const uint8_t *)text, &ascii,
	    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return -1;
	*ascii_r = str_copy(arena, str_from((const char *)ascii));
	idn2_free(ascii);
	return 0;
}

int
domain_canonical(struct arena *arena, struct str domain,
    struct str *canonical_r)
{
	struct str name = domain;

	if (!str_is_ascii(domain) && to_alabels(arena, domain, &name) < 0)
		return -1;
	if (name.len != 0 && name.data[name.len - 1] == '.')
		name.len--;
	return read_name(arena, name, canonical_r);
}

struct str
domain_shown(struct arena *arena, struct str canonical)
{
	struct str shown;
	char *text;

	/* Few have a hyphen at all. */
	if (canonical.len > NAME_MAX_BYTES || str_find(canonical, '-') < 0 ||
	    memmem(canonical.data, canonical.len, "xn--", 4) == NULL)
		return canonical;
	if (idn2_to_unicode_8z8z(str_dup(arena, canonical), &text, 0) !=
	    IDN2_OK)
		return canonical;
	shown = str_copy(arena, str_from(text));
	idn2_free(text);
	return shown;
}

bool
domain_matches(struct str domain, struct str pattern)
{
	if (!str_has_prefix_nocase(pattern, STR("*.")))
		return str_eq_nocase(domain, pattern);
	pattern = str_from_pos(pattern, 1);
	return pattern.len > 1 && domain.len > pattern.len &&
	    str_has_suffix_nocase(domain, pattern);
}

bool
domain_is_within(struct str domain, struct str parent)
{
	if (parent.len == 0)
		return false;
	return str_eq_nocase(domain, parent) ||
	    (str_has_suffix_nocase(domain, parent) &&
	    domain.data[domain.len - parent.len - 1] == '.');
}

size_t
domain_labels(struct str domain)
{
	size_t count = 1;

	for (size_t i = 0; i < domain.len; i++)
		count += domain.data[i] == '.';
	return count;
}
