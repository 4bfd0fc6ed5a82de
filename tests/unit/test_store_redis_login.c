/* SPDX-License-Identifier: ISC */
/* test_store_redis_login.c - users, passwords, databases, rights in Redis. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "store_probe.h"

/* The password of all tests; it must never be seen. */
#define PASSWORD "Pa55-word"

static const char users[] = "user default off\n"
    "user mailreeve on >" PASSWORD " ~mr:* +@read +@write +@scripting "
    "+@connection\n"
    "user reader on >" PASSWORD " ~mr:* +@read +@scripting\n"
    "user nothing on >" PASSWORD "\n";

static void
start(struct probe *probe, const char *conf)
{
	redis_server_kill(probe->server);
	redis_server_start(probe->server, conf);
}

static void
nothing_secret_was_said(struct probe *probe)
{
	assert_null(strstr(probe->log, PASSWORD));
	if (store_degraded(probe->store) != NULL)
		assert_null(strstr(store_degraded(probe->store), PASSWORD));
}

static void
whoever_may_is_let_in(void **state)
{
	static const struct {
		const char *conf, *user;
		int64_t database;
	} cases[] = {
		{ "requirepass " PASSWORD, NULL, 0 },
		{ "requirepass " PASSWORD, "default", 3 },
		{ users, "mailreeve", 0 },
		{ users, "mailreeve", 15 },
		/* Who needs none may have one. */
		{ "", NULL, 7 },
	};
	struct probe *probe = probe_begin(state);
	struct store_call *call;

	probe->settings.password_file = probe_write(probe, "password",
	    PASSWORD "\n", 0640);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		start(probe, cases[i].conf);
		probe->settings.user = cases[i].user;
		probe->settings.database = cases[i].database;
		probe_open(probe);
		call = probe_ask(probe, &op_add, 1, "mr:n", NULL);
		assert_string_equal(probe_answer(probe, &call), "done 1");
		store_free(&probe->store);
	}
}

static void
a_database_is_ours_alone(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *call;

	probe->settings.database = 5;
	probe_open(probe);
	call = probe_ask(probe, &op_add, 1, "n", NULL);
	assert_string_equal(probe_answer(probe, &call), "done 1");
	assert_string_equal(redis_server_say(probe->server, probe->arena,
	    "GET n"), "");
	assert_string_equal(redis_server_say(probe->server, probe->arena,
	    "SELECT 5\nGET n"), "1");
}

static void
whoever_may_not_is_told_the_remedy(void **state)
{
	static const struct {
		const char *name, *conf, *user, *password;
		int64_t database;
		const char *answer;
	} cases[] = {
		{ "a wrong password", "requirepass other", NULL, PASSWORD, 0,
		  "user or password are wrong; see user and password_file" },
		{ "a wrong password of a user", users, "mailreeve", "wrong", 0,
		  "user or password are wrong; see user and password_file" },
		{ "a user that is not there", users, "nobody", PASSWORD, 0,
		  "user or password are wrong; see user and password_file" },
		{ "no password", "requirepass other", NULL, NULL, 0,
		  "it wants a password; set password_file" },
		{ "a database that is not there", "databases 4", NULL, NULL, 4,
		  "it has no such database; see database here, and databases "
		  "there" },
		{ "a user without the right to choose a database", users,
		  "nothing", PASSWORD, 1, "the user may not do that; give it" },
	};
	struct probe *probe = probe_begin(state);
	struct store_call *call;
	const char *answer;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		start(probe, cases[i].conf);
		probe->settings.user = cases[i].user;
		probe->settings.database = cases[i].database;
		probe->settings.password_file = cases[i].password == NULL ?
		    NULL : probe_write(probe, "password", cases[i].password,
		    0600);
		probe_open(probe);
		call = probe_ask(probe, &op_read, 1, "mr:n", NULL);
		answer = probe_answer(probe, &call);
		assert_memory_equal(answer, "refused unix:/", 14);
		probe_has(answer, cases[i].answer);
		probe_has(store_degraded(probe->store), cases[i].answer);
		/* And at once from now on. */
		call = probe_ask(probe, &op_read, 1, "mr:n", NULL);
		assert_non_null(store_call_answer(call));
		assert_int_equal(store_call_answer(call)->status,
		    STORE_REFUSED);
		store_call_unref(&call);
		nothing_secret_was_said(probe);
		store_free(&probe->store);
	}
}

