/* SPDX-License-Identifier: ISC */
/* fixture.h - for tests: what the tests of many files begin and end with. */
#ifndef TESTS_FIXTURE_H
#define TESTS_FIXTURE_H

#include <stdint.h>

#include "base/log.h"
#include "base/str.h"
#include "dns/dns.h"

struct arena;
struct header_list;

/* A new arena in *state, which goes with the test. */
int fixture_arena_setup(void **state);
int fixture_arena_teardown(void **state);

/* A test of cmocka with an arena of its own. */
#define ARENA_TEST(name) cmocka_unit_test_setup_teardown(name, \
	fixture_arena_setup, fixture_arena_teardown)

/* A sink for log_set_sink(): any line in the log ends the program. */
void fixture_log_is_silent(void *arg, enum log_level level, const char *line);

/* Others: lines are passed over, or counted in arg, an atomic_uint. */
void fixture_log_is_dropped(void *arg, enum log_level level, const char *line);
void fixture_log_is_counted(void *arg, enum log_level level, const char *line);

/* count times text. */
struct str fixture_repeat(struct arena *arena, const char *text,
    size_t count);

/* Add each "Name: value" of fields; end stands behind one or between two. */
void fixture_add_fields(struct header_list *headers, const char *fields,
    char end);

/* What this process has used of a processor: for bounds on work, which hold on
 * a busy machine too. */
int64_t fixture_cpu_ms(void);

/* "found 10:mail.example.org 20:…", addresses in hexadecimal. */
const char *fixture_answer_text(struct arena *arena,
    const struct dns_answer *answer, enum dns_type type);

#endif
