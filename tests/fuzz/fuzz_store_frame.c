/* SPDX-License-Identifier: ISC */
/* fuzz_store_frame.c - what clients of policyd's memory say on its socket. */
#include "base/arena.h"
#include "fuzz_pieces.h"
#include "store/memory.h"
#include "store/op.h"
#include "store/redis_codec.h"
#include "store/remote.h"

/* Every word that came is a key or an argument, once. */
static void
check_request(const struct redis_reply *words,
    const struct store_request *request)
{
	must(request->op == store_op_find(words->values[1]));
	must(request->keys == words->values + 3);
	must(request->args == request->keys + request->key_count);
	must(request->key_count + request->arg_count == words->count - 3);
}

static void
note_answer(struct buf *out, const struct store_answer *answer)
{
	must(answer != NULL);
	must((answer->status == STORE_DONE) == (answer->error == NULL));
	buf_printf(out, "%d %zu", (int)answer->status, answer->count);
	for (size_t i = 0; i < answer->count; i++) {
		buf_add_char(out, ' ');
		buf_add_str(out, answer->values[i]);
	}
}

static void
serve(struct store *store, const struct redis_reply *words, struct buf *out)
{
	struct store_request request;
	struct store_call *call;
	const char *error = NULL;
	enum remote_verb verb = remote_read(words, &request, &error);

	must((verb == REMOTE_UNKNOWN) == (error != NULL));
	buf_printf(out, "\n%d ", (int)verb);
	if (verb != REMOTE_OP)
		return;
	check_request(words, &request);
	call = store_ask(store, &request, NULL);
	note_answer(out, store_call_answer(call));
	store_call_unref(&call);
}

/* All that is answered when it comes in pieces of step bytes. */
static struct str
serve_all(struct arena *arena, const uint8_t *data, size_t size, size_t step)
{
	struct redis_codec *codec = redis_codec_new();
	const char *error = NULL;
	struct store *store = memory_open(NULL, arena, &error);
	struct redis_reply words;
	struct buf out;
	int found = 0;

	buf_init(&out, arena);
	for (size_t at = 0; at < size && found == 0; at += step) {
		redis_codec_feed(codec, data + at,
		    size - at < step ? size - at : step);
		while ((found = redis_codec_next(codec, &words, &error)) == 1
		    && words.kind == REDIS_REPLY_LIST)
			serve(store, &words, &out);
	}
	if (found != 0)
		buf_add_text(&out, "\nunread");
	store_free(&store);
	redis_codec_free(&codec);
	return buf_str(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_pieces(serve_all, data, size);
	return 0;
}