static void
rights_count_for_each_operation(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *call;

	start(probe, users);
	probe->settings.password_file = probe_write(probe, "password",
	    PASSWORD, 0600);
	probe->settings.user = "reader";
	probe_open(probe);
	call = probe_ask(probe, &op_read, 1, "mr:n", NULL);
	assert_string_equal(probe_answer(probe, &call), "done none");
	call = probe_ask(probe, &op_add, 1, "mr:n", NULL);
	probe_has(probe_answer(probe, &call), "the user may not do that");
	call = probe_ask(probe, &op_read, 1, "others", NULL);
	probe_has(probe_answer(probe, &call), "the user may not do that");
	call = probe_ask(probe, &op_read, 1, "mr:n", NULL);
	assert_string_equal(probe_answer(probe, &call), "done none");
	nothing_secret_was_said(probe);
}

static void
the_password_is_read_again_at_each_connection(void **state)
{
	struct probe *probe = probe_begin(state);

	start(probe, "requirepass " PASSWORD);
	probe->settings.password_file = probe_write(probe, "password",
	    "not yet", 0600);
	probe_open(probe);
	probe_run_until_degraded(probe, "user or password are wrong");
	probe_write(probe, "password", PASSWORD "\nsecond line\n", 0600);
	probe_connect(probe);
	nothing_secret_was_said(probe);
}

static void
a_file_that_cannot_be_the_password_is_an_error_at_start(void **state)
{
	static const struct {
		const char *name, *text;
		unsigned mode;
		const char *error;
	} cases[] = {
		{ "open", PASSWORD, 0644, "everybody may open it (mode 0644); "
		  "run: chmod o= " },
		{ "writable", PASSWORD, 0602, "everybody may open it" },
		{ "empty", "", 0600, "no password in its first line" },
		{ "blank", "\n" PASSWORD "\n", 0600,
		  "no password in its first line" },
		{ "missing", NULL, 0, "No such file or directory" },
		{ "folder/", NULL, 0, "it is no file" },
	};
	struct probe *probe = probe_begin(state);
	const char *error;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		probe->settings.password_file = cases[i].text != NULL ?
		    probe_write(probe, cases[i].name, cases[i].text,
		    cases[i].mode) : strchr(cases[i].name, '/') != NULL ?
		    redis_server_folder(probe->server) :
		    arena_printf(probe->arena, "%s/missing",
		    redis_server_folder(probe->server));
		assert_null(redis_open(&probe->settings, probe->loop,
		    probe->arena, &error));
		probe_has(error, cases[i].error);
		assert_null(strstr(error, PASSWORD));
	}
}

static void
a_file_that_is_opened_to_all_later_is_not_used(void **state)
{
	struct probe *probe = probe_begin(state);

	start(probe, "requirepass " PASSWORD);
	probe->settings.password_file = probe_write(probe, "password",
	    PASSWORD, 0600);
	probe_open(probe);
	probe_connect(probe);
	probe_write(probe, "password", PASSWORD, 0666);
	start(probe, "requirepass " PASSWORD);
	probe_run_until_degraded(probe, "everybody may open it");
	nothing_secret_was_said(probe);
}

static void
a_full_server_says_so(void **state)
{
	struct probe *probe = probe_begin(state), second;

	start(probe, "maxclients 1");
	probe_open(probe);
	probe_connect(probe);
	second = *probe;
	probe_open(&second);
	probe_run_until_degraded(&second, "it has too many clients; raise its "
	    "maxclients");
	store_free(&second.store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PROBE(whoever_may_is_let_in),
		PROBE(a_database_is_ours_alone),
		PROBE(whoever_may_not_is_told_the_remedy),
		PROBE(rights_count_for_each_operation),
		PROBE(the_password_is_read_again_at_each_connection),
		PROBE(a_file_that_cannot_be_the_password_is_an_error_at_start),
		PROBE(a_file_that_is_opened_to_all_later_is_not_used),
		PROBE(a_full_server_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
