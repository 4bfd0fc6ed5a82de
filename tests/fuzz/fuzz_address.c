/* SPDX-License-Identifier: ISC */
/* fuzz_address.c - addresses of envelopes and of From, and domain names. */
#include "base/arena.h"
#include "fuzz.h"
#include "mail/address.h"

/* What was read can be written, and reads as the same again. */
static void
check_round_trip(struct arena *arena, const struct address *address)
{
	struct str text = address_print(arena, address);
	struct address again;
	const char *error;

	must(address_parse_path(arena, text, &again, &error) == 0);
	must(str_eq(again.local, address->local));
	must(str_eq(again.domain, address->domain));
}

static void
check_list(struct arena *arena, struct str value)
{
	const char *error = NULL;
	struct vec list;
	int status;

	vec_init(&list, arena, sizeof(struct address));
	status = address_parse_list(arena, value, 1000, &list, &error);
	must((status < 0) == (error != NULL));
	must(list.len <= 1000);
	for (size_t i = 0; i < list.len; i++) {
		const struct address *address = vec_at(&list, i);

		check_round_trip(arena, address);
		address_canonical(arena, address, '+');
	}
}

static void
check_domain(struct arena *arena, struct str text)
{
	struct str once, twice;

	if (domain_canonical(arena, text, &once) < 0)
		return;
	must(once.len >= 1 && once.len <= 253);
	must(domain_canonical(arena, once, &twice) == 0);
	must(str_eq(once, twice));
	must(domain_is_within(once, once));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct arena *arena = arena_new(0);
	struct address address;
	const char *error = NULL;

	if (address_parse_path(arena, text, &address, &error) == 0)
		check_round_trip(arena, &address);
	else
		must(error != NULL);
	check_list(arena, text);
	check_domain(arena, text);
	arena_free(&arena);
	return 0;
}
