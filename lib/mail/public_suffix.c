/* SPDX-License-Identifier: ISC */
/* public_suffix.c - the Public Suffix List, the newest that the host has.
 *
 * The library takes a microsecond for a name, and the same few names are asked
 * for many times: those of one message by all that look at it, and "com" by all
 * messages. So each thread keeps the last answers in a small table, where a name
 * has one place. Whoever makes names meet there gets what it was without. */
#include "mail/public_suffix.h"

#include <assert.h>
#include <libpsl.h>
#include <pthread.h>
#include <stdint.h>
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

enum question { REGISTRABLE, IS_SUFFIX, IS_KNOWN };

/* What was answered for a name; longer ones are not kept. */
struct recent {
	uint8_t len;		/* 0: none yet */
	uint8_t asked;		/* a bit for each question */
	uint8_t yes;		/* too: its answer */
	uint8_t start;		/* REGISTRABLE: where it begins, or len */
	char name[28];
};

#define RECENT_COUNT 64		/* 2 KB a thread; a power of two */

static _Thread_local struct recent recent[RECENT_COUNT];

static struct recent *
place_of(struct str name)
{
	uint32_t hash = 0;

	for (size_t i = 0; i < name.len; i++)
		hash = hash * 31 + (unsigned char)name.data[i];
	return &recent[(hash ^ hash >> 8) % RECENT_COUNT];
}

/* The place of a name, emptied of another; NULL: it is not kept. */
static struct recent *
take_place(struct str name)
{
	struct recent *place;

	if (name.len == 0 || name.len > sizeof(place->name))
		return NULL;
	place = place_of(name);
	if (place->len == name.len &&
	    memcmp(place->name, name.data, name.len) == 0)
		return place;
	*place = (struct recent){ .len = (uint8_t)name.len };
	memcpy(place->name, name.data, name.len);
	return place;
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

/* Where the registrable domain begins; the length of domain: there is none. */
static size_t
find_registrable(struct str domain)
{
	char name[NAME_MAX_LEN + 1];
	const char *found = begin(domain, name) ?
	    psl_registrable_domain(list, name) : NULL;

	return found != NULL ? (size_t)(found - name) : domain.len;
}

static bool
find_suffix(struct str domain)
{
	char name[NAME_MAX_LEN + 1];

	return begin(domain, name) && psl_is_public_suffix(list, name) != 0;
}

static bool
find_known(struct str domain)
{
	struct str last = str_from_pos(domain,
	    (size_t)(str_find_last(domain, '.') + 1));
	char name[NAME_MAX_LEN + 1];

	return begin(last, name) && psl_is_public_suffix2(list, name,
	    PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) != 0;
}

static bool
is_answered(const struct recent *place, enum question question)
{
	return place != NULL && (place->asked >> question & 1) != 0;
}

struct str
public_suffix_registrable(struct str domain)
{
	struct recent *place = take_place(domain);
	size_t start;

	if (is_answered(place, REGISTRABLE)) {
		start = place->start;
	} else {
		start = find_registrable(domain);
		if (place != NULL) {
			place->asked |= 1 << REGISTRABLE;
			place->start = (uint8_t)start;
		}
	}
	return start < domain.len ? str_from_pos(domain, start) :
	    (struct str){ NULL, 0 };
}

/* What is answered by yes or no. */
static bool
ask(struct str domain, enum question question, bool (*find)(struct str))
{
	struct recent *place = take_place(domain);
	bool yes;

	if (is_answered(place, question))
		return (place->yes >> question & 1) != 0;
	yes = find(domain);
	if (place != NULL) {
		place->asked |= (uint8_t)(1 << question);
		place->yes |= (uint8_t)(yes << question);
	}
	return yes;
}

bool
public_suffix_is(struct str domain)
{
	return ask(domain, IS_SUFFIX, find_suffix);
}

bool
public_suffix_is_known(struct str domain)
{
	return ask(domain, IS_KNOWN, find_known);
}
