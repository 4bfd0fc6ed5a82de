/* SPDX-License-Identifier: ISC */
/* redis_script.h - the scripts of a connection: by name, or whole. */
#ifndef STORE_REDIS_SCRIPT_H
#define STORE_REDIS_SCRIPT_H

#include <stdbool.h>

#include "base/str.h"

struct arena;
struct store_op;

/* An operation's script as the server calls it. */
struct redis_script {
	struct redis_script *next;
	const struct store_op *op;
	char sha1[41];
	/* It is on its way as a whole: the server knows it before what is sent
	 * behind that. */
	bool is_coming;
};

/* That of op in *list, which gets it when it is new. It lives in arena. */
struct redis_script *redis_script_find(struct redis_script **list,
    const struct store_op *op, struct arena *arena);

/* The first two words of a command that runs it. */
void redis_script_words(struct redis_script *script, bool is_whole,
    struct str words[2]);

/* The reply to a whole one has come. */
void redis_script_is_known(struct redis_script *script);

#endif
