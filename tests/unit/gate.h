/* SPDX-License-Identifier: ISC */
/* gate.h - for tests: a rule that answers when the test lets it. */
#ifndef TESTS_GATE_H
#define TESTS_GATE_H

#include <stddef.h>

/* A recipient "held-…" waits until it is released; any other is refused at once,
 * by its local part. One gate for the process; any thread. */
extern const struct rule gate_rule;

/* How many wait, and wait until so many do. */
size_t gate_count(void);
void gate_await(size_t count);
/* By its local part, once it waits. */
void gate_release(const char *name);
/* Answers come when nobody waits any more, too; then it is as new. */
void gate_clear(void);

#endif
