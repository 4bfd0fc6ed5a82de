/* SPDX-License-Identifier: ISC */
/* directory_speed.c - how many effective policies a daemon gets in a second;
 * prints JSON. */
/*
 * usage: bench-directory-speed WHERE kept|asked USERS DEPTH SECONDS
 *
 * As a daemon has it: one struct policies on one struct inquiry, an arena for
 * each question, DEPTH of them under way at once. "kept": all USERS were asked
 * about before, and there is room for them. "asked": there is room for few, so
 * each question goes to the database, of WHERE as the setting has it. The users
 * are those of bench-policy-load.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/wait.h"
#include "directory/directory_settings.h"
#include "directory/inquiry.h"
#include "directory/policies.h"
#include "mail/address.h"
#include "mail/policy.h"
#include "policy_request.h"

enum { DEPTH_MAX = 64, FEW = 2, STEP = 7919, AT_MOST_MS = 10000 };

struct slot {
	struct arena *arena;		/* NULL: nothing is under way */
	struct policies_query *query;
};

struct bench {
	struct policies *policies;
	struct wait *wait;
	struct slot slots[DEPTH_MAX];
	size_t depth;
	uint64_t users, asked, found;
	uint64_t unknown;		/* of those found: no user */
};

static void
fail(const char *what)
{
	fprintf(stderr, "bench-directory-speed: %s\n", what);
	exit(1);
}

static double
cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void
ask(struct bench *bench, struct slot *slot)
{
	uint64_t user = bench->asked++ * STEP % bench->users;
	struct address address;
	const char *error;

	slot->arena = arena_new(0);
	address_parse_path(slot->arena, str_from(arena_printf(slot->arena,
	    "u%07" PRIu64 "@d%05" PRIu64 ".bench.example", user,
	    user / POLICY_USERS_A_DOMAIN)), &address, &error);
	slot->query = policies_ask(bench->policies, slot->arena, &address,
	    clock_now_ms(), clock_steady_ms() + AT_MOST_MS, bench->wait);
}

/* Has it come? */
static bool
take(struct bench *bench, struct slot *slot)
{
	const struct policy *policy;
	const char *error;

	switch (policies_look(slot->query, false, &policy, &error)) {
	case POLICIES_WAIT:
		return false;
	case POLICIES_UNAVAILABLE:
		fail(error);
		break;
	case POLICIES_FOUND:
		bench->found++;
		bench->unknown += !policy->is_known_user;
		break;
	}
	arena_free(&slot->arena);
	return true;
}

/* All slots once; did any have its answer? */
static bool
look_at_all(struct bench *bench, uint64_t last)
{
	bool has_moved = false;

	for (size_t i = 0; i < bench->depth; i++) {
		struct slot *slot = &bench->slots[i];

		if (slot->arena == NULL && bench->asked < last)
			ask(bench, slot);
		if (slot->arena != NULL)
			has_moved |= take(bench, slot);
	}
	return has_moved;
}

/* Until that time of the steady clock, or until the last of so many. */
static void
run(struct bench *bench, int64_t until_ms, uint64_t count)
{
	uint64_t last = bench->found + count;

	while (bench->found < last) {
		if (clock_steady_ms() >= until_ms)
			last = bench->asked;
		if (!look_at_all(bench, last) && bench->found < last &&
		    wait_sleep(bench->wait, clock_steady_ms() +
		    AT_MOST_MS) == 0)
			fail("no answer came");
	}
}

static void
measure(struct bench *bench, double seconds)
{
	int64_t began_ms = clock_steady_ms();
	uint64_t found = bench->found;
	double cpu = cpu_seconds();

	run(bench, began_ms + (int64_t)(seconds * 1000), UINT64_MAX / 2);
	found = bench->found - found;
	seconds = (double)(clock_steady_ms() - began_ms) / 1000;
	cpu = cpu_seconds() - cpu;
	printf("{\"lookups\": %" PRIu64 ", \"unknown\": %" PRIu64 ", "
	    "\"seconds\": %.3f, \"lookups_per_second\": %.1f, "
	    "\"cpu_us_each\": %.3f}\n", found, bench->unknown, seconds,
	    (double)found / seconds,
	    cpu * 1e6 / (double)(found + !found));
}

static void
bench_directory(struct arena *arena, char **argv)
{
	bool is_kept = strcmp(argv[2], "kept") == 0;
	struct bench bench = { .users = strtoull(argv[3], NULL, 10),
	    .depth = strtoull(argv[4], NULL, 10) };
	struct directory_settings settings = { .where = argv[1],
	    .timeout_ms = AT_MOST_MS };
	const char *error = directory_settings_parse(&settings, arena);
	struct inquiry *inquiry;

	if (error != NULL)
		fail(error);
	if (bench.users == 0 || bench.depth == 0 || bench.depth > DEPTH_MAX)
		fail("USERS from 1 on, DEPTH from 1 to 64");
	inquiry = inquiry_new(&settings, arena, &error);
	if (inquiry == NULL)
		fail(error);
	bench.policies = policies_new(inquiry, '+', is_kept ?
	    4 * bench.users : FEW, AT_MOST_MS);
	bench.wait = wait_new();
	run(&bench, INT64_MAX, is_kept ? bench.users : bench.depth);
	bench.unknown = 0;
	measure(&bench, strtod(argv[5], NULL));
	wait_unref(&bench.wait);
	policies_free(&bench.policies);
	inquiry_free(&inquiry);
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new(0);

	if (argc != 6) {
		fputs("usage: bench-directory-speed WHERE kept|asked USERS "
		    "DEPTH SECONDS\n", stderr);
		return 2;
	}
	bench_directory(arena, argv);
	arena_free(&arena);
	return 0;
}
