/* SPDX-License-Identifier: ISC */
/* chain_bench.c - for tests: a chain of checks over a DNS that is held. */
#include "chain_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"

void
chain_bench_begin(struct chain_bench *bench, const struct chain_entry *entries,
    size_t count)
{
	dns_held_init(&bench->dns);
	bench->txn = (struct txn){ .arena = arena_new(0),
		.stage = STAGE_MESSAGE };
	bench->chain = chain_new(&bench->txn, entries, count,
	    &bench->dns.source);
}

void
chain_bench_end(struct chain_bench *bench)
{
	arena_free(&bench->txn.arena);
	dns_held_done(&bench->dns);
}

size_t
chain_bench_count(struct chain_bench *bench)
{
	return chain_findings(bench->chain)->items.len;
}

const struct finding *
chain_bench_finding(struct chain_bench *bench, size_t i)
{
	return vec_at(&chain_findings(bench->chain)->items, i);
}

void
chain_bench_wants(struct chain_bench *bench, size_t i, const char *check,
    enum result result, const char *reason)
{
	const struct finding *finding = chain_bench_finding(bench, i);

	assert_string_equal(finding->check, check);
	assert_int_equal(finding->result, result);
	assert_string_equal(finding->reason, reason);
}
