/* SPDX-License-Identifier: ISC */
/* public_suffix.c - the Public Suffix List, the newest that the host has.
 *
 * The library takes a microsecond for a name, and the same few names are asked
 * for many times: those of one message by all that look at it, "com" by all
 * messages, and those of large senders by many. So the last answers are kept in
 * a table of one word for each, where a name has one place by its hash. Whoever
 * makes names meet there gets what it was without.
 */
#include "mail/public_suffix.h"

#include <assert.h>
#include <libpsl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "base/hash.h"

/* The longest name in canonical form (RFC 1035 2.3.4). */
#define NAME_MAX_LEN 253
/* No suffix of the list has more. */
#define SUFFIX_LABELS_MAX 8

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

/* A word of the table: above these bits those of the name's hash, of which these
 * say the place; so a word is that of another name once in 2^64 times, and which
 * one nobody can tell beforehand (hash.h). */
#define ANSWER_BITS 13
#define ANSWER ((UINT64_C(1) << ANSWER_BITS) - 1)
/* Of the answers: the first byte is where the registrable domain begins. */
#define START 0xffu		/* all set: there is none */
#define ASKED(question) (UINT64_C(1) << (8 + (question)))
#define YES(question) (UINT64_C(1) << (10 + (question)))	/* not of REGISTRABLE */

/* 64 KB for all threads. Of two that write a place the last one has it. */
static _Atomic uint64_t recent[ANSWER + 1];

/* What was answered for the name of this hash; no bit of ASKED(): nothing. */
static uint64_t
recall(uint64_t hash)
{
	uint64_t word = atomic_load_explicit(&recent[hash & ANSWER],
	    memory_order_relaxed);

	return ((word ^ hash) & ~ANSWER) == 0 ? word & ANSWER : 0;
}

static void
keep(uint64_t hash, uint64_t answer)
{
	atomic_store_explicit(&recent[hash & ANSWER],
	    (hash & ~ANSWER) | answer, memory_order_relaxed);
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

static bool
find_suffix(struct str domain)
{
	char name[NAME_MAX_LEN + 1];

	return begin(domain, name) && psl_is_public_suffix(list, name) != 0;
}

static bool
find_known(struct str label)
{
	char name[NAME_MAX_LEN + 1];

	return begin(label, name) && psl_is_public_suffix2(list, name,
	    PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) != 0;
}

/* What is answered by yes or no. */
static bool
ask(struct str domain, enum question question, bool (*find)(struct str))
{
	uint64_t hash = hash_bytes(domain.data, domain.len);
	uint64_t answer = recall(hash);

	if ((answer & ASKED(question)) == 0) {
		answer |= ASKED(question) |
		    (find(domain) ? YES(question) : 0);
		keep(hash, answer);
	}
	return (answer & YES(question)) != 0;
}

bool
public_suffix_is(struct str domain)
{
	return ask(domain, IS_SUFFIX, find_suffix);
}

bool
public_suffix_is_known(struct str domain)
{
	return ask(str_from_pos(domain,
	    (size_t)(str_find_last(domain, '.') + 1)), IS_KNOWN, find_known);
}

/* Where the last labels begin, as many as a suffix may have and one more. */
static size_t
labels_start(struct str name)
{
	unsigned count = SUFFIX_LABELS_MAX + 1;
	size_t at = name.len;

	while (at > 0 && (name.data[at - 1] != '.' || --count > 0))
		at--;
	return at;
}

/* Where the registrable domain begins; START: there is none. Names of one domain
 * share the answers for what stands above them. */
static size_t
find_registrable(struct str domain)
{
	size_t start = labels_start(domain);
	struct str end = str_from_pos(domain, start);
	ptrdiff_t dot;

	if (domain.len == 0 || domain.len > NAME_MAX_LEN ||
	    domain.data[0] == '[' || (start == 0 && public_suffix_is(domain)))
		return START;
	while ((dot = str_find(end, '.')) >= 0) {
		end = str_from_pos(end, (size_t)dot + 1);
		if (public_suffix_is(end))
			return start;
		start = domain.len - end.len;
	}
	return START;
}

struct str
public_suffix_registrable(struct str domain)
{
	uint64_t hash = hash_bytes(domain.data, domain.len);
	uint64_t answer = recall(hash);

	if ((answer & ASKED(REGISTRABLE)) == 0) {
		/* Asked now, for that asks for the name itself too. */
		size_t start = find_registrable(domain);

		answer = (recall(hash) & ~(uint64_t)START) |
		    ASKED(REGISTRABLE) | start;
		keep(hash, answer);
	}
	return (answer & START) == START ? (struct str){ NULL, 0 } :
	    str_from_pos(domain, answer & START);
}
