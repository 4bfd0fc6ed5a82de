/* SPDX-License-Identifier: ISC */
/* gate.c - for tests: a rule that answers when the test lets it. */
#include "gate.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/vec.h"
#include "base/wait.h"
#include "mail/txn.h"
#include "mail/verdict.h"
#include "policyd/rule.h"

#define PATIENCE_MS 60000
#define HELD_MAX 16

static struct gate {
	pthread_mutex_t lock;
	struct wait *waits[HELD_MAX];	/* who waits, as references */
	char names[HELD_MAX][32];
	bool is_released[HELD_MAX];
	size_t count;
} gate = { .lock = PTHREAD_MUTEX_INITIALIZER };

static size_t
gate_place(const char *name)
{
	size_t i = 0;

	while (i < gate.count && strcmp(gate.names[i], name) != 0)
		i++;
	return i;
}

static bool
gate_passes(const char *name, struct wait *wait)
{
	bool passes;
	size_t i;

	pthread_mutex_lock(&gate.lock);
	i = gate_place(name);
	if (i == gate.count) {
		assert_in_range(i, 0, HELD_MAX - 1);
		snprintf(gate.names[i], sizeof(gate.names[i]), "%s", name);
		gate.is_released[i] = false;
		gate.waits[i] = wait_ref(wait);
		gate.count++;
	}
	passes = gate.is_released[i];
	pthread_mutex_unlock(&gate.lock);
	return passes;
}

size_t
gate_count(void)
{
	size_t count;

	pthread_mutex_lock(&gate.lock);
	count = gate.count;
	pthread_mutex_unlock(&gate.lock);
	return count;
}

/* Wait until so many requests wait. */
void
gate_await(size_t count)
{
	for (int i = 0; i < PATIENCE_MS && gate_count() < count; i++)
		usleep(1000);
	assert_int_equal(gate_count(), count);
}

void
gate_release(const char *name)
{
	size_t i;

	pthread_mutex_lock(&gate.lock);
	i = gate_place(name);
	assert_in_range(i, 0, gate.count - 1);
	gate.is_released[i] = true;
	wait_post(gate.waits[i]);
	pthread_mutex_unlock(&gate.lock);
}

/* Answers may come when nobody waits any more, too. */
void
gate_clear(void)
{
	for (size_t i = 0; i < gate.count; i++) {
		wait_post(gate.waits[i]);
		wait_unref(&gate.waits[i]);
	}
	gate.count = 0;
}

static enum rule_status
run_gate(struct rule_run *run, const char **error_r)
{
	const struct rcpt *rcpt = vec_at(&run->txn->rcpts, 0);
	const char *name = str_dup(run->txn->arena, rcpt->address.local);

	(void)error_r;
	if (strncmp(name, "held-", 5) == 0 && !gate_passes(name, run->wait))
		return RULE_WAIT;
	findings_add(run->findings, run->name, RESULT_FAIL, name)->suggested =
	    DECISION_REFUSE;
	return RULE_DONE;
}

const struct rule gate_rule = { .name = "gate", .stages = POLICY_RCPT,
	.run = run_gate };
