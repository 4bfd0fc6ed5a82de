/* SPDX-License-Identifier: ISC */
/* fuzz_mime_words.c - encoded words and parameters, in headers of strangers. */
#include "base/arena.h"
#include "base/vec.h"
#include "fuzz.h"
#include "mime/params.h"
#include "mime/part.h"
#include "mime/words.h"

static void
must_be_once(const struct vec *params, size_t last)
{
	const struct mime_param *param = vec_at(params, last);

	for (size_t i = 0; i < last; i++)
		must(!str_eq(((const struct mime_param *)
		    vec_at(params, i))->name, param->name));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct arena *arena = arena_new(0);
	mime_oddities oddities = 0;
	struct mime_value value;

	must(is_utf8(words_decode(arena, text, &oddities)));
	params_parse(arena, text, &value, &oddities);
	must(oddities >> MIME_ODDITY_COUNT == 0);
	must(value.params.len <= 64);
	for (size_t i = 0; i < value.params.len; i++) {
		const struct mime_param *param = vec_at(&value.params, i);

		must_be_once(&value.params, i);
		if (!str_is(param->name, "boundary"))
			must(is_utf8(param->value));
	}
	arena_free(&arena);
	return 0;
}
