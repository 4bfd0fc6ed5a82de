/* SPDX-License-Identifier: ISC */
/* fuzz_login.c - login maps of any bytes. */
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "fuzz.h"
#include "mail/address.h"
#include "mail/login.h"

#define OWNER "owner@fuzz.invalid"

static struct login_map *
parse(struct arena *arena, struct str text)
{
	const char *error = NULL;
	struct login_map *map = login_map_parse(arena, "fuzz", text, '+',
	    &error);

	must((map == NULL) == (error != NULL));
	return map;
}

/* Is an entry of our own found, with the text in front of it or behind? */
static void
check_entry(struct arena *arena, struct str text, bool is_first)
{
	static const struct address address = { .local = { "owner", 5 },
	    .domain = { "fuzz.invalid", 12 } };
	struct login_map *map;
	struct buf whole;

	buf_init(&whole, arena);
	if (!is_first)
		buf_add_str(&whole, text);
	buf_add_text(&whole, "\n" OWNER " me\n");
	if (is_first)
		buf_add_str(&whole, text);
	map = parse(arena, buf_str(&whole));
	/* Behind a text that is a map it makes a map. */
	must(map != NULL || is_first);
	if (map != NULL)
		must(login_may_use(map, "me", &address));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct str text = str_of((const char *)data, size);
	struct login_map *map;
	struct address address;
	const char *error;

	/* One warning for each map with an entry twice would be the log. */
	log_set_level(LOG_LEVEL_ERROR);
	map = parse(arena, text);
	if (map != NULL) {
		if (address_parse_path(arena, str_sub(text, 0, 64), &address,
		    &error) == 0)
			login_may_use(map, "me", &address);
		if (strcasestr(str_dup(arena, text), "fuzz.invalid") == NULL)
			check_entry(arena, text, false);
	}
	check_entry(arena, text, true);
	arena_free(&arena);
	return 0;
}
