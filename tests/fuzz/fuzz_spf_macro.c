/* SPDX-License-Identifier: ISC */
/* fuzz_spf_macro.c - a macro string and hostile facts for it. A byte 1, which
 * is right in no macro string, separates the string from the local part, the
 * domain, the HELO and the validated name. */
#include <string.h>

#include "auth/spf.h"
#include "auth/spf_macro.h"
#include "base/arena.h"
#include "fuzz.h"
#include "spf_name.h"

static bool
is_right(struct arena *arena, struct str text, enum spf_macro_place place)
{
	const char *error = NULL;
	bool right = spf_macro_check(arena, text, place, &error) == 0;

	must(right == (error == NULL));
	return right;
}

static void
check_expansion(struct arena *arena, struct str text,
    const struct spf_macro_facts *facts)
{
	struct str whole = spf_macro_expand(arena, text, facts);
	struct str name;

	must(whole.data != NULL && whole.len <= SPF_EXPANSION_MAX);
	/* What is right as a domain-spec is right in all places, and what is
	 * right in a modifier is right in an explanation. */
	if (!is_right(arena, text, SPF_IN_DOMAIN))
		return;
	must(is_right(arena, text, SPF_IN_MODIFIER));
	name = spf_macro_domain(arena, text, facts);
	must(name.data != NULL && name.len <= 253);
	if (whole.len < SPF_EXPANSION_MAX)
		must(str_eq(name, spf_name_cut(whole)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct str rest = str_of((const char *)data, size), text = STR("");
	struct spf_query query = { .receiver = "mx.example.net",
		.now_ms = 1790000000000 };
	struct spf_macro_facts facts = { .query = &query };

	str_cut(&rest, '\1', &text);
	str_cut(&rest, '\1', &query.local);
	str_cut(&rest, '\1', &query.domain);
	str_cut(&rest, '\1', &query.helo);
	str_cut(&rest, '\1', &facts.name);
	facts.domain = query.domain;
	must(netaddr_parse(size % 2 == 0 ? STR("192.0.2.3")
	    : STR("2001:db8::cb01"), &query.client) == 0);
	if (is_right(arena, text, SPF_IN_EXPLANATION))
		check_expansion(arena, text, &facts);
	else
		must(!is_right(arena, text, SPF_IN_MODIFIER) &&
		    !is_right(arena, text, SPF_IN_DOMAIN));
	spf_macro_wants_name(text);
	arena_free(&arena);
	return 0;
}
