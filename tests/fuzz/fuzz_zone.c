/* SPDX-License-Identifier: ISC */
/* fuzz_zone.c - zone files, and a question for each name in them. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/wait.h"
#include "dns/dns.h"
#include "dns/zone.h"
#include "fuzz.h"

static void
ask_all(struct dns_source *source, struct str text)
{
	static const enum dns_type types[] = { DNS_A, DNS_MX, DNS_TXT,
	    DNS_CNAME };
	struct arena *arena = arena_new(0);
	struct wait *wait = wait_new();
	struct dns_view *view = dns_view_new(arena, source, wait);
	struct str line, name;

	while (str_cut(&text, '\n', &line)) {
		str_cut(&line, '\t', &name);
		for (size_t i = 0; i < 4; i++)
			if (dns_ask(view, name, types[i]) == NULL)
				abort();
	}
	arena_free(&arena);
	wait_unref(&wait);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_of((const char *)data, size);
	struct arena *arena = arena_new(0);
	const char *error = NULL;
	struct dns_source *source = zone_source_parse("zone", text, arena,
	    &error);

	if (source != NULL)
		ask_all(source, text);
	else if (error == NULL)
		abort();
	dns_source_free(&source);
	arena_free(&arena);
	return 0;
}
