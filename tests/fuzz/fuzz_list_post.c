/* SPDX-License-Identifier: ISC */
/* fuzz_list_post.c - List-Id and List-Post as strangers write them. */
#include "base/arena.h"
#include "fuzz.h"
#include "mail/address.h"
#include "mail/header.h"
#include "mail/list_post.h"

/* Canonical names of two labels or more, none twice. */
static void
check_domains(struct arena *arena, const struct vec *domains)
{
	must(domains->len <= LIST_POST_DOMAINS_MAX);
	for (size_t i = 0; i < domains->len; i++) {
		struct str domain = *(struct str *)vec_at(domains, i), again;

		must(domain_canonical(arena, domain, &again) == 0);
		must(str_eq(domain, again) && str_find(domain, '.') > 0);
		must(list_post_is_of(domain, domain));
		for (size_t k = 0; k < i; k++)
			must(!str_eq(domain,
			    *(struct str *)vec_at(domains, k)));
	}
}

/* Both fields with the same value. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str value = { (const char *)data, size };
	struct arena *arena = arena_new(0);
	struct header_list headers;
	struct vec domains;

	header_list_init(&headers, arena);
	header_list_add(&headers, STR("List-Id"), value);
	header_list_add(&headers, STR("List-Post"), value);
	domains = list_post_domains(arena, &headers);
	check_domains(arena, &domains);
	arena_free(&arena);
	return 0;
}
