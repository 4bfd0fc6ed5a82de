/* SPDX-License-Identifier: ISC */
/* redis_codec.h - the protocol of Redis (RESP2): commands and replies. */
#ifndef STORE_REDIS_CODEC_H
#define STORE_REDIS_CODEC_H

#include "base/str.h"

/* A reply that is longer is none of ours. */
#define REDIS_REPLY_MAX_BYTES (1024 * 1024)

enum redis_reply_kind {
	REDIS_REPLY_LIST,	/* values; integers in decimal, nil as "" */
	REDIS_REPLY_REFUSAL,	/* values[0]: the text of the error */
	REDIS_REPLY_OTHER,	/* anything else, arrays within arrays too */
};

struct redis_reply {
	enum redis_reply_kind kind;
	size_t count;
	const struct str *values;
};

/* The bytes of a command, by malloc. */
char *redis_codec_format(const struct str *words, size_t count,
    size_t *len_r);

/* One for each connection. */
struct redis_codec;
struct redis_codec *redis_codec_new(void);
void redis_codec_free(struct redis_codec **codec);

/* Bytes have come. */
void redis_codec_feed(struct redis_codec *codec, const void *data,
    size_t len);
/* 1: the next reply, which holds until the next call; 0: more bytes are
 * wanted; -1: what comes is no Redis, with the reason. */
int redis_codec_next(struct redis_codec *codec, struct redis_reply *reply_r,
    const char **error_r);

#endif
