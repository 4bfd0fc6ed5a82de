/* SPDX-License-Identifier: ISC */
/* fuzz_auth_results.c - Authentication-Results from outside, and in our own. */
#include "base/arena.h"
#include "fuzz.h"
#include "mail/auth_results.h"

/* The field that we write holds these results and ends where it should. */
static void
check_written(struct arena *arena, const char *id,
    const struct auth_result *const *results, size_t count)
{
	struct str value = auth_results_write(arena, id, results, count), line;
	struct auth_results again;
	const char *error;

	must(auth_results_parse(arena, value, &again, &error) == 0 ||
	    id[0] == '\0');
	must(again.count == count);
	for (size_t i = 0; i < count; i++)
		must(again.results[i].property_count ==
		    results[i]->property_count);
	while (str_cut(&value, '\n', &line)) {
		must(line.len > 1 && line.len < 998 - 23);
		must(line.data[0] == ' ' || line.data[0] == '\t');
		for (size_t i = 1; i < line.len; i++)
			must(line.data[i] >= ' ' && line.data[i] <= '~');
	}
}

/* Everything that was read, written as ours. */
static void
write_again(struct arena *arena, const struct auth_results *read)
{
	const struct auth_result **results = arena_alloc(arena,
	    (read->count + 1) * sizeof(*results));

	for (size_t i = 0; i < read->count; i++)
		results[i] = &read->results[i];
	check_written(arena, str_dup(arena, read->authserv_id), results,
	    read->count);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str value = { (const char *)data, size };
	struct arena *arena = arena_new(0);
	const char *text = str_dup(arena, value);
	const struct auth_result result = {
		.method = "x", .result = "pass", .reason = text,
		.comment = text, .property_count = 1,
		.properties = { { "a", "b", text } },
	};
	const struct auth_result *one = &result;
	struct auth_results read;
	const char *error = NULL;
	int status = auth_results_parse(arena, value, &read, &error);

	must((status < 0) == (error != NULL));
	if (str_is_nocase(read.authserv_id, "mx.example.org"))
		must(auth_results_is_ours(arena, value, "MX.example.org"));
	else
		auth_results_is_ours(arena, value, "mx.example.org");
	write_again(arena, &read);
	check_written(arena, "mx.example.org", &one, 1);
	arena_free(&arena);
	return 0;
}
