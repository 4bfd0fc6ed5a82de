/* SPDX-License-Identifier: ISC */
/* fuzz_ctl.c - request lines of the control sockets, and their JSON. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/ctl.h"
#include "fuzz.h"
#include "json/read.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct ctl_request request;
	const char *error = NULL;
	struct str text;

	if (ctl_parse(str_of((const char *)data, size), &request,
	    &error) == 0) {
		if (request.verb.len == 0 || request.verb.len > size)
			abort();
		if (json_read_text(arena, request.json, "id", &text,
		    &error) < 0 && error == NULL)
			abort();
	} else if (error == NULL) {
		abort();
	}
	arena_free(&arena);
	return 0;
}
