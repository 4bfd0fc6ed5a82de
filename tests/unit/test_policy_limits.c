/* SPDX-License-Identifier: ISC */
/* test_policy_limits.c - the amounts of limits, from user to global. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/address.h"
#include "mail/limit.h"
#include "mail/policy.h"
#include "mail/txn.h"
#include "mail_site.h"

static const char configuration[] =
    "policy { limits out=100/1h in=10/1m; }\n"
    "class staff { limits out=200/1h,2000/1d; }\n"
    "domain one.example { class staff; limits out=300/1h pool=5k/1d; }\n"
    "domain two.example { }\n"
    "user ann@one.example { limits out=unlimited in=none; }\n"
    "user joe@one.example { limits in=7/1m; }\n"
    "user amy@two.example { class staff; }\n"
    "alias a@two.example { to ann@one.example; }\n";

static const struct {
	const char *sentence, *address, *name;
	unsigned levels;
	const char *expected;	/* limit, origin */
} cases[] = {
	{ "the user's own", "ann@one.example", "out", POLICY_ANY_LEVEL,
	    "unlimited, user" },
	{ "none is an answer too", "ann@one.example", "in", POLICY_ANY_LEVEL,
	    "none, user" },
	{ "an alias has its target's", "a@two.example", "out",
	    POLICY_ANY_LEVEL, "unlimited, user" },
	{ "the names of a user do not hide those of its class",
	    "joe@one.example", "out", POLICY_ANY_LEVEL,
	    "200/1h 2000/1d, class staff" },
	{ "the class beats the domain", "any@one.example", "out",
	    POLICY_ANY_LEVEL, "200/1h 2000/1d, class staff" },
	{ "the domain's", "any@one.example", "pool", POLICY_ANY_LEVEL,
	    "5k/1d, domain one.example" },
	{ "the global one", "any@two.example", "out", POLICY_ANY_LEVEL,
	    "100/1h, global" },
	{ "a user's own class", "amy@two.example", "out", POLICY_ANY_LEVEL,
	    "200/1h 2000/1d, class staff" },
	{ "of a stranger the global one", "x@else.example", "in",
	    POLICY_ANY_LEVEL, "10/1m, global" },
	{ "a pool does not hear the user", "ann@one.example", "out",
	    POLICY_GLOBAL | POLICY_DOMAIN | POLICY_CLASS,
	    "200/1h 2000/1d, class staff" },
	{ "nor the class, when it is the domain's", "ann@one.example", "out",
	    POLICY_GLOBAL | POLICY_DOMAIN, "300/1h, domain one.example" },
	{ "an unknown name", "ann@one.example", "nothing", POLICY_ANY_LEVEL,
	    "" },
};

static void
the_strongest_level_that_names_a_limit_decides(void **state)
{
	struct arena *arena = *state;
	const struct site *site = mail_site(arena, configuration);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *origin = "", *error, *got = "";
		const struct limit *limit;
		struct address address;

		assert_int_equal(address_parse_path(arena,
		    str_from(cases[i].address), &address, &error), 0);
		limit = policy_limit(policy_find(site->policies, arena,
		    &address), cases[i].name, cases[i].levels, &origin);
		if (limit != NULL)
			got = arena_printf(arena, "%s, %s",
			    limit_print(arena, limit), origin);
		if (strcmp(got, cases[i].expected) != 0)
			fail_msg("%s: %s", cases[i].sentence, got);
	}
}

static void
what_is_wrong_is_said_with_its_line(void **state)
{
	static const struct {
		const char *text, *part;
	} wrong[] = {
		{ "policy { limits 100/1h; }", "'100/1h' is not NAME=LIMIT" },
		{ "policy { limits =100/1h; }", "'=100/1h' is not NAME=LIMIT" },
		{ "class c { limits a=1/1h b=1; }", "b: '1' is no limit" },
		{ "domain d.example { limits a=1/1h a=2/1h; }",
		    "a stands there twice" },
		{ "domain d.example { }\n"
		    "user u@d.example { limits a=1/1h,2/1h; }", ":2:" },
	};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		const char *error = NULL;

		assert_null(mail_site_try(*state, wrong[i].text, &error));
		if (strstr(error, wrong[i].part) == NULL)
			fail_msg("%s: %s", wrong[i].text, error);
	}
}

static bool
is_out(const void *arg, const char *name)
{
	return strcmp(name, arg) == 0;
}

static void
names_that_mean_nothing_are_found(void **state)
{
	static const struct {
		const char *text, *expected;
	} names[] = {
		{ "policy { limits out=1/1h; } class c { limits out=1/1h; }",
		    "" },
		{ "policy { limits out=1/1h other=1/1h; }",
		    "test:1: there is no section throttle other" },
		{ "class c { limits x=1/1h; }",
		    "test:1: there is no section throttle x" },
		{ "domain d.example { }\nuser u@d.example {\n limits y=none; }",
		    "test:3: there is no section throttle y" },
		{ "\ndomain d.example { limits z=none; }",
		    "test:2: there is no section throttle z" },
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *error = "";
		struct conf *conf = conf_parse("test", names[i].text,
		    policy_sections, NULL, *state, &error);
		int result;

		assert_non_null(conf);
		result = policy_check_limits(conf, *state, is_out, "out",
		    &error);
		assert_string_equal(error, names[i].expected);
		assert_int_equal(result, *names[i].expected != '\0' ? -1 : 0);
		conf_unref(&conf);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(the_strongest_level_that_names_a_limit_decides),
		ARENA_TEST(what_is_wrong_is_said_with_its_line),
		ARENA_TEST(names_that_mean_nothing_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
