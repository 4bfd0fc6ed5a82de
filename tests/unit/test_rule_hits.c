/* SPDX-License-Identifier: ISC */
/* test_rule_hits.c - how often rules have hit, as it is told. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/json.h"
#include "fixture.h"
#include "mail/finding.h"
#include "milter/rule_hits.h"

static void
count(struct rule_hits *hits, const char *rules, double score)
{
	struct arena *arena = arena_new(0);
	struct str rest = str_from(rules), name;
	struct findings findings;

	findings_init(&findings, arena);
	findings_add(&findings, "spf", RESULT_FAIL, "a check is no rule");
	while (rest.len > 0 && str_cut(&rest, ' ', &name))
		findings_add(&findings, str_dup(arena, name), RESULT_FAIL,
		    "it hits")->is_rule = true;
	rule_hits_count(hits, &findings, score);
	arena_free(&arena);
}

static const char *
json_of(struct rule_hits *hits, struct arena *arena)
{
	struct json_writer json;
	struct buf out;

	buf_init(&out, arena);
	json_begin(&json, &out);
	json_begin_object(&json, NULL);
	rule_hits_put(hits, &json);
	json_end_object(&json);
	json_end(&json);
	return out.data;
}

static void
test_hits_and_the_mean_score_of_their_messages(void **state)
{
	struct rule_hits *hits = rule_hits_new();
	struct arena *arena = *state;

	assert_string_equal(json_of(hits, arena),
	    "{\"messages\":0,\"rules\":[]}");
	count(hits, "BULK MONEY", 9);
	count(hits, "BULK", -2);
	count(hits, "", 0);
	count(hits, "spf", 4);
	assert_string_equal(json_of(hits, arena), "{\"messages\":4,\"rules\":["
	    "{\"rule\":\"BULK\",\"hits\":2,\"score\":3.5},"
	    "{\"rule\":\"MONEY\",\"hits\":1,\"score\":9},"
	    "{\"rule\":\"spf\",\"hits\":1,\"score\":4}]}");
	rule_hits_free(&hits);
	assert_null(hits);
}

static void
test_metrics_have_a_line_for_each_rule_that_has_hit(void **state)
{
	struct rule_hits *hits = rule_hits_new();
	struct arena *arena = *state;
	struct buf out;

	count(hits, "BULK MONEY", 9);
	count(hits, "BULK", 1);
	buf_init(&out, arena);
	rule_hits_write_metrics(hits, &out);
	assert_non_null(strstr(out.data,
	    "\nmailreeve_milter_rules_messages_total 2\n"));
	assert_non_null(strstr(out.data,
	    "# TYPE mailreeve_milter_rule_hits_total counter\n"
	    "mailreeve_milter_rule_hits_total{rule=\"BULK\"} 2\n"
	    "mailreeve_milter_rule_hits_total{rule=\"MONEY\"} 1\n"));
	rule_hits_free(&hits);
}

#define THREADS 4
#define MESSAGES 500

static void *
count_many(void *hits)
{
	for (int i = 0; i < MESSAGES; i++)
		count(hits, i % 2 == 0 ? "EVEN ALL" : "ALL", 2);
	return NULL;
}

static void
test_threads_lose_no_hit(void **state)
{
	struct rule_hits *hits = rule_hits_new();
	struct arena *arena = *state;
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_many,
		    hits), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_string_equal(json_of(hits, arena), "{\"messages\":2000,"
	    "\"rules\":[{\"rule\":\"EVEN\",\"hits\":1000,\"score\":2},"
	    "{\"rule\":\"ALL\",\"hits\":2000,\"score\":2}]}");
	rule_hits_free(&hits);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(test_hits_and_the_mean_score_of_their_messages),
		ARENA_TEST(test_metrics_have_a_line_for_each_rule_that_has_hit),
		ARENA_TEST(test_threads_lose_no_hit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
