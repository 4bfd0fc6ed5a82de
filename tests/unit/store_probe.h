/* SPDX-License-Identifier: ISC */
/* store_probe.h - for tests: a store in Redis, asked in a loop of its own. */
#ifndef UNIT_STORE_PROBE_H
#define UNIT_STORE_PROBE_H

#include "redis_server.h"
#include "store/op.h"
#include "store/redis.h"
#include "store/store.h"
#include "store/store_settings.h"

struct loop;

/* Operations that only Redis knows. */
extern const struct store_op op_echo;	/* its keys and arguments */
extern const struct store_op op_add;	/* INCR its key */
extern const struct store_op op_once;	/* INCR its first key, once for each
					 * second key */
extern const struct store_op op_read;	/* GET its key */
extern const struct store_op op_number;	/* no array: a number */

/* A server, the settings for it (unless a test changes them before
 * probe_open()), a loop and a store. Logged lines are collected. */
struct probe {
	struct arena *arena;
	struct redis_server *server;
	struct store_settings settings;
	struct loop *loop;
	struct store *store;
	char log[16384];
};

/* For cmocka: the probe is *state, its server runs. Without Redis the test is
 * skipped: each begins with probe_begin(). */
int probe_setup(void **state);
int probe_teardown(void **state);
struct probe *probe_begin(void **state);
#define PROBE(name) cmocka_unit_test_setup_teardown(name, probe_setup, \
	probe_teardown)

/* Open the store; it must open. */
void probe_open(struct probe *probe);
/* A file in the server's folder. Arena text. */
const char *probe_write(struct probe *probe, const char *name,
    const char *text, unsigned mode);

/* Ask with these words, which end with NULL; keys of them are keys. */
struct store_call *probe_ask(struct probe *probe, const struct store_op *op,
    size_t keys, ...);
/* Run the loop until function(arg) is true. It must be within a minute. */
void probe_run_until(struct probe *probe, bool (*function)(void *arg),
    void *arg);
void probe_run_for(struct probe *probe, int64_t ms);
/* Until the call is answered: "done a b", "refused …". Lets go of it. */
const char *probe_answer(struct probe *probe, struct store_call **call);
/* Ask so much at a time, each call with a name of its own. */
#define PROBE_MANY 200
void probe_ask_many(struct probe *probe, struct store_call **calls);
/* Wait for all; how many ended so. */
size_t probe_end_many(struct probe *probe, struct store_call **calls,
    const char *how);
/* Ask this again and again until the answer has part in it. */
void probe_ask_until(struct probe *probe, const struct store_op *op,
    const char *key, const char *part);
/* Until the store is connected, or says so. */
void probe_connect(struct probe *probe);
void probe_run_until_degraded(struct probe *probe, const char *part);

/* text must have part in it. */
void probe_has(const char *text, const char *part);
struct store_stats probe_stats(struct probe *probe);

#endif
