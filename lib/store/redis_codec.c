/* SPDX-License-Identifier: ISC */
/* redis_codec.c - commands, and replies by hiredis, which is used for no more. */
#include "store/redis_codec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/arena.h"
#include "base/must.h"
#include "base/vec.h"

#define VALUES_MAX 65536

#if HIREDIS_MAJOR < 1
typedef int array_len;
#else
typedef size_t array_len;
#endif

/* Values are collected in one buffer, as lengths one after another: a reply
 * costs no memory of its own. */
struct redis_codec {
	struct arena *arena;
	redisReader *reader;
	size_t unread_bytes;		/* fed, of no complete reply yet */
	const char *fault;
	enum redis_reply_kind kind;
	struct buf bytes;
	struct vec values;		/* struct str; data follows later */
};

/* A line that tells how many follow: words of an array, or bytes of a word. */
#define COUNT_BYTES_MAX 24
#define WORD_BYTES_MAX(len) ((len) + COUNT_BYTES_MAX + 2)

static char *
put_count(char *at, char kind, size_t count)
{
	char digits[COUNT_BYTES_MAX];
	size_t first = sizeof(digits);

	digits[--first] = '\n';
	digits[--first] = '\r';
	do {
		digits[--first] = (char)('0' + count % 10);
		count /= 10;
	} while (count != 0);
	digits[--first] = kind;
	memcpy(at, digits + first, sizeof(digits) - first);
	return at + sizeof(digits) - first;
}

/* By hand: what hiredis has for it asks for memory thrice. */
char *
redis_codec_format(const struct str *words, size_t count, size_t *len_r)
{
	size_t size = COUNT_BYTES_MAX;
	char *command, *at;

	for (size_t i = 0; i < count; i++)
		size += WORD_BYTES_MAX(words[i].len);
	command = must(malloc(size));
	at = put_count(command, '*', count);
	for (size_t i = 0; i < count; i++) {
		at = put_count(at, '$', words[i].len);
		if (words[i].len != 0)
			memcpy(at, words[i].data, words[i].len);
		memcpy(at + words[i].len, "\r\n", 2);
		at += words[i].len + 2;
	}
	*len_r = (size_t)(at - command);
	return command;
}

/* --- what the reader finds --- */

/* Within an array within the reply: not looked at. */
static bool
is_deep(const redisReadTask *task)
{
	return task->parent != NULL && task->parent->parent != NULL;
}

static void *
add(const redisReadTask *task, const char *data, size_t len)
{
	struct redis_codec *codec = task->privdata;
	struct str *value;

	if (is_deep(task))
		return codec;
	value = vec_push(&codec->values);
	value->len = len;
	buf_add(&codec->bytes, data, len);
	return codec;
}

static void *
add_string(const redisReadTask *task, char *data, size_t len)
{
	struct redis_codec *codec = task->privdata;

	if (task->parent == NULL)
		codec->kind = task->type == REDIS_REPLY_ERROR ?
		    REDIS_REPLY_REFUSAL : REDIS_REPLY_OTHER;
	else if (task->type == REDIS_REPLY_ERROR)
		codec->kind = REDIS_REPLY_OTHER;
	return add(task, data, len);
}

static void *
add_array(const redisReadTask *task, array_len count)
{
	struct redis_codec *codec = task->privdata;

	if (count > VALUES_MAX) {
		codec->fault = "a reply has too many values";
		return NULL;
	}
	codec->kind = task->parent == NULL ? REDIS_REPLY_LIST :
	    REDIS_REPLY_OTHER;
	return codec;
}

static void *
add_integer(const redisReadTask *task, long long value)
{
	struct redis_codec *codec = task->privdata;
	size_t before = codec->bytes.len;

	if (task->parent == NULL)
		codec->kind = REDIS_REPLY_OTHER;
	if (is_deep(task))
		return codec;
	buf_add_int(&codec->bytes, value);
	((struct str *)vec_push(&codec->values))->len =
	    codec->bytes.len - before;
	return codec;
}

static void *
add_nil(const redisReadTask *task)
{
	struct redis_codec *codec = task->privdata;

	if (task->parent == NULL)
		codec->kind = REDIS_REPLY_OTHER;
	return add(task, "", 0);
}

static const redisReplyObjectFunctions functions = {
	.createString = add_string,
	.createArray = add_array,
	.createInteger = add_integer,
	.createNil = add_nil,
};

/* --- replies --- */

static void
start_reply(struct redis_codec *codec)
{
	buf_clear(&codec->bytes);
	codec->values.len = 0;
}

struct redis_codec *
redis_codec_new(void)
{
	struct arena *arena = arena_new(0);
	struct redis_codec *codec = arena_zalloc(arena, sizeof(*codec));

	codec->arena = arena;
	buf_init(&codec->bytes, arena);
	vec_init(&codec->values, arena, sizeof(struct str));
	/* It takes the functions as its own, but never changes them. */
	codec->reader = must(redisReaderCreateWithFunctions(
	    (redisReplyObjectFunctions *)(uintptr_t)&functions));
	codec->reader->privdata = codec;
	return codec;
}

void
redis_codec_free(struct redis_codec **codec)
{
	struct redis_codec *old = *codec;

	*codec = NULL;
	if (old == NULL)
		return;
	redisReaderFree(old->reader);
	arena_free(&old->arena);
}

void
redis_codec_feed(struct redis_codec *codec, const void *data, size_t len)
{
	if (redisReaderFeed(codec->reader, data, len) != REDIS_OK &&
	    codec->reader->err == REDIS_ERR_OOM)
		abort();
	codec->unread_bytes += len;
}

/* Now that the bytes stay where they are. */
static void
place_values(struct redis_codec *codec)
{
	const char *at = codec->bytes.data;

	for (size_t i = 0; i < codec->values.len; i++) {
		struct str *value = vec_at(&codec->values, i);

		value->data = at;
		at += value->len;
	}
}

int
redis_codec_next(struct redis_codec *codec, struct redis_reply *reply_r,
    const char **error_r)
{
	void *reply = NULL;

	if (codec->reader->ridx < 0)	/* at the start of a reply */
		start_reply(codec);
	if (redisReaderGetReply(codec->reader, &reply) != REDIS_OK) {
		*error_r = codec->fault != NULL ? codec->fault :
		    "what answers is no Redis server";
		return -1;
	}
	if (reply == NULL) {
		*error_r = "a reply is too long";
		return codec->unread_bytes > REDIS_REPLY_MAX_BYTES ? -1 : 0;
	}
	codec->unread_bytes = codec->reader->len - codec->reader->pos;
	place_values(codec);
	*reply_r = (struct redis_reply){ codec->kind, codec->values.len,
		codec->values.items };
	return 1;
}
