/* SPDX-License-Identifier: ISC */
/* own_keys.c - for tests: our DKIM keys, as files in a folder of their own. */
#include "own_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/dkim_key.h"
#include "base/arena.h"

struct own_keys own_keys;

const char *
own_keys_file(struct arena *arena, const char *name)
{
	return arena_printf(arena, "%s/%s", own_keys.folder, name);
}

const char *
own_keys_make(const char *name, unsigned bits)
{
	const char *file = own_keys_file(own_keys.arena, name), *error = NULL;

	if (dkim_key_make(own_keys.arena, bits, file, false, &error) < 0)
		fail_msg("%s", error);
	return file;
}

static struct dkim_key *
make_and_load(const char *name, unsigned bits)
{
	const char *error = NULL;
	struct dkim_key *key = dkim_key_load(own_keys.arena,
	    own_keys_make(name, bits), &error);

	if (key == NULL)
		fail_msg("%s", error);
	return key;
}

void
own_keys_begin(void)
{
	own_keys.arena = arena_new(0);
	scratch_folder(own_keys.folder, "own-keys");
}

int
own_keys_setup(void **state)
{
	(void)state;
	own_keys_begin();
	own_keys.rsa = make_and_load("rsa.pem", 2048);
	own_keys.ed25519 = make_and_load("ed25519.pem", 0);
	return 0;
}

int
own_keys_teardown(void **state)
{
	(void)state;
	arena_free(&own_keys.arena);
	return scratch_remove(own_keys.folder);
}
