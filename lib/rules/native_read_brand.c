/* SPDX-License-Identifier: ISC */
/* native_read_brand.c - brands: their names, and the domains that are theirs. */
#include <string.h>

#include "base/arena.h"
#include "mail/address.h"
#include "rules/native_read.h"
#include "rules/native_read_private.h"

const char *
native_brand_option(struct arena *arena, const char *what, struct str brand)
{
	return arena_printf(arena, "brand-%s %.*s", what, STR_ARG(brand));
}

/* What is looked up is in the one form that domains have here. */
static int
read_value(struct native *native, const struct conf_line *line,
    const char *word, struct str *value_r)
{
	*value_r = str_from(word);
	if (strcmp(line->words[0], "domain") == 0 &&
	    domain_canonical(native->arena, *value_r, value_r) < 0)
		return native_fail(native, line->place, "'%s' is no domain",
		    word);
	return 0;
}

static int
read_option(struct native *native, struct native_brand *brand,
    const struct conf_line *line)
{
	static const char *const known[] = { "name", "label", "domain", NULL };
	struct native_brand_line *made;
	size_t kind = 0;

	while (known[kind] != NULL && strcmp(known[kind], line->words[0]) != 0)
		kind++;
	if (known[kind] == NULL)
		return native_refuse(native, line->place, "option",
		    line->words[0], known);
	if (native_check_count(native, line, 1, SIZE_MAX) < 0)
		return -1;
	for (size_t i = 1; i < line->count; i++) {
		made = vec_push(&brand->lines);
		made->option = str_from(native_brand_option(native->arena,
		    known[kind], brand->name));
		if (read_value(native, line, line->words[i],
		    &made->value) < 0)
			return -1;
	}
	return 0;
}

int
native_read_brand(struct native *native, const struct conf_plain *section)
{
	struct native_brand *brand = vec_push(&native->brands);

	brand->name = str_from(section->head.words[1]);
	vec_init(&brand->lines, native->arena,
	    sizeof(struct native_brand_line));
	for (size_t i = 0; i < section->option_count; i++)
		if (read_option(native, brand, &section->options[i]) < 0)
			return -1;
	return 0;
}
