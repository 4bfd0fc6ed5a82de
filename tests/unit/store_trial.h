/* SPDX-License-Identifier: ISC */
/* store_trial.h - for tests: a store in Redis, asked in a loop of its own. */
#ifndef UNIT_STORE_TRIAL_H
#define UNIT_STORE_TRIAL_H

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
 * trial_open()), a loop and a store. Logged lines are collected. */
struct trial {
	struct arena *arena;
	struct redis_server *server;
	struct store_settings settings;
	struct loop *loop;
	struct store *store;
	char log[16384];
};

/* For cmocka: the trial is *state, its server runs. Without Redis the test is
 * skipped: each begins with trial_begin(). */
int trial_setup(void **state);
int trial_teardown(void **state);
struct trial *trial_begin(void **state);
#define TRIAL(name) cmocka_unit_test_setup_teardown(name, trial_setup, \
	trial_teardown)

/* Open the store; it must open. */
void trial_open(struct trial *trial);
/* A file in the server's folder. Arena text. */
const char *trial_write(struct trial *trial, const char *name,
    const char *text, unsigned mode);

/* Ask with these words, which end with NULL; keys of them are keys. */
struct store_call *trial_ask(struct trial *trial, const struct store_op *op,
    size_t keys, ...);
/* Run the loop until function(arg) is true. It must be within a minute. */
void trial_run_until(struct trial *trial, bool (*function)(void *arg),
    void *arg);
void trial_run_for(struct trial *trial, int64_t ms);
/* Until the call is answered: "done a b", "refused …". Lets go of it. */
const char *trial_answer(struct trial *trial, struct store_call **call);
/* Ask this again and again until the answer has part in it. */
void trial_ask_until(struct trial *trial, const struct store_op *op,
    const char *key, const char *part);
/* Until the store is connected, or says so. */
void trial_connect(struct trial *trial);
void trial_run_until_degraded(struct trial *trial, const char *part);

/* text must have part in it. */
void trial_has(const char *text, const char *part);
struct store_stats trial_stats(struct trial *trial);

#endif
