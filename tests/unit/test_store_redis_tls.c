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
#include "store_probe.h"

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
file(struct probe *probe, const char *name)
{
	return arena_printf(probe->arena, "%s/%s",
	    redis_server_folder(probe->server), name);
}

/* Without openssl on this host the tests are skipped. */
static struct probe *
begin(void **state)
{
	struct probe *probe = probe_begin(state);

	if (system("command -v openssl >/dev/null 2>&1") != 0) {
		print_message("skipped: openssl is not installed\n");
		skip();
	}
	probe_write(probe, "make-files", make_files, 0600);
	if (system(arena_printf(probe->arena, "cd %s && sh make-files",
	    redis_server_folder(probe->server))) != 0)
		fail_msg("openssl fails");
	probe->settings.kind = STORE_WHERE_TLS;
	probe->settings.port = (uint16_t)redis_server_tls_port(probe->server);
	probe->settings.tls_ca = file(probe, "ca.pem");
	probe->settings.where = "rediss:test";
	return probe;
}

static void
start(struct probe *probe, const char *certificate, const char *clients)
{
	redis_server_kill(probe->server);
	redis_server_start(probe->server, arena_printf(probe->arena,
	    "tls-port %u\ntls-cert-file %s.pem\ntls-key-file %s.key\n"
	    "tls-ca-cert-file ca.pem\ntls-auth-clients %s",
	    redis_server_tls_port(probe->server), certificate, certificate,
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
	struct probe *probe = begin(state);
	struct store_call *calls[300];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		start(probe, cases[i].certificate, "no");
		probe->settings.host = cases[i].host;
		probe_open(probe);
		probe_connect(probe);
		for (size_t k = 0; k < ARRAY_LEN(calls); k++)
			calls[k] = probe_ask(probe, &op_add, 1, "n", NULL);
		for (size_t k = 0; k < ARRAY_LEN(calls); k++)
			assert_string_equal(probe_answer(probe, &calls[k]),
			    arena_printf(probe->arena, "done %zu", k + 1));
		store_free(&probe->store);
	}
}

static void
much_goes_both_ways(void **state)
{
	struct probe *probe = begin(state);
	char *big = arena_alloc(probe->arena, 300001);
	struct store_call *calls[20];
	const char *expected;

	memset(big, 'b', 300000);
	big[300000] = '\0';
	expected = arena_printf(probe->arena, "done %s", big);
	start(probe, "both", "no");
	probe->settings.host = "localhost";
	probe_open(probe);
	probe_connect(probe);
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		calls[i] = probe_ask(probe, &op_echo, 0, big, NULL);
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		assert_string_equal(probe_answer(probe, &calls[i]), expected);
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
	struct probe *probe = begin(state);
	struct store_call *call;
	const char *answer;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		start(probe, cases[i].certificate, "no");
		probe->settings.host = cases[i].host;
		probe->settings.tls_ca = cases[i].ca == NULL ? NULL :
		    file(probe, cases[i].ca);
		probe_open(probe);
		probe_run_until_degraded(probe, cases[i].error);
		call = probe_ask(probe, &op_add, 1, "n", NULL);
		answer = probe_answer(probe, &call);
		assert_memory_equal(answer, "down rediss:test: ", 18);
		probe_has(answer, cases[i].error);
		store_free(&probe->store);
	}
}

static void
a_server_may_want_our_certificate(void **state)
{
	struct probe *probe = begin(state);
	struct store_call *call;

	start(probe, "both", "yes");
	probe->settings.host = "localhost";
	probe_open(probe);
	probe_run_until_degraded(probe, "certificate required");
	store_free(&probe->store);
	probe->settings.tls_certificate = file(probe, "client.pem");
	probe->settings.tls_key = file(probe, "client.key");
	probe_open(probe);
	probe_connect(probe);
	call = probe_ask(probe, &op_add, 1, "n", NULL);
	assert_string_equal(probe_answer(probe, &call), "done 1");
}

static void
a_lost_connection_is_made_again(void **state)
{
	struct probe *probe = begin(state);
	struct store_call *call;

	start(probe, "both", "no");
	probe->settings.host = "localhost";
	probe_open(probe);
	probe_connect(probe);
	redis_server_pause(probe->server);
	call = probe_ask(probe, &op_add, 1, "n", NULL);
	probe_run_for(probe, 20);
	start(probe, "both", "no");
	assert_string_equal(probe_answer(probe, &call), "done 1");
	assert_int_equal(probe_stats(probe).repeated, 1);
}

static void
a_server_that_speaks_no_tls_says_so(void **state)
{
	struct probe *probe = begin(state);

	probe->settings.host = "127.0.0.1";
	probe->settings.port = (uint16_t)redis_server_port(probe->server);
	probe_open(probe);
	probe_run_until_degraded(probe, "does it speak TLS on this port?");
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
	struct probe *probe = begin(state);
	const char *error;

	probe->settings.host = "localhost";
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		probe->settings.tls_ca = file(probe, cases[i].ca);
		probe->settings.tls_certificate = cases[i].certificate ==
		    NULL ? NULL : file(probe, cases[i].certificate);
		probe->settings.tls_key = cases[i].key == NULL ? NULL :
		    file(probe, cases[i].key);
		assert_null(redis_open(&probe->settings, probe->loop,
		    probe->arena, &error));
		probe_has(error, cases[i].error);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PROBE(a_server_with_the_right_certificate_is_asked),
		PROBE(much_goes_both_ways),
		PROBE(a_server_that_is_not_the_one_meant_is_not_asked),
		PROBE(a_server_may_want_our_certificate),
		PROBE(a_lost_connection_is_made_again),
		PROBE(a_server_that_speaks_no_tls_says_so),
		PROBE(files_that_are_of_no_use_are_an_error_at_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
