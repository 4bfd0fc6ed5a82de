/* SPDX-License-Identifier: ISC */
/* test_store_redis_tls.c - Redis by TLS: whom it trusts, and who we are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "store_trial.h"

/* Two authorities; certificates for the server by name and by address, one for
 * another server, one that has expired, one for us. */
static const char make_files[] =
    "exec >openssl.log 2>&1\n"
    "key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'\n"
    "ca() {\n"
    "	openssl req -x509 $key -days 30 -subj /CN=$1 -keyout $1.key"
    " -out $1.pem\n"
    "}\n"
    "issue() {\n"
    "	openssl req $key -subj /CN=$1 -keyout $1.key -out $1.csr &&\n"
    "	printf 'subjectAltName=%s' $2 >$1.ext &&\n"
    "	openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key"
    " -CAcreateserial -days $3 -extfile $1.ext -out $1.pem\n"
    "}\n"
    "ca ca && ca otherca &&\n"
    "issue named DNS:localhost 30 &&\n"
    "issue numbered IP:127.0.0.1 30 &&\n"
    "issue both DNS:localhost,IP:127.0.0.1 30 &&\n"
    "issue foreign DNS:redis.example 30 &&\n"
    "issue old DNS:localhost -1 &&\n"
    "issue client DNS:client.example 30 &&\n"
    "openssl ec -in client.key -aes256 -passout pass:x -out locked.key\n";

static const char *
file(struct trial *trial, const char *name)
{
	return arena_printf(trial->arena, "%s/%s",
	    redis_server_folder(trial->server), name);
}

/* Without openssl on this host the tests are skipped. */
static struct trial *
begin(void **state)
{
	struct trial *trial = trial_begin(state);

	if (system("command -v openssl >/dev/null 2>&1") != 0) {
		print_message("skipped: openssl is not installed\n");
		skip();
	}
	trial_write(trial, "make-files", make_files, 0600);
	if (system(arena_printf(trial->arena, "cd %s && sh make-files",
	    redis_server_folder(trial->server))) != 0)
		fail_msg("openssl fails");
	trial->settings.kind = STORE_WHERE_TLS;
	trial->settings.port = (uint16_t)redis_server_tls_port(trial->server);
	trial->settings.tls_ca = file(trial, "ca.pem");
	trial->settings.where = "rediss:test";
	return trial;
}

static void
start(struct trial *trial, const char *certificate, const char *clients)
{
	redis_server_kill(trial->server);
	redis_server_start(trial->server, arena_printf(trial->arena,
	    "tls-port %u\ntls-cert-file %s.pem\ntls-key-file %s.key\n"
	    "tls-ca-cert-file ca.pem\ntls-auth-clients %s",
	    redis_server_tls_port(trial->server), certificate, certificate,
	    clients));
}

static void
a_server_with_the_right_certificate_is_asked(void **state)
{
	static const struct {
		const char *certificate, *host;
	} cases[] = {
		{ "named", "localhost" },
		{ "numbered", "127.0.0.1" },
		{ "both", "localhost" },
		{ "both", "127.0.0.1" },
	};
	struct trial *trial = begin(state);
	struct store_call *calls[300];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		start(trial, cases[i].certificate, "no");
		trial->settings.host = cases[i].host;
		trial_open(trial);
		for (size_t k = 0; k < ARRAY_LEN(calls); k++)
			calls[k] = trial_ask(trial, &op_add, 1, "n", NULL);
		for (size_t k = 0; k < ARRAY_LEN(calls); k++)
			assert_string_equal(trial_answer(trial, &calls[k]),
			    arena_printf(trial->arena, "done %zu", k + 1));
		store_free(&trial->store);
	}
}

static void
much_goes_both_ways(void **state)
{
	struct trial *trial = begin(state);
	char *big = arena_alloc(trial->arena, 300001);
	struct store_call *calls[20];
	const char *expected;

	memset(big, 'b', 300000);
	big[300000] = '\0';
	expected = arena_printf(trial->arena, "done %s", big);
	start(trial, "both", "no");
	trial->settings.host = "localhost";
	trial_open(trial);
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		calls[i] = trial_ask(trial, &op_echo, 0, big, NULL);
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		assert_string_equal(trial_answer(trial, &calls[i]), expected);
}

