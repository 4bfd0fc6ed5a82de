/* SPDX-License-Identifier: ISC */
/* fuzz_redis_reply.c - what a server says that should be Redis. */
#include <string.h>

#include "base/arena.h"
#include "fuzz_pieces.h"
#include "store/redis_codec.h"
#include "store/redis_refusal.h"

/* A sentence for the log has nothing that could not be printed there. */
static void
judge(struct str text)
{
	struct arena *arena = arena_new(0);
	const char *sentence;

	redis_refusal_judge(text, arena, &sentence);
	for (const char *at = sentence; *at != '\0'; at++)
		must(*at >= ' ' || (unsigned char)*at >= 0x80);
	arena_free(&arena);
}

static void
note(struct buf *out, const struct redis_reply *reply)
{
	buf_printf(out, "%d %zu", (int)reply->kind, reply->count);
	for (size_t i = 0; i < reply->count; i++) {
		buf_printf(out, " %zu ", reply->values[i].len);
		buf_add_str(out, reply->values[i]);
	}
	if (reply->kind == REDIS_REPLY_REFUSAL) {
		must(reply->count == 1);
		judge(reply->values[0]);
	}
}

/* All that is said, when it comes in pieces of step bytes. */
static struct str
read_all(struct arena *arena, const uint8_t *data, size_t size, size_t step)
{
	struct redis_codec *codec = redis_codec_new();
	struct redis_reply reply;
	const char *error = NULL;
	struct buf out;
	int found = 0;

	buf_init(&out, arena);
	for (size_t at = 0; at < size && found >= 0; at += step) {
		redis_codec_feed(codec, data + at,
		    size - at < step ? size - at : step);
		while ((found = redis_codec_next(codec, &reply, &error)) == 1)
			note(&out, &reply);
	}
	if (found < 0)
		buf_add_text(&out, error);
	redis_codec_free(&codec);
	return buf_str(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_pieces(read_all, data, size);
	return 0;
}
