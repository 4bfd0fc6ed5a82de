/* SPDX-License-Identifier: ISC */
/* pq.c - finds libpq and its functions when they are wanted.
 *
 * Nothing is kept here: who asks again, for a new connection, gets what is
 * there by then. So a library installed later is found without a restart.
 */
#include "directory/pq.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/vec.h"

/* What libpq-fe.h of any PostgreSQL since 8.0 stands for. */
#define LIBRARY "libpq.so.5"

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
#define PQ_FUNCTION(name) { "PQ" #name, offsetof(struct pq, name) },
#include "directory/pq.list"
#undef PQ_FUNCTION
};

static int
find_functions(struct pq *pq_r, void *library)
{
	void *address;

	for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
		address = dlsym(library, functions[i].name);
		if (address == NULL)
			return -1;
		memcpy((char *)pq_r + functions[i].offset, &address,
		    sizeof(address));
	}
	return 0;
}

int
pq_load(struct pq *pq_r, struct arena *arena, const char **error_r)
{
	/* What it brings with it cannot be unloaded in good order. */
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL |
	    RTLD_NODELETE);

	if (library != NULL && find_functions(pq_r, library) == 0) {
		dlclose(library);
		return 0;
	}
	*error_r = arena_printf(arena, "cannot load the client library of "
	    "PostgreSQL, %s; install the package libpq5", dlerror());
	if (library != NULL)
		dlclose(library);
	return -1;
}
