/* SPDX-License-Identifier: ISC */
/* test_store_redis_refusals.c - the store in Redis when the server is there,
 * but cannot do what is asked, or will not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/net.h"
#include "store_probe.h"

static void
a_server_out_of_memory_refuses_what_writes(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *call;

	probe_open(probe);
	probe_connect(probe);
	redis_server_say(probe->server, probe->arena,
	    "CONFIG SET maxmemory 1000");
	call = probe_ask(probe, &op_add, 1, "n", NULL);
	probe_has(probe_answer(probe, &call), "refused unix:/");
	probe_has(store_degraded(probe->store),
	    "it is out of memory; raise its maxmemory");
	redis_server_say(probe->server, probe->arena,
	    "CONFIG SET maxmemory 0");
	call = probe_ask(probe, &op_add, 1, "n", NULL);
	assert_string_equal(probe_answer(probe, &call), "done 1");
	assert_null(store_degraded(probe->store));
}

static const char replica[] = "replicaof 127.0.0.1 1";

static void
a_replica_is_asked_again_until_it_takes_over(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *calls[PROBE_MANY];

	probe_open(probe);
	probe_connect(probe);
	redis_server_say(probe->server, probe->arena,
	    "REPLICAOF 127.0.0.1 1");
	probe_ask_many(probe, calls);
	probe_run_until_degraded(probe, "it is a replica and takes no writes; "
	    "name the primary in `where`");
	redis_server_say(probe->server, probe->arena, "REPLICAOF NO ONE");
	assert_int_equal(probe_end_many(probe, calls, "done "), PROBE_MANY);
	assert_true(probe_stats(probe).connects > 1);
	assert_null(store_degraded(probe->store));
}

static void
a_replica_that_stays_one_refuses(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *calls[PROBE_MANY];

	redis_server_kill(probe->server);
	redis_server_start(probe->server, replica);
	probe->settings.timeout_ms = 2000;
	probe_open(probe);
	probe_connect(probe);
	/* The server says of each that it is not done; but at its deadline it
	 * may just have been asked for again. */
	do {
		probe_ask_many(probe, calls);
	} while (probe_end_many(probe, calls, "refused unix:/") == 0);
	probe_has(store_degraded(probe->store), "it is a replica");
	assert_int_equal(probe_stats(probe).done, 0);
}

static void
a_server_that_loads_is_waited_for(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *call;

	/* Entries that take it two seconds. */
	redis_server_say(probe->server, probe->arena,
	    "DEBUG POPULATE 20000 key 10\nSAVE");
	redis_server_kill(probe->server);
	redis_server_start(probe->server, "key-load-delay 100\n"
	    "loading-process-events-interval-bytes 1024");
	probe_open(probe);
	call = probe_ask(probe, &op_add, 1, "n", NULL);
	assert_string_equal(probe_answer(probe, &call), "done 1");
	probe_has(probe->log, "it still loads its data; wait");
	assert_string_equal(redis_server_say(probe->server, probe->arena,
	    "DBSIZE"), "20001");
}

static void
a_server_busy_with_a_script_says_so(void **state)
{
	static const char busy[] = "EVAL \"while true do end\" 0\r\n";
	struct probe *probe = probe_begin(state);
	const char *error;
	int fd;

	redis_server_say(probe->server, probe->arena,
	    "CONFIG SET busy-reply-threshold 1");
	probe_open(probe);
	probe_connect(probe);
	fd = net_connect_unix(redis_server_path(probe->server), 60000,
	    probe->arena, &error);
	assert_int_equal(net_write_all(fd, busy, sizeof(busy) - 1), 0);
	probe_ask_until(probe, &op_read, "n", "it is busy with somebody's "
	    "script; SCRIPT KILL there ends that");
	redis_server_say(probe->server, probe->arena, "SCRIPT KILL");
	probe_ask_until(probe, &op_read, "n", "done none");
	assert_null(store_degraded(probe->store));
	close(fd);
}

static void
a_node_of_a_cluster_is_named_as_such(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *call;

	redis_server_kill(probe->server);
	redis_server_start(probe->server, arena_printf(probe->arena,
	    "cluster-enabled yes\ncluster-port %u",
	    redis_server_tls_port(probe->server)));
	probe_open(probe);
	call = probe_ask(probe, &op_add, 1, "mr:{a}:n", NULL);
	probe_has(probe_answer(probe, &call), "it is one node of a cluster; "
	    "name a single server in `where`");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PROBE(a_server_out_of_memory_refuses_what_writes),
		PROBE(a_replica_is_asked_again_until_it_takes_over),
		PROBE(a_replica_that_stays_one_refuses),
		PROBE(a_server_that_loads_is_waited_for),
		PROBE(a_server_busy_with_a_script_says_so),
		PROBE(a_node_of_a_cluster_is_named_as_such),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
