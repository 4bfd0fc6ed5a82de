/* SPDX-License-Identifier: ISC */
/* fuzz_store_op.c - requests from another daemon, on a store in memory. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fuzz.h"
#include "store/memory.h"
#include "store/op.h"

static void
add_words(struct vec *words, struct str text)
{
	struct str word;

	while (str_cut(&text, ' ', &word))
		*(struct str *)vec_push(words) = word;
}

/* One line: the operation, a tab, its keys, a tab, its arguments. */
static void
ask(struct store *store, struct str line, struct arena *arena)
{
	struct store_request request = { 0 };
	const struct store_answer *answer;
	struct str name, keys = { 0 };
	struct vec key_words, arg_words;
	struct store_call *call;

	str_cut(&line, '\t', &name);
	request.op = store_op_find(name);
	if (request.op == NULL)
		return;
	str_cut(&line, '\t', &keys);
	vec_init(&key_words, arena, sizeof(struct str));
	vec_init(&arg_words, arena, sizeof(struct str));
	add_words(&key_words, keys);
	add_words(&arg_words, line);
	request.keys = key_words.items;
	request.key_count = key_words.len;
	request.args = arg_words.items;
	request.arg_count = arg_words.len;
	call = store_ask(store, &request, NULL);
	answer = store_call_answer(call);
	if ((answer->status == STORE_DONE) != (answer->error == NULL) ||
	    (answer->status == STORE_DONE) != (answer->count != 0))
		abort();
	store_call_unref(&call);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_of((const char *)data, size), line;
	struct arena *arena = arena_new(0);
	const char *error;
	struct store *store = memory_open(NULL, arena, &error);

	while (str_cut(&text, '\n', &line))
		ask(store, line, arena);
	store_free(&store);
	arena_free(&arena);
	return 0;
}
