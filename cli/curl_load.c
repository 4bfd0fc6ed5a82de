/* SPDX-License-Identifier: ISC */
/* curl_load.c - finds libcurl and its functions when they are wanted. */
#include "cli/curl_load.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "base/vec.h"

/* What curl/curl.h of any libcurl since 7.16 stands for. */
#define LIBRARY "libcurl.so.4"

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
#define CURL_ROW(name) { "curl_" #name, offsetof(struct curl, name) },
	CURL_FUNCTIONS(CURL_ROW)
#undef CURL_ROW
};

int
curl_load(struct curl *curl_r)
{
	/* What it brings with it cannot be unloaded in good order. */
	void *address, *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL |
	    RTLD_NODELETE);
	int result = library != NULL ? 0 : -1;

	for (size_t i = 0; result == 0 && i < ARRAY_LEN(functions); i++) {
		address = dlsym(library, functions[i].name);
		memcpy((char *)curl_r + functions[i].offset, &address,
		    sizeof(address));
		result = address != NULL ? 0 : -1;
	}
	if (library != NULL)
		dlclose(library);
	return result;
}
