/* SPDX-License-Identifier: ISC */
/* fuzz_header.c - header values folded and unfolded, fields numbered. */
#include "base/arena.h"
#include "fuzz.h"
#include "mail/header.h"

/* Folding adds line ends in front of blanks and nothing else. */
static void
check_fold(struct arena *arena, struct str value)
{
	struct str folded = header_fold(arena, 8, value);
	size_t at = 0;

	for (size_t i = 0; i < folded.len; i++) {
		if (at < value.len && folded.data[i] == value.data[at]) {
			at++;
			continue;
		}
		must(folded.data[i] == '\n');
		must(at < value.len &&
		    (value.data[at] == ' ' || value.data[at] == '\t'));
	}
	must(at == value.len);
	must(str_eq(header_fold(arena, 8, folded), folded));
}

static void
check_list(struct arena *arena, struct str text)
{
	struct str rest = text, line;
	struct header_list list;
	size_t at = 0, seen = 0;

	header_list_init(&list, arena);
	while (str_cut(&rest, '\n', &line)) {
		struct str name;

		str_cut(&line, ':', &name);
		if (header_name_is_valid(name))
			header_list_add(&list, name, line);
	}
	for (size_t i = 0; i < list.fields.len && i < 100; i++) {
		const struct header *header = vec_at(&list.fields, i);
		const char *name = str_dup(arena, header->name);
		size_t nth = header_nth(&list, header);

		must(nth >= 1);
		must(nth <= header_count(&list, name));
		if (nth == 1)
			must(header_first(&list, name) == header);
	}
	while (header_next(&list, "From", &at) != NULL)
		seen++;
	must(seen == header_count(&list, "fROM"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct arena *arena = arena_new(0);

	must(str_find(header_unfold(arena, text), '\n') < 0);
	check_fold(arena, text);
	check_list(arena, text);
	arena_free(&arena);
	return 0;
}
