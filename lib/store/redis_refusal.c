/* SPDX-License-Identifier: ISC */
/* redis_refusal.c - what an error reply of the server means, and its remedy. */
#include "store/redis_refusal.h"

#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/vec.h"

#define CODE_MAX 16

static const char no_right[] = "the user may not do that; give it "
    "'~mr:* +@read +@write +@scripting +@connection' (ACL SETUSER)";

/* By the first word; those of a cluster come from each of its nodes. */
static const struct {
	const char *code;
	enum redis_refusal_kind kind;
	const char *sentence;
} codes[] = {
	{ "NOSCRIPT", REDIS_KNOWS_NO_SCRIPT, "it does not know the script" },
	{ "LOADING", REDIS_NOT_NOW, "it still loads its data; wait" },
	{ "READONLY", REDIS_NOT_NOW, "it is a replica and takes no writes; "
	  "name the primary in `where`" },
	{ "MASTERDOWN", REDIS_NOT_NOW, "it is a replica that has lost its "
	  "primary; name the primary in `where`" },
	{ "OOM", REDIS_REFUSES, "it is out of memory; raise its maxmemory" },
	{ "BUSY", REDIS_REFUSES, "it is busy with somebody's script; "
	  "SCRIPT KILL there ends that" },
	{ "NOAUTH", REDIS_REFUSES, "it wants a password; set password_file, "
	  "and user if it has users" },
	{ "WRONGPASS", REDIS_REFUSES, "user or password are wrong; see user "
	  "and password_file" },
	{ "NOPERM", REDIS_REFUSES, no_right },
	{ "DENIED", REDIS_REFUSES, "it is in protected mode; give it a "
	  "password, or bind it to an address" },
	{ "MISCONF", REDIS_REFUSES, "it cannot save to disk and takes no "
	  "writes; its log says why" },
	{ "NOREPLICAS", REDIS_REFUSES, "it has fewer replicas than "
	  "min-replicas-to-write wants" },
	{ "MOVED", REDIS_REFUSES, "it is one node of a cluster; name a "
	  "single server in `where`" },
	{ "ASK", REDIS_REFUSES, "it is one node of a cluster; name a "
	  "single server in `where`" },
	{ "CROSSSLOT", REDIS_REFUSES, "it is one node of a cluster; name a "
	  "single server in `where`" },
	{ "CLUSTERDOWN", REDIS_REFUSES, "it is one node of a cluster; name "
	  "a single server in `where`" },
	{ "WRONGTYPE", REDIS_REFUSES, "an entry of another program has our "
	  "name; set a database of our own" },
};

/* The errors that have no code of their own (ERR), by a part of their text. */
static const struct {
	const char *part, *sentence;
} texts[] = {
	{ "The user executing the script", no_right },
	{ "unknown command", "it lacks a command; it must be Redis 6 or "
	  "later, or Valkey" },
	{ "max number of clients", "it has too many clients; raise its "
	  "maxclients" },
	{ "DB index", "it has no such database; see database here, and "
	  "databases there" },
	{ "not allowed in cluster mode", "a cluster has only database 0" },
};

static bool
has_part(struct str text, const char *part)
{
	return memmem(text.data, text.len, part, strlen(part)) != NULL;
}

/* An error within a script: servers before version 7 give it as "ERR Error
 * running script (…): … -CODE …", later ones begin with its code. */
static bool
has_code(struct str text, const char *code)
{
	char inner[CODE_MAX + 3] = " -";
	struct str first;

	str_cut(&text, ' ', &first);
	if (str_is(first, code))
		return true;
	strcat(inner, code);
	return str_is(first, "ERR") && text.data != NULL &&
	    has_part(text, inner);
}

/* What is quoted from a command stands behind this. */
static struct str
without_words_of_ours(struct str text)
{
	static const char mark[] = ", with args";
	const char *at = memmem(text.data, text.len, mark, strlen(mark));

	return at == NULL ? text : str_sub(text, 0, (size_t)(at - text.data));
}

enum redis_refusal_kind
redis_refusal_judge(struct str text, struct arena *arena,
    const char **sentence_r)
{
	struct str reason = text, first;

	str_cut(&reason, ' ', &first);
	if (str_is(first, "REFUSED")) {		/* of ours (remote.h) */
		*sentence_r = log_wire(arena, reason, 200);
		return REDIS_REFUSES;
	}
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (has_code(text, codes[i].code)) {
			*sentence_r = codes[i].sentence;
			return codes[i].kind;
		}
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (has_part(text, texts[i].part)) {
			*sentence_r = texts[i].sentence;
			return REDIS_REFUSES;
		}
	*sentence_r = arena_printf(arena, "it refuses: %s",
	    log_wire(arena, without_words_of_ours(text), 200));
	return REDIS_REFUSES;
}
