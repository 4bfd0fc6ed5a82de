/* SPDX-License-Identifier: ISC */
/* test_opendmarc.c - libopendmarc agrees wherever it is given what it can do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <malloc.h>
#include <pthread.h>

#include <cmocka.h>

#include "auth/opendmarc.h"
#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"

#define LABEL63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* All that an author domain can look like. */
static const struct {
	const char *sentence, *domain;
} domains[] = {
	{ "an ordinary one", "example.com" },
	{ "a subdomain", "a.b.c.example.com" },
	{ "one letter: the library's relaxed mode takes it for its suffix",
	    "x.com" },
	{ "one letter below a country", "t.co" },
	{ "a public suffix", "co.uk" },
	{ "a top label", "com" },
	{ "a top label of one letter", "x" },
	{ "A-labels", "xn--e1afmkfd.xn--p1ai" },
	{ "underscores", "_a._b.example.com" },
	{ "hyphens at odd places", "-a-.-b-.com" },
	{ "digits like an address", "192.0.2.1" },
	{ "253 bytes", LABEL63 "." LABEL63 "." LABEL63 "."
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
	{ "126 labels", "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a."
	    "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a."
	    "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a."
	    "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.bb" },
};

static void
agrees(struct arena *arena, const char *sentence,
    const struct opendmarc_case *facts)
{
	bool is_pass = facts->is_spf_aligned || facts->is_dkim_aligned;
	struct opendmarc_answer answer;
	const char *error;

	if (opendmarc_judge(arena, facts, &answer, &error) < 0)
		fail_msg("%s: %s", sentence, error);
	if (answer.is_pass != is_pass ||
	    answer.is_spf_aligned != facts->is_spf_aligned ||
	    answer.is_dkim_aligned != facts->is_dkim_aligned ||
	    answer.policy != (is_pass ? DMARC_NONE : facts->policy))
		fail_msg("%s: pass %d, SPF %d, DKIM %d, policy %s", sentence,
		    answer.is_pass, answer.is_spf_aligned,
		    answer.is_dkim_aligned, dmarc_policy_text(answer.policy));
}

/* Every policy with every outcome: 12 for a domain. */
static void
agrees_throughout(struct arena *arena, const char *sentence,
    const char *domain)
{
	struct opendmarc_case facts = { .domain = str_from(domain) };

	for (int policy = DMARC_NONE; policy <= DMARC_REJECT; policy++) {
		for (int outcome = 0; outcome < 4; outcome++) {
			facts.policy = (enum dmarc_policy)policy;
			facts.is_spf_aligned = (outcome & 1) != 0;
			facts.is_dkim_aligned = (outcome & 2) != 0;
			agrees(arena, sentence, &facts);
		}
	}
}

static void
it_agrees_on_every_canonical_domain(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(domains); i++)
		agrees_throughout(*state, domains[i].sentence,
		    domains[i].domain);
}

static void
a_case_without_a_domain_is_refused(void **state)
{
	struct opendmarc_case facts = { .domain = STR("") };
	struct opendmarc_answer answer;
	const char *error = NULL;

	assert_int_equal(opendmarc_judge(*state, &facts, &answer, &error), -1);
	assert_non_null(error);
}

/* The slice of a longer text: it must not read on. */
static void
only_the_slice_is_the_domain(void **state)
{
	struct opendmarc_case facts = { .domain = str_sub(
	    STR("example.com;evil.example"), 0, 11),
	    .policy = DMARC_REJECT, .is_dkim_aligned = true };

	agrees(*state, "a slice", &facts);
}

/* Under a sanitizer the allocator counts nothing here, and tells of leaks
 * itself. */
static void
it_keeps_no_memory(void **state)
{
	size_t before, after;

	(void)state;
	for (int i = 0; i < 1100; i++) {
		struct arena *arena = arena_new(0);

		if (i == 100)
			before = mallinfo2().uordblks;
		agrees_throughout(arena, "again", "mail.example.com");
		arena_free(&arena);
	}
	after = mallinfo2().uordblks;
	assert_true(after <= before);
}

static void *
ask_often(void *arg)
{
	struct opendmarc_case facts = { .domain = STR("mail.example.com"),
		.policy = DMARC_QUARANTINE };
	size_t *wrong = arg;

	for (int i = 0; i < 1000; i++) {
		struct arena *arena = arena_new(0);
		struct opendmarc_answer answer;
		const char *error;

		facts.is_spf_aligned = i % 3 == 0;
		if (opendmarc_judge(arena, &facts, &answer, &error) < 0 ||
		    answer.is_pass != facts.is_spf_aligned)
			++*wrong;
		arena_free(&arena);
	}
	return NULL;
}

static void
any_thread_may_ask(void **state)
{
	pthread_t threads[4];
	size_t wrong[4] = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often,
		    &wrong[i]), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(wrong[i], 0);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(it_agrees_on_every_canonical_domain),
		ARENA_TEST(a_case_without_a_domain_is_refused),
		ARENA_TEST(only_the_slice_is_the_domain),
		ARENA_TEST(it_keeps_no_memory),
		ARENA_TEST(any_thread_may_ask),
	};

	return cmocka_run_group_tests_name("opendmarc", tests, NULL, NULL);
}