static void
a_server_that_is_not_the_one_meant_is_not_asked(void **state)
{
	static const struct {
		const char *name, *certificate, *host, *ca, *error;
	} cases[] = {
		{ "a certificate of another name", "foreign", "localhost",
		  "ca.pem", "hostname mismatch" },
		{ "of another address", "named", "127.0.0.1", "ca.pem",
		  "IP address mismatch" },
		{ "of an authority that is not ours", "both", "localhost",
		  "otherca.pem", "certificate is not accepted" },
		{ "of one that the host does not trust", "both", "localhost",
		  NULL, "certificate is not accepted" },
		{ "that has expired", "old", "localhost", "ca.pem",
		  "certificate has expired" },
	};
	struct trial *trial = begin(state);
	struct store_call *call;
	const char *answer;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		start(trial, cases[i].certificate, "no");
		trial->settings.host = cases[i].host;
		trial->settings.tls_ca = cases[i].ca == NULL ? NULL :
		    file(trial, cases[i].ca);
		trial_open(trial);
		call = trial_ask(trial, &op_add, 1, "n", NULL);
		answer = trial_answer(trial, &call);
		assert_memory_equal(answer, "down rediss:test: ", 18);
		trial_has(answer, cases[i].error);
		trial_has(store_degraded(trial->store), cases[i].error);
		store_free(&trial->store);
	}
}

static void
a_server_may_want_our_certificate(void **state)
{
	struct trial *trial = begin(state);
	struct store_call *call;

	start(trial, "both", "yes");
	trial->settings.host = "localhost";
	trial_open(trial);
	trial_run_until_degraded(trial, "certificate required");
	store_free(&trial->store);
	trial->settings.tls_certificate = file(trial, "client.pem");
	trial->settings.tls_key = file(trial, "client.key");
	trial_open(trial);
	call = trial_ask(trial, &op_add, 1, "n", NULL);
	assert_string_equal(trial_answer(trial, &call), "done 1");
}

static void
a_lost_connection_is_made_again(void **state)
{
	struct trial *trial = begin(state);
	struct store_call *call;

	start(trial, "both", "no");
	trial->settings.host = "localhost";
	trial_open(trial);
	trial_connect(trial);
	redis_server_pause(trial->server);
	call = trial_ask(trial, &op_add, 1, "n", NULL);
	trial_run_for(trial, 20);
	start(trial, "both", "no");
	assert_string_equal(trial_answer(trial, &call), "done 1");
	assert_int_equal(trial_stats(trial).repeated, 1);
}

static void
a_server_that_speaks_no_tls_says_so(void **state)
{
	struct trial *trial = begin(state);

	trial->settings.host = "127.0.0.1";
	trial->settings.port = (uint16_t)redis_server_port(trial->server);
	trial_open(trial);
	trial_run_until_degraded(trial, "does it speak TLS on this port?");
}

static void
files_that_are_of_no_use_are_an_error_at_start(void **state)
{
	static const struct {
		const char *ca, *certificate, *key, *error;
	} cases[] = {
		{ "missing.pem", NULL, NULL, "missing.pem: " },
		{ "ca.key", NULL, NULL, "ca.key: " },
		{ "ca.pem", "missing.pem", "client.key", "missing.pem: " },
		{ "ca.pem", "client.pem", "missing.key", "missing.key: " },
		{ "ca.pem", "client.pem", "named.key",
		  "named.key: key values mismatch" },
		/* Nobody is asked for its passphrase. */
		{ "ca.pem", "client.pem", "locked.key", "locked.key: " },
	};
	struct trial *trial = begin(state);
	const char *error;

	trial->settings.host = "localhost";
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		trial->settings.tls_ca = file(trial, cases[i].ca);
		trial->settings.tls_certificate = cases[i].certificate ==
		    NULL ? NULL : file(trial, cases[i].certificate);
		trial->settings.tls_key = cases[i].key == NULL ? NULL :
		    file(trial, cases[i].key);
		assert_null(redis_open(&trial->settings, trial->loop,
		    trial->arena, &error));
		trial_has(error, cases[i].error);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TRIAL(a_server_with_the_right_certificate_is_asked),
		TRIAL(much_goes_both_ways),
		TRIAL(a_server_that_is_not_the_one_meant_is_not_asked),
		TRIAL(a_server_may_want_our_certificate),
		TRIAL(a_lost_connection_is_made_again),
		TRIAL(a_server_that_speaks_no_tls_says_so),
		TRIAL(files_that_are_of_no_use_are_an_error_at_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
