/* SPDX-License-Identifier: ISC */
/* own_keys.h - for tests: our DKIM keys, as files in a folder of their own. */
#ifndef TESTS_OWN_KEYS_H
#define TESTS_OWN_KEYS_H

struct arena;
struct dkim_key;

struct own_keys {
	struct arena *arena;
	const char *folder;
	struct dkim_key *rsa, *ed25519;
};

extern struct own_keys own_keys;

/* For the group of the tests. */
int own_keys_setup(void **state);
int own_keys_teardown(void **state);

/* The path of a file in the folder. */
const char *own_keys_file(struct arena *arena, const char *name);

#endif
