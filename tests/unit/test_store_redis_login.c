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
#include "store_trial.h"

/* The password of all tests; it must never be seen. */
#define PASSWORD "Pa55-word"

static const char users[] = "user default off\n"
    "user mailreeve on >" PASSWORD " ~mr:* +@read +@write +@scripting "
    "+@connection\n"
    "user reader on >" PASSWORD " ~mr:* +@read +@scripting\n"
    "user nothing on >" PASSWORD "\n";

static void
start(struct trial *trial, const char *conf)
{
	redis_server_kill(trial->server);
	redis_server_start(trial->server, conf);
}

static void
nothing_secret_was_said(struct trial *trial)
{
	assert_null(strstr(trial->log, PASSWORD));
	if (store_degraded(trial->store) != NULL)
		assert_null(strstr(store_degraded(trial->store), PASSWORD));
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
	struct trial *trial = trial_begin(state);
	struct store_call *call;

	trial->settings.password_file = trial_write(trial, "password",
	    PASSWORD "\n", 0640);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		start(trial, cases[i].conf);
		trial->settings.user = cases[i].user;
		trial->settings.database = cases[i].database;
		trial_open(trial);
		call = trial_ask(trial, &op_add, 1, "mr:n", NULL);
		assert_string_equal(trial_answer(trial, &call), "done 1");
		store_free(&trial->store);
	}
}

static void
a_database_is_ours_alone(void **state)
{
	struct trial *trial = trial_begin(state);
	struct store_call *call;

	trial->settings.database = 5;
	trial_open(trial);
	call = trial_ask(trial, &op_add, 1, "n", NULL);
	assert_string_equal(trial_answer(trial, &call), "done 1");
	assert_string_equal(redis_server_say(trial->server, trial->arena,
	    "GET n"), "");
	assert_string_equal(redis_server_say(trial->server, trial->arena,
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
	struct trial *trial = trial_begin(state);
	struct store_call *call;
	const char *answer;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		start(trial, cases[i].conf);
		trial->settings.user = cases[i].user;
		trial->settings.database = cases[i].database;
		trial->settings.password_file = cases[i].password == NULL ?
		    NULL : trial_write(trial, "password", cases[i].password,
		    0600);
		trial_open(trial);
		call = trial_ask(trial, &op_read, 1, "mr:n", NULL);
		answer = trial_answer(trial, &call);
		assert_memory_equal(answer, "refused unix:/", 14);
		trial_has(answer, cases[i].answer);
		trial_has(store_degraded(trial->store), cases[i].answer);
		/* And at once from now on. */
		call = trial_ask(trial, &op_read, 1, "mr:n", NULL);
		assert_non_null(store_call_answer(call));
		assert_int_equal(store_call_answer(call)->status,
		    STORE_REFUSED);
		store_call_unref(&call);
		nothing_secret_was_said(trial);
		store_free(&trial->store);
	}
}

static void
rights_count_for_each_operation(void **state)
{
	struct trial *trial = trial_begin(state);
	struct store_call *call;

	start(trial, users);
	trial->settings.password_file = trial_write(trial, "password",
	    PASSWORD, 0600);
	trial->settings.user = "reader";
	trial_open(trial);
	call = trial_ask(trial, &op_read, 1, "mr:n", NULL);
	assert_string_equal(trial_answer(trial, &call), "done none");
	call = trial_ask(trial, &op_add, 1, "mr:n", NULL);
	trial_has(trial_answer(trial, &call), "the user may not do that");
	call = trial_ask(trial, &op_read, 1, "others", NULL);
	trial_has(trial_answer(trial, &call), "the user may not do that");
	call = trial_ask(trial, &op_read, 1, "mr:n", NULL);
	assert_string_equal(trial_answer(trial, &call), "done none");
	nothing_secret_was_said(trial);
}

static void
the_password_is_read_again_at_each_connection(void **state)
{
	struct trial *trial = trial_begin(state);

	start(trial, "requirepass " PASSWORD);
	trial->settings.password_file = trial_write(trial, "password",
	    "not yet", 0600);
	trial_open(trial);
	trial_run_until_degraded(trial, "user or password are wrong");
	trial_write(trial, "password", PASSWORD "\nsecond line\n", 0600);
	trial_connect(trial);
	nothing_secret_was_said(trial);
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
	struct trial *trial = trial_begin(state);
	const char *error;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		trial->settings.password_file = cases[i].text != NULL ?
		    trial_write(trial, cases[i].name, cases[i].text,
		    cases[i].mode) : strchr(cases[i].name, '/') != NULL ?
		    redis_server_folder(trial->server) :
		    arena_printf(trial->arena, "%s/missing",
		    redis_server_folder(trial->server));
		assert_null(redis_open(&trial->settings, trial->loop,
		    trial->arena, &error));
		trial_has(error, cases[i].error);
		assert_null(strstr(error, PASSWORD));
	}
}

static void
a_file_that_is_opened_to_all_later_is_not_used(void **state)
{
	struct trial *trial = trial_begin(state);

	start(trial, "requirepass " PASSWORD);
	trial->settings.password_file = trial_write(trial, "password",
	    PASSWORD, 0600);
	trial_open(trial);
	trial_connect(trial);
	trial_write(trial, "password", PASSWORD, 0666);
	start(trial, "requirepass " PASSWORD);
	trial_run_until_degraded(trial, "everybody may open it");
	nothing_secret_was_said(trial);
}

static void
a_full_server_says_so(void **state)
{
	struct trial *trial = trial_begin(state), second;

	start(trial, "maxclients 1");
	trial_open(trial);
	trial_connect(trial);
	second = *trial;
	trial_open(&second);
	trial_run_until_degraded(&second, "it has too many clients; raise its "
	    "maxclients");
	store_free(&second.store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TRIAL(whoever_may_is_let_in),
		TRIAL(a_database_is_ours_alone),
		TRIAL(whoever_may_not_is_told_the_remedy),
		TRIAL(rights_count_for_each_operation),
		TRIAL(the_password_is_read_again_at_each_connection),
		TRIAL(a_file_that_cannot_be_the_password_is_an_error_at_start),
		TRIAL(a_file_that_is_opened_to_all_later_is_not_used),
		TRIAL(a_full_server_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
