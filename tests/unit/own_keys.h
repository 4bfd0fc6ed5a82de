/* SPDX-License-Identifier: ISC */
/* own_keys.h - for tests: our DKIM keys, as files in a folder of their own. */
#ifndef TESTS_OWN_KEYS_H
#define TESTS_OWN_KEYS_H

#include "scratch.h"

struct arena;
struct dkim_key;

struct own_keys {
	struct arena *arena;
	char folder[SCRATCH_SIZE];
	struct dkim_key *rsa, *ed25519;
};

extern struct own_keys own_keys;

/* For the group of the tests: both keys. */
int own_keys_setup(void **state);
int own_keys_teardown(void **state);

/* For a set up of the test's own: the folder alone; a key in it, of so many
 * bits (0: Ed25519), and its path. */
void own_keys_begin(void);
const char *own_keys_make(const char *name, unsigned bits);

/* The path of a file in the folder. */
const char *own_keys_file(struct arena *arena, const char *name);

#endif
