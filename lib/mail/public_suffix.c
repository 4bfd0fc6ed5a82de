/* SPDX-License-Identifier: ISC */
/* public_suffix.c - the Public Suffix List, the newest that the host has. */
#include "mail/public_suffix.h"

#include <assert.h>
#include <libpsl.h>
#include <pthread.h>
#include <string.h>

/* The longest name in canonical form (RFC 1035 2.3.4). */
#define NAME_MAX_LEN 253

/* The file of Debian's package publicsuffix, which is renewed in a stable
 * release too, if it is newer than what the library was built with. It is
 * 54 KB, read once, and only read from then on, so all threads share it. */
static psl_ctx_t *list;
static pthread_once_t list_once = PTHREAD_ONCE_INIT;

static void
load(void)
{
	list = psl_latest(NULL);
	assert(list != NULL);
}

/* The library wants a NUL behind the name. False: it is no name. */
static bool
begin(struct str domain, char name[NAME_MAX_LEN + 1])
{
	if (domain.len == 0 || domain.len > NAME_MAX_LEN ||
	    domain.data[0] == '[')
		return false;
	memcpy(name, domain.data, domain.len);
	name[domain.len] = '\0';
	pthread_once(&list_once, load);
	return true;
}

struct str
public_suffix_registrable(struct str domain)
{
	char name[NAME_MAX_LEN + 1];
	const char *found = begin(domain, name) ?
	    psl_registrable_domain(list, name) : NULL;

	return found != NULL ? str_from_pos(domain, (size_t)(found - name)) :
	    (struct str){ NULL, 0 };
}

bool
public_suffix_is(struct str domain)
{
	char name[NAME_MAX_LEN + 1];

	return begin(domain, name) && psl_is_public_suffix(list, name) != 0;
}

bool
public_suffix_is_known(struct str domain)
{
	struct str last = str_from_pos(domain,
	    (size_t)(str_find_last(domain, '.') + 1));
	char name[NAME_MAX_LEN + 1];

	return begin(last, name) && psl_is_public_suffix2(list, name,
	    PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) != 0;
}
