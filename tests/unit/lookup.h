/* SPDX-License-Identifier: ISC */
/* lookup.h - for tests: a resolver before nsd and a relay. */
#ifndef TESTS_LOOKUP_H
#define TESTS_LOOKUP_H

#include "dns/dns.h"
#include "dns/dns_settings.h"
#include "dns_server.h"

struct lookup {
	struct dns_server *server;
	struct dns_relay *relay;
	struct arena *arena;
	struct wait *wait;
	struct dns_settings settings;	/* a test may change them first */
	const char *servers[2];
	struct dns_source *source;
	struct dns_view *view;
};

/* Start a name server and the relay before it. False: there is no nsd, which
 * has been said, and these count tests are skipped. */
bool lookup_begin(size_t count);
/* The teardown of the group. */
int lookup_end(void **state);

/* A lookup in *state. A line in the log ends the program. */
int lookup_setup(void **state);
int lookup_teardown(void **state);

/* A test of cmocka with a lookup. */
#define LOOKUP_TEST(name) cmocka_unit_test_setup_teardown(name, \
	lookup_setup, lookup_teardown)

/* Make the resolver: it asks the name server itself, or the relay. */
void lookup_use_server(struct lookup *f);
void lookup_use_relay(struct lookup *f);

/* Ask and wait for the answer: in the bench's view, in a new one, in any. */
const struct dns_answer *lookup_ask(struct lookup *f,
    const char *name, enum dns_type type);
const struct dns_answer *lookup_ask_anew(struct lookup *f,
    const char *name, enum dns_type type);
const struct dns_answer *lookup_ask_in(struct dns_view *view,
    struct wait *wait, const char *name, enum dns_type type);

struct dns_stats lookup_count(struct lookup *f);

#endif
