/* SPDX-License-Identifier: ISC */
/* fuzz_directory_text.c - a text of objects: what it says, written down, says
 * the same. */
#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "directory/directory.h"
#include "directory/directory_text.h"
#include "fuzz.h"

static const struct directory_text *
text_at(const struct vec *objects, size_t i)
{
	return vec_at(objects, i);
}

static int
parse(struct arena *arena, struct str text, struct vec *objects)
{
	const char *error = NULL;
	struct vec warnings;
	int result;

	vec_init(objects, arena, sizeof(struct directory_text));
	vec_init(&warnings, arena, sizeof(const char *));
	result = directory_text_parse("x", text, arena, objects, &warnings,
	    &error);
	must((result < 0) == (error != NULL));
	return result;
}

static const char *
print(struct arena *arena, const struct vec *objects)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < objects->len; i++)
		buf_add_text(&out, directory_object_print(
		    text_at(objects, i)->object, arena));
	return out.len != 0 ? out.data : "";
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_of((const char *)data, size);
	struct arena *arena;
	struct vec first, second;
	const char *printed;

	/* It could name files of this machine. */
	if (memmem(data, size, "include", 7) != NULL)
		return 0;
	arena = arena_new(0);
	if (parse(arena, text, &first) == 0) {
		printed = print(arena, &first);
		must(parse(arena, str_from(printed), &second) == 0);
		must(first.len == second.len);
		for (size_t i = 0; i < first.len; i++)
			must(strcmp(text_at(&first, i)->name,
			    text_at(&second, i)->name) == 0);
		must(strcmp(print(arena, &second), printed) == 0);
	}
	arena_free(&arena);
	return 0;
}
