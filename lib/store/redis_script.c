/* SPDX-License-Identifier: ISC */
/* redis_script.c - the scripts of a connection: by name, or whole. */
#include "store/redis_script.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The functions of today (EVP) load all that libcrypto can do, 2 MB, where a
 * process that only counts needs this alone. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "base/arena.h"
#include "store/op.h"

/* EVALSHA takes the SHA-1 of the text; it protects nothing. */
static void
write_sha1(const struct store_op *op, char out[41])
{
	unsigned char hash[SHA_DIGEST_LENGTH];
	SHA_CTX state;

	if (SHA1_Init(&state) != 1 ||
	    SHA1_Update(&state, op->lua, op->lua_len) != 1 ||
	    SHA1_Final(hash, &state) != 1)
		abort();
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(out + i * 2, 3, "%02x", hash[i]);
}

struct redis_script *
redis_script_find(struct redis_script **list, const struct store_op *op,
    struct arena *arena)
{
	struct redis_script *script;

	for (script = *list; script != NULL; script = script->next)
		if (script->op == op)
			return script;
	script = arena_zalloc(arena, sizeof(*script));
	script->op = op;
	write_sha1(op, script->sha1);
	script->next = *list;
	*list = script;
	return script;
}

void
redis_script_words(struct redis_script *script, bool is_whole,
    struct str words[2])
{
	if (is_whole) {
		words[0] = STR("EVAL");
		words[1] = str_of(script->op->lua, script->op->lua_len);
		script->is_coming = true;
	} else {
		words[0] = STR("EVALSHA");
		words[1] = str_of(script->sha1, sizeof(script->sha1) - 1);
	}
}

void
redis_script_is_known(struct redis_script *script)
{
	script->is_coming = false;
}
